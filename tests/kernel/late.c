// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Another backend while the kernel runs: what has to go on, and what has to be as
 * it was. Where the way out is barred the same must hold after the attempt.
 * The word late= puts the kernel on another one before the self-tests. Which
 * tables a VMI ROM is told of then is in vmi.c.
 */
#ifndef PV_OFF
#include <arch/desc.h>
#include <kernel/boot.h>
#include <kernel/sections.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <abi/vmi.h>
#include "pv_test.h"

/* late=NAME,NAME...: before the self-tests the kernel goes over to each. */
static void go_late(const char *names)
{
	char name[16];
	u32 len;

	for (; *names; names += len + (names[len] == ',')) {
		for (len = 0; names[len] && names[len] != ','; len++)
			;
		strlcpy(name, names, min(len + 1, (u32)sizeof(name)));
		if (!pv_find_installable(name) ||
		    pv_switch(pv_find_installable(name)))
			panic("late=%s: it cannot go over to that", name);
	}
}
BOOT_WORD("late", go_late);

static bool rom_there(void)
{
	for (u32 at = VMI_ROM_START; at < VMI_ROM_END; at += VMI_ROM_STEP)
		if (((const struct vmi_rom *)va(at))->vmi_signature ==
		    VMI_SIGNATURE)
			return true;
	return false;
}

/*
 * Tries to go over to another, and back at once if that worked; true: it did. All
 * that is not the backend's is as before, or has gone on.
 */
static bool there_and_back(void)
{
	const struct pv_backend *was = pv_backend, *wrapper = pv_wrapper;
	const struct pv_backend *other = pv_find_installable(
		strcmp(was->name, "vmi") ? "vmi" : "native");
	u32 switches = pv_patch_stats.switches, cr3 = read_cr3();
	u32 cr0 = read_cr0(), cr4 = read_cr4(), esp0 = tss.esp0;
	bool done = !pv_switch(other);

	EXPECT(pv_backend == (done ? other : was));
	EXPECT_EQ(pv_verify(&pv_text, &pv_now, NULL).error, PV_OK);
	workload();
	use_processes();
	if (done)
		EXPECT_EQ(pv_switch(was), 0);
	EXPECT(pv_backend == was && pv_wrapper == wrapper);
	EXPECT_EQ(pv_verify(&pv_text, &pv_now, NULL).error, PV_OK);
	EXPECT_EQ(pv_patch_stats.switches, switches + 2 * done);
	EXPECT(save_fl() & EFLAGS_IF);
	EXPECT(read_cr3() == cr3 && read_cr0() == cr0 && read_cr4() == cr4);
	if (was == pv_find_installable("native"))	/* a ROM has its own TSS */
		EXPECT_EQ(tss.esp0, esp0);
	for (u8 *p = __ro_after_init_start; p < __ro_after_init_end;
	     p += PAGE_SIZE)
		EXPECT(!can_write((u32)p));
	return done;
}

/* Where it is another that can be gone to and come back from. */
static bool can_try(void)
{
	if (!pv_find_installable("vmi") || !pv_find_installable("native"))
		selftest_skip("there is only one backend for this machine");
	else if (!pv_backend->leave && rom_there() && !cmdline_get("late"))
		selftest_skip("there may be no way back");
	else
		return true;
	return false;
}

static void there_and_back_idle(void)
{
	const struct pv_backend *was = pv_backend;

	if (!pv_switch(pv_find_installable(strcmp(was->name, "vmi") ? "vmi" :
					   "native")))
		EXPECT_EQ(pv_switch(was), 0);
}

static void try_at_level(void)
{
	const char *name = in_use();

	there_and_back();
	go_to_backend("poison");
	there_and_back();
	go_to_backend(pv_backend->name);
	if (strcmp(name, pv_backend->name))
		go_to_backend(name);
}

SELFTEST_HOOKS(late, "late: there and back at every level, or not at all: level, "
	       "wrapper and registers stay")
{
	if (can_try())
		at_each_level(try_at_level);
}

#define FAR_OFF		(300 * NSEC_PER_MSEC)
#define NAP		(50 * NSEC_PER_MSEC)
#define LONG		(10ull * NSEC_PER_SEC)	/* even on a busy host */

static volatile u64 woke;

static void sleeper(void *unused)
{
	u64 end = clock_ns() + FAR_OFF;

	sleep_until(end);
	woke = clock_ns() - end;
}

/* Of many: one of them ends in time. */
static u64 shortest_nap(void)
{
	u64 best = NEVER, start;

	for (u32 i = 0; i < 10; i++) {
		start = clock_ns();
		sleep_until(start + NAP);
		best = min(best, clock_ns() - start);
	}
	return best;
}

/* The time by the TSC, which nobody changes, is that by the clock. */
static bool clock_goes_on(void)
{
	u64 before, wall, last, slack, cycles[4], least, most;

	cycles[0] = rdtsc();
	wall = wall_clock();
	last = before = clock_ns();
	cycles[1] = rdtsc();
	for (u32 i = 0; i < 20; i++) {
		there_and_back();
		EXPECT(clock_ns() > last);
		last = clock_ns();
	}
	cycles[2] = rdtsc();
	last = clock_ns();
	wall = wall_clock() - wall;
	cycles[3] = rdtsc();
	most = cycles_ns(cycles[3] - cycles[0]);
	least = cycles_ns(cycles[2] - cycles[1]);
	slack = most / 64 + NSEC_PER_MSEC;	/* two say what the TSC's rate is */
	return last - before < most + slack && last - before + slack > least &&
	       wall < most + 2 * slack && wall > last - before - NSEC_PER_MSEC;
}

/* A host that stops between two looks at clocks does not do so each time. */
SELFTEST_HOOKS(late_clock, "late: the clock goes on there and back, and alarms "
	       "come when they are due")
{
	int status;
	u64 start;

	if (!can_try())
		return;
	woke = NEVER;
	EXPECT(kthread_create("sleeper", sleeper, NULL));
	yield();
	EXPECT(clock_goes_on() || clock_goes_on() || clock_goes_on());
	EXPECT(do_wait(-1, 0, &status) > 0);
	EXPECT(woke < LONG);
	EXPECT(shortest_nap() < NAP + NAP / 2);
	EXPECT(kthread_create("sleeper", sleeper, NULL));
	yield();
	there_and_back_idle();
	woke = NEVER;
	for (start = clock_ns(); woke == NEVER && clock_ns() - start < LONG;)
		yield();		/* nobody else sets an alarm */
	EXPECT(woke != NEVER);
	EXPECT(do_wait(-1, 0, &status) > 0);
}

#endif /* PV_OFF */
