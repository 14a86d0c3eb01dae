// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The monitor's own interrupts: the timer of the local APIC, the UART through
 * the 8259, and one that the monitor sends itself so that something is looked
 * at before the guest goes on. Intel SDM volume 3, chapter 10.
 */
#include <arch/calibrate.h>
#include <kernel/irq.h>
#include <kernel/time.h>
#include <monitor/xen/build.h>
#include <monitor/monitor.h>

#define BASE_ENABLED	0x800
#define EOI		0x0b0
#define SPURIOUS	0x0f0
#define COMMAND		0x300
#define LVT_TIMER	0x320
#define LVT_LINT0	0x350
#define LVT_LINT1	0x360
#define INITIAL		0x380
#define CURRENT		0x390
#define DIVIDE		0x3e0

#define APIC_ON		0x100
#define EXTINT		0x700
#define NMI		0x400
#define MASKED		0x10000
#define DIVIDE_BY_16	0x3
#define TO_SELF		0x40000

#define SPAN_MS		10
#define MAX_NS		(32ull * NSEC_PER_SEC)

static volatile u32 *apic;
static struct clock_scale ns_to_ticks;
u32 tsc_khz;
u64 apic_base;

static bool apic_start(void)
{
	apic[LVT_TIMER / 4] = MASKED | VECTOR_TIMER;
	apic[INITIAL / 4] = ~0u;
	return true;
}

static u32 apic_read(void)
{
	return ~apic[CURRENT / 4];
}

static const struct counter apic_counter = {
	.name = "local APIC",
	.mask = ~0u,
	.start = apic_start,
	.read = apic_read,
};

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

static bool measure_apic(void)
{
	struct span s;

	if (!measure(&apic_counter, ~0u, (u64)tsc_khz * SPAN_MS, &s))
		return false;
	ns_to_ticks = clock_scale_make(s.lo * NSEC_PER_MSEC / tsc_khz, s.ticks);
	lapic_stop();
	return true;
}

void interrupts_init(void)
{
	apic_base = rdmsr(MSR_APIC_BASE);
	tsc_khz = measure_tsc();
	if (!tsc_khz)
		refuse("no clock tells how fast the TSC is");
	if (!(apic_base & BASE_ENABLED))
		refuse("the local APIC is off");
	apic = phys(apic_base & 0xfffff000);
	apic[SPURIOUS / 4] = APIC_ON | VECTOR_SPURIOUS;
	apic[LVT_LINT0 / 4] = EXTINT;
	apic[LVT_LINT1 / 4] = NMI;
	apic[DIVIDE / 4] = DIVIDE_BY_16;
	if (!measure_apic())
		refuse("the timer of the local APIC does not run");
	pic_init();
	if (uart_start_irq())
		pic_unmask(UART_IRQ);
}

void lapic_one_shot(u64 wait_ns)
{
	u32 ticks = clock_scale(min(wait_ns, MAX_NS), ns_to_ticks);

	apic[LVT_TIMER / 4] = VECTOR_TIMER;
	apic[INITIAL / 4] = max(ticks, 1u);
}

void lapic_stop(void)
{
	apic[INITIAL / 4] = 0;
}

void lapic_eoi(void)
{
	apic[EOI / 4] = 0;
}

void kick(void)
{
	apic[COMMAND / 4] = TO_SELF | VECTOR_KICK;
}

const char *const irq_name[IRQ_KINDS];
u32 irq_count[IRQ_KINDS];

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
