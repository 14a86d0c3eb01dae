// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The monitor's own interrupts: the timer of the local APIC, the UART through
 * the 8259, and one that the monitor sends itself so that something is looked
 * at before the guest goes on. Intel SDM volume 3, chapter 10.
 */
#include <arch/calibrate.h>
#include <kernel/irq.h>
#include <monitor/xen/xen.h>

#define COMMAND		0x300		/* of the local APIC */
#define TO_SELF		0x40000

u32 tsc_khz;

static u32 measure_tsc(void)
{
	static const struct source sources[] = {
		{ "CPUID", cpuid_khz, NULL },
		{ "PIT", measure_khz, &pit_counter },
		{ "RTC", measure_khz, &rtc_counter },
	};
	struct rate rate = choose_rate(sources, ARRAY_SIZE(sources));

	pit_stop();
	return rate.khz;
}

void interrupts_init(void)
{
	tsc_khz = measure_tsc();
	if (!tsc_khz)
		panic("no clock tells how fast the TSC is");
	if (!lapic_init())
		panic("there is no local APIC, or its timer does not run");
	pic_init();
	if (uart_start_irq())
		pic_unmask(UART_IRQ);
}

void kick(void)
{
	*(volatile u32 *)(LAPIC_VA + COMMAND) = TO_SELF | VECTOR_KICK;
}

/* arch/i386/pic.c calls it. */
void irq_deliver(enum irq_kind kind)
{
	if (kind == IRQ_CONSOLE)
		console_interrupt();
	else if (kind == IRQ_TIMER)
		timer_interrupt();
}

void interrupt(u32 vector)
{
	if (vector == VECTOR_KICK)
		lapic_eoi();
	else
		pc_interrupt(vector);
}
