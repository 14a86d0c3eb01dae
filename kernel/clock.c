// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The system calls that tell the time or wait for it. time.c has the clock.
 */
#include <kernel/kernel.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <kernel/uaccess.h>

#define TIMER_ABSTIME	1

int get_time(const struct regs *r, u32 user, u32 unit, u64 *ns)
{
	bool wide = r->vector >= TIME64;
	s32 word[4];
	int err = copy_from_user(word, (void *)user, wide ? 16 : 8);
	s32 high = wide ? word[1] : word[0] >> 31;
	u32 rest = wide ? word[2] : word[1];

	if (err)
		return err;
	if (high < 0 || rest >= NSEC_PER_SEC / unit)
		return -EINVAL;
	*ns = high ? NEVER : (u64)(u32)word[0] * NSEC_PER_SEC + rest * unit;
	return 0;
}

int put_time(const struct regs *r, u32 user, u32 unit, u64 ns)
{
	u32 rest, sec = div64(ns, NSEC_PER_SEC, &rest);
	u32 wide[4] = { sec, 0, rest / unit, 0 }, word[2] = { sec, rest / unit };

	return r->vector >= TIME64 ?
	       copy_to_user((void *)user, wide, sizeof(wide)) :
	       copy_to_user((void *)user, word, sizeof(word));
}

/* NEVER is late enough, and no sum is more. */
static u64 later(u64 now, u64 ns)
{
	return ns < NEVER - now ? now + ns : NEVER;
}

int get_deadline(const struct regs *r, u32 user, u32 unit, u64 *ns)
{
	u64 now = clock_ns();
	int err;

	*ns = NEVER;
	err = user ? get_time(r, user, unit, ns) : 0;
	*ns = later(now, *ns);
	return err;
}

u64 time_left(u64 deadline)
{
	u64 now = clock_ns();

	return deadline > now ? deadline - now : 0;
}

static u64 read_clock(u32 id)
{
	if (id == CLOCK_REALTIME || id == CLOCK_COARSE_REAL)
		return wall_ns();
	return id == CLOCK_PROCESS || id == CLOCK_THREAD ? cpu_ns(current) :
	       clock_ns();
}

int sys_clock_gettime(struct regs *r)
{
	if (r->ebx >= CLOCKS)
		return -EINVAL;
	return put_time(r, r->ecx, NSEC, read_clock(r->ebx));
}

int sys_clock_getres(struct regs *r)
{
	if (r->ebx >= CLOCKS)
		return -EINVAL;
	return r->ecx ? put_time(r, r->ecx, NSEC, 1) : 0;
}

static int sleep(struct regs *r, u64 deadline, u32 left)
{
	int err = sleep_until(deadline), copy = 0;

	if (err && left)
		copy = put_time(r, left, NSEC, time_left(deadline));
	return copy ?: err;
}

/* The time of clock_ns when a clock will show `when`. */
static u64 deadline_of(u32 clock, u64 when)
{
	u64 shows = read_clock(clock);

	return when == NEVER ? NEVER :
	       clock_ns() + (when > shows ? when - shows : 0);
}

/* ebx clock, ecx TIMER_ABSTIME or 0, edx time, esi what was left of it. */
int sys_clock_nanosleep(struct regs *r)
{
	u64 when, now = clock_ns();
	int err = get_time(r, r->edx, NSEC, &when);

	if (r->ebx >= CLOCKS || r->ebx == CLOCK_THREAD)
		return -EINVAL;
	if (err)
		return err;
	if (r->ecx & TIMER_ABSTIME)
		return sleep(r, deadline_of(r->ebx, when), 0);
	return sleep(r, later(now, when), r->esi);
}

/*
 * ebx word, ecx what to do, edx value, esi time. Who has one thread wakes
 * nobody, and waits in vain.
 */
int sys_futex(struct regs *r)
{
	enum { WAIT, WAKE, WAIT_UNTIL = 9, WAKE_SOME, PRIVATE = 128,
	       BY_REALTIME = 256 };
	u32 op = r->ecx & ~(PRIVATE | BY_REALTIME), word;
	u64 deadline;
	int err;

	if (op != WAIT && op != WAKE && op != WAIT_UNTIL && op != WAKE_SOME)
		return -ENOSYS;
	err = r->ebx % 4 ? -EINVAL : get_user(word, (u32 *)r->ebx);
	if (err || op == WAKE || op == WAKE_SOME)
		return err;
	if (word != r->edx)
		return -EAGAIN;
	err = op == WAIT || !r->esi ?
	      get_deadline(r, r->esi, NSEC, &deadline) :
	      get_time(r, r->esi, NSEC, &deadline);
	if (!err && op == WAIT_UNTIL && r->esi)
		deadline = deadline_of(r->ecx & BY_REALTIME ? CLOCK_REALTIME :
				       CLOCK_MONOTONIC, deadline);
	return err ?: sleep_until(deadline) ?: -ETIMEDOUT;
}

int sys_gettimeofday(struct regs *r)
{
	int err = r->ebx ? put_time(r, r->ebx, USEC, wall_ns()) : 0;

	if (!err && r->ecx)
		err = clear_user((void *)r->ecx, 8);
	return err;
}

int sys_time(struct regs *r)
{
	u32 sec = div64(wall_ns(), NSEC_PER_SEC, NULL);
	int err = r->ebx ? put_user(sec, (u32 *)r->ebx) : 0;

	return err ?: (int)sec;
}
