// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock is the TSC, at a rate that two others agree on and one goes on
 * comparing. The alarm is the local APIC's one-shot timer, or the PIT's where
 * there is no local APIC: then a long wait is cut into pieces of at most 50 ms.
 *
 * Read next: calibrate.c.
 */
#include <arch/pc.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/time.h>
#include <arch/calibrate.h>
#include <native/native.h>

#define LAPIC_SPAN_MS	10
#define TRIES		100

static u64 tsc_base;
static struct clock_scale tsc_scale;	/* TSC to ns */
static struct clock_scale lapic_scale;	/* ns to timer ticks */
static bool have_lapic;
static u64 boot_wall_ns;

static const struct counter *watch;	/* whom the TSC is compared with */
static u64 next_watch, watch_every = NSEC_PER_SEC;

u64 native_clock_ns(void)
{
	return clock_scale(rdtsc() - tsc_base, tsc_scale);
}

/* Each alarm is an occasion; a kernel that sets none needs no clock. */
static void __noinline compare_clocks(u64 now)
{
	static struct moment last;

	if (watch && !still_agrees(watch, tsc_khz, &last))
		watch_every *= 2;	/* and says it less and less often */
	next_watch = now + watch_every;
}

void native_alarm_set(u64 when_ns)
{
	u64 now = native_clock_ns();
	u64 wait = when_ns > now ? when_ns - now : 0;

	if (now >= next_watch)
		compare_clocks(now);

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

static const struct source sources[] = {
	{ "CPUID", cpuid_khz, NULL },
	{ "PIT", measure_khz, &pit_counter },
	{ "ACPI timer", measure_khz, &acpi_counter },
	{ "RTC", measure_khz, &rtc_counter },
};

/* Rather too many ticks to a time than too few: no alarm comes early. */
static bool __init measure_lapic(void)
{
	u64 cycles = (u64)tsc_khz * LAPIC_SPAN_MS;
	struct span s;

	for (u32 tries = TRIES; tries; tries--) {
		if (!measure(&lapic_counter, ~0u, cycles, &s))
			return false;
		if (s.hi - s.lo > s.hi / 256 || s.hi > 10 * cycles)
			continue;
		lapic_scale = clock_scale_make(
			div64(s.lo * NSEC_PER_MSEC, tsc_khz, NULL), s.ticks);
		lapic_one_shot(0);
		return true;
	}
	return false;
}

void native_start_clock(void)
{
	struct rate rate;

	acpi_init();
	kernel_unmap(FIRMWARE_VA);
	rate = choose_rate(sources, ARRAY_SIZE(sources));
	if (!rate.khz)
		panic("clock: nothing here tells the rate of the TSC: no CPUID "
		      "leaf, PIT, ACPI timer or RTC");
	tsc_khz = rate.khz;
	tsc_scale = clock_scale_make(tsc_khz, NSEC_PER_MSEC);
	tsc_base = rdtsc();
	watch = acpi_counter.start() ? &acpi_counter :
		rtc_counter.start() ? &rtc_counter : NULL;
	boot_wall_ns = cmos_seconds() * NSEC_PER_SEC;
	printk("clock: TSC at %u kHz by %s%s%s\n", tsc_khz, rate.by,
	       rate.confirmed ? " and " : ", which nobody confirms",
	       rate.confirmed ?: "");
	printk("clock: checked by %s from here on\n",
	       watch ? watch->name : "nobody");
	if (!boot_wall_ns)
		printk("clock: no date in the RTC: this is 1970\n");
}

void __init native_start_alarm(void)
{
	have_lapic = lapic_init() && measure_lapic();
	if (!have_lapic && !pit_counter.start())
		panic("clock: no local APIC timer and no PIT: nothing could "
		      "end a wait");
	if (!have_lapic)
		pic_unmask(PIT_IRQ);
	printk("clock: alarms by %s\n", have_lapic ? "local APIC" : "PIT");
}
