// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SIGALRM when a time is over. Signals are sent where tasks run, not in
 * interrupts: so a thread waits for the earliest of these times.
 */
#include <kernel/kernel.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <kernel/uaccess.h>

#define ITIMER_REAL	0

static struct waitq changed = WAITQ_INIT(changed);

/* The time of the next alarm, after those that are due. */
static u64 send_alarms(void)
{
	u64 now = clock_ns(), next = NEVER;
	struct task *t;

	list_for_each(t, &all_tasks, all) {
		if (!t->alarm_at)
			continue;
		if (t->alarm_at <= now) {
			signal_task(t, SIGALRM);
			t->alarm_at = t->alarm_every ? now + t->alarm_every : 0;
		}
		if (t->alarm_at)
			next = min(next, t->alarm_at);
	}
	return next;
}

static void alarm_thread(void *unused)
{
	u64 next;

	for (;;) {
		next = send_alarms();
		irq_disable();
		if (next != NEVER)
			timer_add(current, next);
		sleep_on(&changed);
		irq_enable();
	}
}

void alarm_init(void)
{
	if (!kthread_create("alarm", alarm_thread, NULL))
		panic("no memory for alarms");
}

/* In `first` ns from now, 0: never; then every `every` ns, 0: once. */
static void set_alarm(u64 first, u64 every)
{
	current->alarm_at = first ? clock_ns() + first : 0;
	current->alarm_every = every;
	wake_all(&changed);
}

/* What is left until the next alarm: not 0 if there is one. */
static u64 alarm_left(void)
{
	return current->alarm_at ? max(time_left(current->alarm_at), USEC) : 0;
}

int sys_alarm(struct regs *r)
{
	u32 old = div64(alarm_left() + NSEC_PER_SEC - 1, NSEC_PER_SEC, NULL);

	set_alarm((u64)min(r->ebx, S32_MAX) * NSEC_PER_SEC, 0);
	return old;
}

/* ebx which, ecx struct itimerval, edx what it was before. */
int sys_setitimer(struct regs *r)
{
	u64 first = 0, every = 0;
	u64 left = alarm_left(), old = current->alarm_every;
	int err = r->ebx == ITIMER_REAL ? 0 : -EINVAL;

	if (!err && r->ecx)
		err = get_time(r, r->ecx, USEC, &every) ?:
		      get_time(r, r->ecx + 8, USEC, &first);
	if (err)
		return err;
	set_alarm(first, every);
	return !r->edx ? 0 : put_time(r, r->edx, USEC, old) ?:
	       put_time(r, r->edx + 8, USEC, left);
}
