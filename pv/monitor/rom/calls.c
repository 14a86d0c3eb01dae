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

struct search {
	const struct rom_facts *facts;	/* as far down as that */
	u32 linear;			/* where the client maps physical 0 */
	u32 wide;			/* entries have 1: 8 bytes, 0: 4 */
};

/* In this table, for the addresses from va on; 1 << shift for each entry. */
static u32 find(const struct search *s, u32 table, u32 shift, u32 va)
{
	u32 n = s->wide && shift == 30 ? 4 : 1024 >> s->wide;
	u32 end = (u32)s->facts >> shift, found = 0;

	for (u32 at = (va >> shift) + n - 1; n-- && at >= end && !found; at--) {
		const u32 *e = (u32 *)(table + s->linear) + (n << s->wide);

		if (!(*e & PTE_P) || (s->wide && (e[1] & HIGH_FRAME)))
			continue;
		if (shift > PAGE_SHIFT && !(*e & PTE_PS))
			found = find(s, *e & FRAME, shift - 10 + s->wide,
				     at << shift);
		else if (shift == PAGE_SHIFT && (*e & FRAME) == s->facts->apic)
			found = at << shift;
	}
	return found;
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
	struct search s = { facts, (u32)facts - facts->self, 0 };
	u32 cr3, cr4;

	asm volatile("mov %%cr3, %0" : "=r" (cr3));
	asm volatile("mov %%cr4, %0" : "=r" (cr4));
	s.wide = (cr4 & CR4_PAE) != 0;
	return facts->apic ?
	       (u32 *)find(&s, cr3 & ~31u, s.wide ? 30 : 22, 0) : NULL;
}

void APICWrite(u32 offset, u32 value)
{
	volatile u32 *apic = rom_apic();

	offset &= 0xff0;
	if (!apic)
		return;
	APIC(apic, offset) = offset == APIC_LVTT ? lvtt_value(apic, value) :
						   value;
}

u32 APICRead(u32 offset)
{
	volatile u32 *apic = rom_apic();

	return apic ? APIC(apic, offset & 0xff0) : 0;
}
