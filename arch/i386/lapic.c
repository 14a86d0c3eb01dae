// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The local APIC: its timer is the alarm, and the 8259s reach the CPU through
 * its pin LINT0 ("virtual wire"). Intel SDM volume 3, chapter 10.
 */
#include <arch/cpu.h>
#include <arch/pc.h>
#include <kernel/mm.h>
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

static volatile u32 *reg(u32 offset)
{
	return (volatile u32 *)(LAPIC_VA + offset);
}

bool __init lapic_init(void)
{
	u64 base;

	if (!(cpu.features & CPU_APIC))
		return false;
	base = rdmsr(MSR_APIC_BASE);
	if (!(base & BASE_ENABLED))
		return false;
	kernel_map(LAPIC_VA, base & PTE_PFN_MASK,
		   PTE_P | PTE_W | PTE_PCD | PTE_PWT | pte_nx);
	if ((*reg(VERSION) & VERSION_MASK) != VERSION_1X)
		return false;
	*reg(SPURIOUS) = APIC_ON | VECTOR_SPURIOUS;
	*reg(LVT_LINT0) = EXTINT;
	*reg(LVT_LINT1) = NMI;
	*reg(DIVIDE) = DIVIDE_BY_16;
	return true;
}

void lapic_one_shot(u32 ticks)
{
	*reg(LVT_TIMER) = VECTOR_TIMER;
	*reg(INITIAL) = ticks;
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

const struct counter lapic_counter = {
	.name = "local APIC",
	.mask = ~0u,
	.start = lapic_start,
	.read = lapic_read,
};

void lapic_eoi(void)
{
	*reg(EOI) = 0;
}
