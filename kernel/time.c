// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One alarm serves all: it is set for the earliest sleeper or for the end of
 * the running slice, whichever comes first, and for nothing else.
 *
 * What must hold: `sleepers` ascends by wake_at, and the tasks in it sleep.
 * The alarm is never later than the next event; alarm_at is what the backend
 * was told, NEVER after it has come. All of it changes with interrupts off.
 */
#include <kernel/kernel.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <kernel/uaccess.h>

#define NEVER		(~0ull)

static struct list sleepers = LIST_INIT(sleepers);	/* by wake_at */
static u64 slice_end = NEVER;
u32 slice_ns = SLICE_NS;
static u64 alarm_at = NEVER;		/* what the backend was told */
u32 tsc_khz __ro_after_init;

static u64 next_event(void)
{
	u64 when = slice_end;

	if (!list_empty(&sleepers))
		when = min(when, list_entry(sleepers.next, struct task,
					    sleep)->wake_at);
	return when;
}

/* Sets the alarm for the next event, if it is not set for that already. */
static void set_alarm(void)
{
	u64 when = next_event();

	if (when == alarm_at)
		return;
	alarm_at = when;
	if (when == NEVER)
		alarm_cancel();
	else
		alarm_set(when);
}

/* A later alarm must move. An earlier one may stay: it finds nothing due. */
static void alarm_no_later(u64 when)
{
	if (when < alarm_at) {
		alarm_at = when;
		alarm_set(when);
	}
}

/* t must be in no list of sleepers, and the caller is about to sleep. */
void timer_add(struct task *t, u64 when_ns)
{
	struct task *other;

	t->wake_at = when_ns;
	list_for_each(other, &sleepers, sleep)
		if (other->wake_at > when_ns)
			break;
	list_add_tail(&other->sleep, &t->sleep);
	alarm_no_later(when_ns);
}

void timer_remove(struct task *t)
{
	list_del(&t->sleep);
}

void slice_start(void)
{
	if (slice_end != NEVER)
		return;
	slice_end = clock_ns() + slice_ns;
	alarm_no_later(slice_end);
}

/* The CPU goes idle: only a sleeper's time may wake it. */
void slice_stop(void)
{
	slice_end = NEVER;
	set_alarm();
}

/* An alarm may come early: then nothing is due and it is set again. */
void timer_interrupt(void)
{
	u64 now = clock_ns();

	alarm_at = NEVER;
	while (!list_empty(&sleepers)) {
		struct task *t = list_entry(sleepers.next, struct task, sleep);

		if (t->wake_at > now)
			break;
		wake_task(t);
	}
	if (now >= slice_end)
		slice_end = preempt_current() ? now + slice_ns : NEVER;
	set_alarm();
}

u64 wall_ns(void)
{
	return wall_clock();
}

struct timespec {
	u32 sec;
	s32 nsec;
};

static struct timespec to_timespec(u64 ns)
{
	u32 nsec;
	u32 sec = (u32)div64(ns, NSEC_PER_SEC, &nsec);

	return (struct timespec){ sec, nsec };
}

int sys_nanosleep(struct regs *r)
{
	struct timespec t;
	u64 deadline = clock_ns(), now;
	int err = copy_from_user(&t, (void *)r->ebx, sizeof(t)), copy;

	if (err)
		return err;
	if ((s32)t.sec < 0 || (u32)t.nsec >= NSEC_PER_SEC)
		return -EINVAL;
	deadline += (u64)t.sec * NSEC_PER_SEC + t.nsec;
	err = sleep_until(deadline);
	now = clock_ns();
	t = to_timespec(deadline > now ? deadline - now : 0);
	copy = err && r->ecx ? copy_to_user((void *)r->ecx, &t, sizeof(t)) : 0;
	return copy ? copy : err;
}

int sys_gettimeofday(struct regs *r)
{
	struct timespec t = to_timespec(wall_ns());
	int err = 0;

	t.nsec /= 1000;
	if (r->ebx)
		err = copy_to_user((void *)r->ebx, &t, sizeof(t));
	if (!err && r->ecx)
		err = clear_user((void *)r->ecx, 8);
	return err;
}

int sys_clock_gettime(struct regs *r)
{
	enum { REALTIME, MONOTONIC, CPUTIME = 2, RAW = 4, COARSE_REAL,
	       COARSE_MONO, BOOTTIME } id = r->ebx;
	struct timespec t;

	if (id == REALTIME || id == COARSE_REAL)
		t = to_timespec(wall_ns());
	else if (id <= BOOTTIME)
		t = to_timespec(clock_ns());
	else
		return -EINVAL;
	return copy_to_user((void *)r->ecx, &t, sizeof(t));
}
