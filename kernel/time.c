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
#include <kernel/task.h>
#include <kernel/time.h>

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

u64 cycles_ns(u64 cycles)
{
	u32 rest;
	u64 ms = div64(cycles, tsc_khz, &rest);

	return ms * NSEC_PER_MSEC +
	       div64((u64)rest * NSEC_PER_MSEC, tsc_khz, NULL);
}

u64 cpu_ns(const struct task *t)
{
	return cycles_ns(t->run_cycles +
			 (t == current ? rdtsc() - t->run_started : 0));
}
