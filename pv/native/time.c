// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock is the TSC, calibrated against the PIT. The alarm is the local
 * APIC's one-shot timer, or the PIT's where there is no local APIC: then a
 * long wait is cut into pieces of at most 50 ms.
 */
#include <arch/pc.h>
#include <kernel/kernel.h>
#include <kernel/time.h>
#include <native/native.h>

#define CALIBRATE_NS	(10 * NSEC_PER_MSEC)

static u64 tsc_base;
static struct clock_scale tsc_scale;	/* TSC to ns */
static struct clock_scale lapic_scale;	/* ns to timer ticks */
static bool have_lapic;
static u64 boot_wall_ns;

u64 native_clock_ns(void)
{
	return clock_scale(rdtsc() - tsc_base, tsc_scale);
}

void native_alarm_set(u64 when_ns)
{
	u64 now = native_clock_ns();
	u64 wait = when_ns > now ? when_ns - now : 0;

	if (!have_lapic) {
		pit_one_shot(min(wait, (u64)PIT_MAX_NS));
		return;
	}
	wait = clock_scale(min(wait, 32ull * NSEC_PER_SEC), lapic_scale);
	lapic_one_shot(max((u32)wait, 1u));
}

void native_alarm_cancel(void)
{
	if (have_lapic)
		lapic_one_shot(0);
	else
		pit_stop();
}

u64 native_wall_clock(void)
{
	return boot_wall_ns + native_clock_ns();
}

u64 native_steal_ns(void)
{
	return 0;
}

/* The best of three: an interruption from outside only makes it longer. */
void native_start_clock(void)
{
	u32 best = ~0u, lapic_ticks = 0;

	have_lapic = lapic_init();
	for (int i = 0; i < 3; i++) {
		u32 lapic_start = 0, cycles;
		u64 start;

		pit_gate_start(CALIBRATE_NS);
		if (have_lapic)
			lapic_start = lapic_free_run();
		start = rdtsc();
		pit_gate_wait();
		cycles = (u32)(rdtsc() - start);
		if (cycles >= best)
			continue;
		best = cycles;
		if (have_lapic)
			lapic_ticks = lapic_start - lapic_count();
	}
	/* A timer that does not count is none. */
	if (!lapic_ticks)
		have_lapic = false;
	tsc_scale = clock_scale_make(best, CALIBRATE_NS);
	tsc_base = rdtsc();
	if (have_lapic)
		lapic_scale = clock_scale_make(CALIBRATE_NS, lapic_ticks);
	boot_wall_ns = cmos_seconds() * NSEC_PER_SEC;
	tsc_khz = best / (CALIBRATE_NS / NSEC_PER_MSEC);
	printk("clock: TSC at %u kHz, alarms by %s\n", tsc_khz,
	       have_lapic ? "local APIC" : "PIT");
}

void native_start_alarm(void)
{
	if (have_lapic)
		lapic_one_shot(0);
	else
		pic_unmask(PIT_IRQ);
}
