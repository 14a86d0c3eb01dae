// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock is the ROM's count of cycles at the rate that it names, the alarm
 * one of its one-shot alarms, which takes a time of that count (vmi-abi 7). A
 * local APIC brings it, by the vector in LVTT, else line 0 of the 8259s. The
 * date is asked for once.
 */
#include <arch/pc.h>
#include <kernel/kernel.h>
#include <kernel/time.h>
#include <native/native.h>
#include <vmi/vmi.h>

#define LONGEST_NS	(32ull * NSEC_PER_SEC)	/* no need to wait longer */

static u64 base;			/* cycles as the clock began */
static struct clock_scale to_ns, to_cycles;
static u32 wiring;			/* VMI_ALARM_*: who brings the alarm */

u64 vmi_clock_ns(void)
{
	return clock_scale(vmi(1, GetCycleCounter)(VMI_CYCLES_REAL) - base, to_ns);
}

/* One cycle more: an alarm may be late, but not early. */
void vmi_alarm_set(u64 when_ns)
{
	u64 now = vmi(1, GetCycleCounter)(VMI_CYCLES_REAL);
	u64 now_ns = clock_scale(now - base, to_ns);
	u64 wait = when_ns > now_ns ? when_ns - now_ns : 0;

	now += clock_scale(min(wait, LONGEST_NS), to_cycles) + 1;
	vmi(5, SetAlarm)(VMI_CYCLES_REAL | wiring, now, 0);
}

void vmi_alarm_cancel(void)
{
	vmi(1, CancelAlarm)(VMI_CYCLES_REAL | wiring);
}

u64 vmi_wall_clock(void)
{
	return boot_wall_ns + vmi_clock_ns();
}

u64 vmi_steal_ns(void)
{
	return clock_scale(vmi(1, GetCycleCounter)(VMI_CYCLES_STOLEN), to_ns);
}

static void clock_from(u64 ns, u32 khz)
{
	to_ns = clock_scale_make(khz, NSEC_PER_MSEC);
	to_cycles = clock_scale_make(NSEC_PER_MSEC, khz);
	base = vmi(1, GetCycleCounter)(VMI_CYCLES_REAL) - clock_count(ns, khz);
}

static u32 cycles_khz(void)
{
	return (u32)div64(vmi(0, GetCycleFrequency)(), 1000, NULL);
}

static void wire(void)
{
	wiring = have_lapic ? VMI_ALARM_LVTT : 0;
	if (!have_lapic)
		return;
	lapic_one_shot(0);			/* sets LVTT, if it is ours */
	vmi(2, APICWrite)(VMI_APIC_LVTT, VECTOR_TIMER);
}

/* A ROM that does not tell the time leaves it to native, whose clock goes on. */
void vmi_go_on(u64 ns)
{
	if (!vmi_type[VMI_GetCycleFrequency])
		return;
	clock_from(ns, cycles_khz());
	wire();
}

void __init vmi_start_clock(void)
{
	acpi_init();			/* how to switch off */
	tsc_khz = cycles_khz();
	clock_from(0, tsc_khz);
	boot_wall_ns = vmi(0, GetWallclockTime)();
	printk("clock: the VMI ROM's, at %u kHz\n", tsc_khz);
}

void __init vmi_start_alarm(void)
{
	have_lapic = lapic_init();
	wire();
	if (!have_lapic)
		pic_unmask(PIT_IRQ);
	printk("clock: alarms by the VMI ROM, %s\n",
	       have_lapic ? "local APIC" : "8259");
}
