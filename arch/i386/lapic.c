// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The local APIC: its timer is the alarm, and the 8259s reach the CPU through
 * its pin LINT0 ("virtual wire"). Intel SDM volume 3, chapter 10.
 */
#include <arch/calibrate.h>
#include <arch/cpu.h>
#include <kernel/kernel.h>
#include <kernel/time.h>
#include <pv/pv.h>

#define BASE_ENABLED	0x800
#define VERSION		0x030
#define EOI		0x0b0
#define SPURIOUS	0x0f0
#define LVT_TIMER	0x320
#define LVT_LINT0	0x350
#define LVT_LINT1	0x360
#define INITIAL		0x380
#define CURRENT		0x390
#define DIVIDE		0x3e0

#define VERSION_MASK	0xf0
#define VERSION_1X	0x10		/* what every CPU with PAE has inside */
#define APIC_ON		0x100
#define EXTINT		0x700
#define NMI		0x400
#define MASKED		0x10000
#define DIVIDE_BY_16	0x3

#define SPAN_MS		10
#define TRIES		100
#define MAX_NS		(32ull * NSEC_PER_SEC)

static struct clock_scale scale;	/* ns to ticks */

static volatile u32 *reg(u32 offset)
{
	return (volatile u32 *)(LAPIC_VA + offset);
}

static bool __init lapic_start(void)
{
	*reg(LVT_TIMER) = MASKED | VECTOR_TIMER;
	*reg(INITIAL) = ~0u;
	return true;
}

static u32 __init lapic_read(void)
{
	return ~*reg(CURRENT);
}

static const struct counter lapic_counter = {
	.name = "local APIC",
	.mask = ~0u,
	.start = lapic_start,
	.read = lapic_read,
};

/* Counts on the shortest time for the ticks, so that no alarm comes early. */
static bool __init measure_ticks(void)
{
	u64 cycles = (u64)tsc_khz * SPAN_MS;
	struct span s;

	for (u32 tries = TRIES; tries; tries--) {
		if (!measure(&lapic_counter, ~0u, cycles, &s))
			return false;
		if (s.hi - s.lo > s.hi / 256 || s.hi > 10 * cycles)
			continue;
		scale = clock_scale_make(div64(s.lo * NSEC_PER_MSEC, tsc_khz,
					       NULL), s.ticks);
		lapic_stop();
		return true;
	}
	return false;
}

bool __init lapic_init(void)
{
	u32 r[4];
	u64 base;

	cpuid(1, 0, r);
	if (!(r[3] & CPU_APIC))
		return false;
	base = rdmsr(MSR_APIC_BASE);
	if (!(base & BASE_ENABLED))
		return false;
	lapic_map(base & ~(PAGE_SIZE - 1ull));
	if ((*reg(VERSION) & VERSION_MASK) != VERSION_1X)
		return false;
	*reg(SPURIOUS) = APIC_ON | VECTOR_SPURIOUS;
	*reg(LVT_LINT0) = EXTINT;
	*reg(LVT_LINT1) = NMI;
	lapic_go_on();
	return measure_ticks();
}

void lapic_go_on(void)
{
	*reg(DIVIDE) = DIVIDE_BY_16;
}

void lapic_one_shot(u64 wait_ns)
{
	u32 ticks = clock_scale(min(wait_ns, MAX_NS), scale);

	*reg(LVT_TIMER) = VECTOR_TIMER;
	*reg(INITIAL) = max(ticks, 1u);
}

void lapic_stop(void)
{
	*reg(INITIAL) = 0;
}

void lapic_eoi(void)
{
	*reg(EOI) = 0;
}
