/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time in nanoseconds since boot, by the operation clock_ns. There is no tick:
 * an interrupt comes only when the earliest sleeper is due, or the end of a
 * slice while others wait for the CPU.
 */
#ifndef KERNEL_TIME_H
#define KERNEL_TIME_H

#include <kernel/types.h>

#define NSEC_PER_SEC	1000000000u
#define NSEC_PER_MSEC	1000000u
#define SLICE_NS	(10 * NSEC_PER_MSEC)
#define TICK_NS		(10 * NSEC_PER_MSEC)	/* users have 100 a second */
#define NEVER		(~0ull)

struct task;

/* kernel/time.c */
void timer_interrupt(void);		/* called by the backend, irqs off */
void timer_add(struct task *t, u64 when_ns);
void timer_remove(struct task *t);
void slice_start(void);			/* a task waits for the CPU */
void slice_stop(void);			/* none does any more */
extern u32 slice_ns;			/* for a task that others wait for: SLICE_NS */
u64 wall_ns(void);			/* ns since 1970 */
u64 cycles_ns(u64 cycles);		/* of the TSC */
u64 cpu_ns(const struct task *t);	/* how long it has run */

/*
 * kernel/clock.c: times of user programs, seconds and a rest counted in `unit`
 * ns. They are two words, or four with calls whose number is TIME64 or more.
 * get_time gives ns, or -EFAULT, -EINVAL; more than 136 years are NEVER.
 */
#define TIME64		403
#define NSEC		1u		/* the unit of a timespec */
#define USEC		1000u		/* of a timeval */
enum { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS, CLOCK_THREAD, CLOCK_RAW,
       CLOCK_COARSE_REAL, CLOCK_COARSE_MONO, CLOCK_BOOTTIME, CLOCKS };
struct regs;
int get_time(const struct regs *r, u32 user, u32 unit, u64 *ns);
int put_time(const struct regs *r, u32 user, u32 unit, u64 ns);
/* When a wait of this length ends, by clock_ns; user 0: NEVER. */
int get_deadline(const struct regs *r, u32 user, u32 unit, u64 *ns);
u64 time_left(u64 deadline);		/* ns */
void alarm_init(void);			/* kernel/alarm.c */

extern u32 tsc_khz;			/* set by the backend's start_clock */

/*
 * Scaling as hypervisors describe their clocks: out = ((in << shift) * mul)
 * >> 32, shift negative: to the right. mul is a fraction of 2^32.
 */
struct clock_scale {
	u32 mul;
	int shift;
};

__inline_always u64 clock_scale(u64 in, struct clock_scale s)
{
	if (s.shift >= 0)
		in <<= s.shift;
	else
		in >>= -s.shift;
	return ((u64)(u32)in * s.mul >> 32) + (in >> 32) * s.mul;
}

/* The scale that turns `from` into `to`; neither may be 0. */
struct clock_scale clock_scale_make(u32 from, u32 to);
/* The least count, or a few more, that by `khz` has come to this time. */
u64 clock_count(u64 ns, u32 khz);

#endif
