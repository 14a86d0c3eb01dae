// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the ROM does when the BIOS finds it: it measures the machine's clocks
 * against the PIT, and writes down what it found in its own image, which is
 * read-only memory afterwards. Where it is that already, the facts stay 0, and
 * GetRelocationInfo answers NONE for the calls that need them.
 */
#include <arch/cpu.h>
#include "rom.h"

#define CPU_TSC		(1u << 4)
#define CPU_APIC	(1u << 9)

#define GATE_PORT	0x61
#define GATE_ENABLE	0x01
#define SPEAKER		0x02
#define OUTPUT		0x20
#define PIT_MODE0_2	0xb0		/* channel 2, low until it is 0 */
#define TICKS		11932		/* 10 ms */
#define TRIES		64
#define GOOD		(1u << 22)	/* doubt of 1/1024 */
#define SPINS		(1u << 22)

#define APIC_BASE_MASK	0xfffff000

/* Without CPUID, EFLAGS.ID is fixed. */
u32 rom_cpu_features(void)
{
	u32 a, b, c, d;

	asm volatile("pushf\n\tpop %0\n\tpush %0\n\txorl %2, (%%esp)\n\t"
		     "popf\n\tpushf\n\tpop %1"
		     : "=&r" (a), "=r" (b) : "i" (EFLAGS_ID) : "cc");
	if (a == b)
		return 0;
	asm volatile("cpuid" : "=a" (a), "=b" (b), "=c" (c), "=d" (d)
		     : "0" (1));
	return d;
}

/* a * 2^32 / b, for a < b */
static u32 ratio(u32 a, u32 b)
{
	asm("divl %2" : "=a" (a), "=d" (b) : "r" (b), "0" (0), "1" (a));
	return a;
}

/*
 * Counts cycles, and those of the APIC's timer if there is one, in 10 ms of the
 * PIT or less. The machine may be a virtual one that stands still now and then:
 * what counts is the try in which least time passed, for its length, between
 * looks at the clocks that should be one.
 */
static void measure(volatile u32 *apic, volatile struct rom_facts *facts)
{
	u32 best = ~0u, count = 0;

	for (u32 i = 0; i < TRIES && best > GOOD; i++) {
		u32 begin, start, low, next, high, doubt;
		u32 ticks = TICKS >> (i & 3), spins = SPINS;

		outb(PIT_MODE0_2, PIT_CONTROL);
		outb(ticks & 0xff, PIT_CHANNEL(2));
		begin = (u32)rdtsc();
		outb(ticks >> 8, PIT_CHANNEL(2));
		if (apic)
			APIC(apic, APIC_INITIAL) = ~0u;
		next = start = (u32)rdtsc();
		do {
			if (!--spins)
				return;
			low = next;
			next = (u32)rdtsc();
		} while (!(inb(GATE_PORT) & OUTPUT));
		high = (u32)rdtsc();
		if (apic)
			count = ~0u - APIC(apic, APIC_CURRENT);
		doubt = (u32)rdtsc() - low + start - begin;
		high = (high - start + low - begin) / 2;
		if (high <= ticks || doubt >= high)
			continue;
		doubt = ratio(doubt, high);
		if (doubt >= best)
			continue;
		best = doubt;
		facts->tsc_hz = (u64)high * ((PIT_HZ << 11) / ticks) >> 11;
		facts->pit_mul = ratio(ticks, high);
		facts->apic_mul = count < high ? ratio(count, high) : 0;
	}
}

/* The image at `rom` has to have the sum 0 again. */
static void repair_checksum(volatile u8 *rom)
{
	u32 size = rom[2] * VMI_ROM_BLOCK;
	u8 sum = 0;

	for (u32 i = 0; i < size; i++)
		sum += rom[i];
	rom[size - 1] -= sum;
}

/* From rom.S, in protected mode, with physical addresses. */
void rom_post(volatile u8 *rom, volatile struct rom_facts *facts);
void rom_post(volatile u8 *rom, volatile struct rom_facts *facts)
{
	u32 cpu = rom_cpu_features(), base = 0;
	u8 gate = inb(GATE_PORT);
	volatile u32 *apic;

	facts->self = (u32)facts;
	if (cpu & CPU_APIC) {
		u64 msr = rdmsr(MSR_APIC_BASE);

		base = msr >> 32 ? 0 : (u32)msr & APIC_BASE_MASK;
	}
	facts->apic = base;
	apic = (volatile u32 *)base;
	if (apic)
		APIC(apic, APIC_DIVIDE) = APIC_DIVIDE_BY_32;
	outb((gate & ~SPEAKER) | GATE_ENABLE, GATE_PORT);
	if (cpu & CPU_TSC)
		measure(apic, facts);
	outb(gate, GATE_PORT);
	if (apic) {
		APIC(apic, APIC_INITIAL) = 0;
		APIC(apic, APIC_DIVIDE) = 0;
	}
	repair_checksum(rom);
}
