// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Self-tests of the clock, of single alarms, and of their absence: a kernel
 * that waits takes the one timer interrupt it asked for, and one that works
 * alone takes none. How long something takes decides nothing here; a host may
 * stop us at any time. Only what comes too early or too often is wrong.
 */
#include <arch/cpu.h>
#include <kernel/irq.h>
#include <kernel/kernel.h>
#include <kernel/sections.h>
#include <kernel/selftest.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <pv/pv.h>

#define MS		NSEC_PER_MSEC
#define GIVE_UP		(10ull * NSEC_PER_SEC)

static u32 timer_interrupts(void)
{
	return *(volatile u32 *)&irq_count[IRQ_TIMER];
}

static void work_for(u32 ns)
{
	u64 end = clock_ns() + ns;

	while (clock_ns() < end)
		;
}

/* True if a timer interrupt comes at all after the count was `before`. */
static bool alarm_comes(u32 before)
{
	u64 end = clock_ns() + GIVE_UP;

	while (timer_interrupts() == before && clock_ns() < end)
		;
	return timer_interrupts() != before;
}

/*
 * From here on no alarm is set: the slice that began when this task was woken
 * has run out, and nobody sleeps. The alarm operations may be tried then.
 */
static void let_slice_end(void)
{
	u32 before;

	sleep_until(clock_ns() + MS);
	irq_disable();
	before = timer_interrupts();
	alarm_set(clock_ns() + SLICE_NS + MS);
	irq_enable();
	EXPECT(alarm_comes(before));
	work_for(2 * SLICE_NS);
}

SELFTEST(clock_monotonic, "time: the clock never goes back")
{
	u64 last = clock_ns(), end = last + 500 * MS;
	u32 reads = 0, backward = 0;

	while (reads < 1000 || (reads < 1000000 && last < end)) {
		u64 now = clock_ns();

		backward += now < last;
		last = now;
		reads++;
	}
	EXPECT_EQ(backward, 0);
}

/* A reading of the clock, and of the TSC before and after it. */
struct reading {
	u64 before, ns, after;
};

static struct reading read_clocks(void)
{
	struct reading r;

	r.before = rdtsc();
	r.ns = clock_ns();
	r.after = rdtsc();
	return r;
}

/* TSC cycles in nanoseconds, by the frequency that the kernel found. */
static u64 cycles_to_ns(u64 cycles)
{
	return div64(cycles * 1000, tsc_khz, NULL) * 1000;
}

SELFTEST(clock_rate, "time: the clock runs at the rate of the TSC")
{
	struct reading a = read_clocks(), b;
	u64 ns, shortest, longest, slack;

	work_for(50 * MS);
	b = read_clocks();
	ns = b.ns - a.ns;
	shortest = cycles_to_ns(b.before - a.after);
	longest = cycles_to_ns(b.after - a.before);
	/*
	 * A thousandth, and two microseconds, for the rounding of tsc_khz;
	 * a hypervisor corrects the rate of its clock all the time.
	 */
	slack = (ns >> (on_a_pc() ? 10 : 4)) + 2000;
	EXPECT(ns + slack >= shortest);
	EXPECT(ns <= longest + slack);
}

SELFTEST(clock_wall, "time: the wall clock is in this century and runs with "
	 "the clock")
{
	u64 year = 365ull * 24 * 3600 * NSEC_PER_SEC;
	u64 before = clock_ns(), wall = wall_ns(), wall_later;

	EXPECT(wall > 50 * year && wall < 130 * year);
	work_for(20 * MS);
	wall_later = wall_ns();
	EXPECT(wall_later - wall >= 19 * MS);
	EXPECT(wall_later - wall <= clock_ns() - before + MS);
}

SELFTEST(clock_steal, "time: stolen time only grows, and is less than all")
{
	u64 before = steal_ns();

	work_for(5 * MS);
	EXPECT(steal_ns() >= before);
	EXPECT(steal_ns() < clock_ns());
}

SELFTEST(alarm_early, "time: an alarm comes once, and not before its time")
{
	static const u32 waits[] = { 20, 5, 40, 1, 10, 2 };

	let_slice_end();
	for (u32 i = 0; i < ARRAY_SIZE(waits); i++) {
		u32 before = timer_interrupts();
		u64 when = clock_ns() + waits[i] * MS;

		alarm_set(when);
		if (!alarm_comes(before)) {
			FAIL("an alarm");
			return;
		}
		EXPECT(clock_ns() >= when);
		work_for(2 * MS);
		EXPECT_EQ(timer_interrupts(), before + 1);
	}
}

SELFTEST(alarm_past, "time: an alarm for a time that is past comes at once")
{
	let_slice_end();
	for (u32 i = 0; i < 20; i++) {
		u32 before = timer_interrupts();

		alarm_set(clock_ns() - i);
		if (!alarm_comes(before)) {
			FAIL("an alarm");
			return;
		}
	}
}

SELFTEST(alarm_replaced, "time: an alarm takes the place of the one before it")
{
	u64 when;
	u32 before;

	let_slice_end();
	before = timer_interrupts();
	when = clock_ns() + 30 * MS;
	irq_disable();
	alarm_set(clock_ns() + 20 * MS);
	alarm_set(when);
	irq_enable();
	EXPECT(alarm_comes(before));
	EXPECT(clock_ns() >= when);
	work_for(30 * MS);
	EXPECT_EQ(timer_interrupts(), before + 1);
}

/*
 * Without a local APIC the PIT is the alarm. Long waits are made of pieces of
 * at most 50 ms, and the one of QEMU goes on when it is told to stop.
 */
static bool alarm_is_pit(void)
{
	return on_a_pc() && !(cpu.features & CPU_APIC);
}

/* The last alarm puts things in order for the kernel, which set none. */
SELFTEST(alarm_cancelled, "time: an alarm that is cancelled does not come")
{
	u32 before;

	if (alarm_is_pit()) {
		selftest_skip("QEMU's PIT cannot be stopped");
		return;
	}
	let_slice_end();
	before = timer_interrupts();
	irq_disable();
	alarm_set(clock_ns() + 20 * MS);
	alarm_cancel();
	irq_enable();
	work_for(50 * MS);
	EXPECT_EQ(timer_interrupts(), before);
	alarm_set(clock_ns());
	EXPECT(alarm_comes(before));
}

SELFTEST(alarm_near, "time: no sleep is missed, however short")
{
	u32 state = 1, early = 0;

	for (int i = 0; i < 500; i++) {
		u64 until;

		state = state * 1103515245 + 12345;
		until = clock_ns() + (state >> 16) % 100000;
		EXPECT_EQ(sleep_until(until), 0);
		early += clock_ns() < until;
	}
	EXPECT_EQ(early, 0);
}

/* The slice that begins with being woken has to end with going to sleep. */
static u32 interrupts_asleep(void)
{
	u32 before;

	EXPECT_EQ(sleep_until(clock_ns() + MS), 0);
	before = timer_interrupts();
	EXPECT_EQ(sleep_until(clock_ns() + 300 * MS), 0);
	return timer_interrupts() - before;
}

/* A host that stops us between two sleeps lets the slice run out: try again. */
SELFTEST(idle_quiet, "time: an idle kernel takes the timer interrupt that it "
	 "asked for, no other")
{
	u32 most = alarm_is_pit() ? 300 / 50 + 1 : 1, taken, tries = 0;

	do
		taken = interrupts_asleep();
	while (taken > most && ++tries < 3);
	EXPECT(taken >= 1);
	EXPECT(taken <= most);
}

SELFTEST(busy_quiet, "time: a task that is alone takes no timer interrupt")
{
	u32 before;

	let_slice_end();
	before = timer_interrupts();
	work_for(100 * MS);
	EXPECT_EQ(timer_interrupts(), before);
}

/*
 * Neither happens as the kernel is written, and the debugging build stops on
 * both; without it they must not hang the machine.
 */
#ifndef DEBUG
SELFTEST(timer_awake, "time: a timer of a task that does not sleep goes off "
	 "once")
{
	u32 before = timer_interrupts();

	irq_disable();
	timer_add(current, clock_ns());
	irq_enable();
	EXPECT(alarm_comes(before));
	EXPECT(list_empty(&current->sleep));
}

SELFTEST(queued_awake, "time: a task that is queued but does not sleep holds "
	 "nobody up")
{
	struct waitq q = WAITQ_INIT(q);

	list_add_tail(&q.sleepers, &current->wait.link);
	wake_all(&q);
	EXPECT(list_empty(&current->wait.link));
}
#endif

/* Computed with integers of 128 bits. */
static const struct {
	u64 in;
	struct clock_scale scale;
	u64 out;
} scaled[] = {
	{ 0, { 0x80000000u, 1 }, 0 },
	{ 1, { 0x80000000u, 1 }, 1 },
	{ 0xffffffffull, { 0xffffffffu, 0 }, 0xfffffffeull },
	{ 0x100000000ull, { 0xffffffffu, 0 }, 0xffffffffull },
	{ ~0ull, { 0xffffffffu, 0 }, 0xfffffffeffffffffull },
	{ ~0ull, { 0x80000000u, -31 }, 0xffffffffull },
	{ 0x8000000000000001ull, { 0xdeadbeefu, -7 }, 0xdeadbeef000000ull },
	{ 0x123456789abcdefull, { 0x9abcdef1u, 4 }, 0xb00ea4e93e93e89ull },
	{ 0xcca2e51310000ull, { 0xdf4b2c91u, -1 }, 0x593efe724f945ull },
	{ 0xde0b6b3a7640000ull, { 0xaaaaaaabu, -1 }, 0x4a03ce68f7173c8ull },
};

SELFTEST(scale, "time: scaling is exact to the last bit")
{
	for (u32 i = 0; i < ARRAY_SIZE(scaled); i++)
		EXPECT(clock_scale(scaled[i].in, scaled[i].scale) ==
		       scaled[i].out);
}

static const struct {
	u32 from, to;
	struct clock_scale scale;
} ratios[] = {
	{ 1, 1, { 0x80000000u, 1 } },
	{ 1000000000u, 2296546000u, { 0x92fa9c12u, 2 } },
	{ 22965460u, 10000000u, { 0xdef18920u, -1 } },
	{ 10000000u, 625000u, { 0x80000000u, -3 } },
	{ 1, ~0u, { 0xffffffffu, 32 } },
	{ ~0u, 1, { 0x80000000u, -31 } },
	{ 3, 1, { 0xaaaaaaaau, -1 } },
	{ 1, 3, { 0xc0000000u, 2 } },
	{ 10000000u, 62500u, { 0xccccccccu, -7 } },
	{ 0x80000000u, 0x7fffffffu, { 0xfffffffeu, 0 } },
	{ 7, 0x80000001u, { 0x92492493u, 29 } },
};

SELFTEST(scale_make, "time: the scale between two rates has all 32 bits of "
	 "precision")
{
	u32 code = (u32)clock_scale_make;

	if (code >= (u32)__init_text_start && code < (u32)__init_text_end) {
		selftest_skip("clock_scale_make is gone after boot");
		return;
	}
	for (u32 i = 0; i < ARRAY_SIZE(ratios); i++) {
		struct clock_scale s = clock_scale_make(ratios[i].from,
							ratios[i].to);

		EXPECT_EQ(s.mul, ratios[i].scale.mul);
		EXPECT_EQ(s.shift, ratios[i].scale.shift);
	}
}
