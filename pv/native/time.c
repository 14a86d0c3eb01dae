// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock is the TSC. Two others agree on its rate (arch/i386/calibrate.c),
 * and one of them goes on checking it. The alarm is the one-shot timer of the
 * local APIC. Without a local APIC it is that of the PIT, which cuts a long
 * wait into pieces of at most 50 ms.
 */
#include <arch/pc.h>
#include <kernel/kernel.h>
#include <kernel/time.h>
#include <arch/calibrate.h>
#include <native/native.h>

static u64 tsc_base;
static struct clock_scale tsc_scale;	/* TSC to ns */
bool have_lapic;
u64 boot_wall_ns;

static const struct counter *watch;	/* that the TSC is compared with */
static u64 next_watch, watch_every = NSEC_PER_SEC;

u64 native_clock_ns(void)
{
	return clock_scale(rdtsc() - tsc_base, tsc_scale);
}

/* Called where alarms are set: a kernel that sets none needs no clock. */
static void __noinline compare_clocks(u64 now)
{
	static struct moment last;

	if (watch && !still_agrees(watch, tsc_khz, &last))
		watch_every *= 2;	/* it is told ever less often */
	next_watch = now + watch_every;
}

void native_alarm_set(u64 when_ns)
{
	u64 now = native_clock_ns();
	u64 wait = when_ns > now ? when_ns - now : 0;

	if (now >= next_watch)
		compare_clocks(now);

	if (have_lapic)
		lapic_one_shot(wait);
	else
		pit_one_shot(wait);
}

void native_alarm_cancel(void)
{
	if (have_lapic)
		lapic_stop();
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

void native_go_on(u64 ns)
{
	tsc_scale = clock_scale_make(tsc_khz, NSEC_PER_MSEC);
	tsc_base = rdtsc() - clock_count(ns, tsc_khz);
	if (have_lapic)
		lapic_go_on();
}

static const struct source sources[] = {
	{ "CPUID", cpuid_khz, NULL },
	{ "PIT", measure_khz, &pit_counter },
	{ "ACPI timer", measure_khz, &acpi_counter },
	{ "RTC", measure_khz, &rtc_counter },
};

void native_start_clock(void)
{
	struct rate rate;

	acpi_init();
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
	have_lapic = lapic_init();
	if (!have_lapic && !pit_counter.start())
		panic("clock: no local APIC timer and no PIT: nothing could "
		      "end a wait");
	if (!have_lapic)
		pic_unmask(PIT_IRQ);
	printk("clock: alarms by %s\n", have_lapic ? "local APIC" : "PIT");
}
