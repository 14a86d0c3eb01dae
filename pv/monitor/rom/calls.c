// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls of the VMI ROM that are more than a few instructions: the local APIC.
 */
#include <arch/cpu.h>
#include <arch/page.h>
#include "rom.h"

#define FRAME		((u32)PTE_PFN_MASK)
#define HIGH_FRAME	((u32)(PTE_PFN_MASK >> 32))
#define PTE_PS		0x080

/*
 * The client's entry for the page at va; NULL if there is no table for it.
 * `wide` is 1 for entries of 8 bytes, 0 for 4; physical 0 is mapped at linear.
 */
static const u32 *entry(u32 va, u32 cr3, u32 linear, u32 wide)
{
	const u32 *e = (u32 *)((cr3 & (wide ? ~31u : FRAME)) + linear);
	u32 mask = 1023 >> wide;

	if (wide) {
		e += (va >> 30) * 2;
		if (!(*e & PTE_P))
			return NULL;
		e = (u32 *)((*e & FRAME) + linear);
	}
	e += (va >> (22 - wide) & mask) << wide;
	if ((*e & (PTE_P | PTE_PS)) != PTE_P)
		return NULL;
	e = (u32 *)((*e & FRAME) + linear);
	return e + ((va >> 12 & mask) << wide);
}

/*
 * The client gives registers of the APIC by offset (6.5), and where it has
 * mapped them it does not say. So look, from the top of its address space down
 * to the ROM, through page tables that are themselves in the client's linear
 * map of low memory (4.2).
 */
volatile u32 *rom_apic(void)
{
	const struct rom_facts *facts = rom_facts();
	const u32 *e = NULL;
	u32 cr3, cr4, wide, span;

	if (!facts->apic)
		return NULL;
	asm volatile("mov %%cr3, %0" : "=r" (cr3));
	asm volatile("mov %%cr4, %0" : "=r" (cr4));
	wide = (cr4 & CR4_PAE) != 0;
	span = 1u << (22 - wide);
	for (u32 va = -PAGE_SIZE; va > (u32)facts; va -= PAGE_SIZE) {
		e -= 1 << wide;
		if (!((va + PAGE_SIZE) & (span - 1)))
			e = entry(va, cr3, (u32)facts - facts->self, wide);
		if (!e)
			va &= -span;
		else if ((*e & (FRAME | PTE_P)) == (facts->apic | PTE_P) &&
			 (!wide || !(e[1] & HIGH_FRAME)))
			return (volatile u32 *)va;
	}
	return NULL;
}

/*
 * A write to LVTT says vector and mask (7.3). While the alarm has the timer,
 * which its divisor shows, how the timer counts is not the client's business.
 */
void APICWrite(u32 offset, u32 value)
{
	volatile u32 *apic = rom_apic();

	offset &= 0xff0;
	if (!apic)
		return;
	if (offset == APIC_LVTT && APIC(apic, APIC_DIVIDE) == APIC_DIVIDE_BY_32)
		value = (value & ~APIC_PERIODIC) |
			(APIC(apic, APIC_LVTT) & APIC_PERIODIC);
	APIC(apic, offset) = value;
}

u32 APICRead(u32 offset)
{
	volatile u32 *apic = rom_apic();

	return apic ? APIC(apic, offset & 0xff0) : 0;
}
