// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls of the VMI ROM that are more than a few instructions: the kernel's stack,
 * the local APIC.
 */
#include <arch/desc.h>
#include <arch/page.h>
#include "rom.h"

/* 5.4: the stack of the TSS in use. Before SetTR there is none. */
void UpdateKernelStack(u32 ss0, u32 esp0)
{
	u16 gdtr[3], tr;		/* limit, base */
	const u32 *desc;
	struct tss *tss;

	asm volatile("str %0" : "=r" (tr));
	if (!tr)
		return;
	asm volatile("sgdt %0" : "=m" (gdtr));
	desc = (const u32 *)((gdtr[1] | gdtr[2] << 16) + (tr & ~7));
	tss = (struct tss *)(desc[0] >> 16 | (desc[1] & 0xff) << 16 |
			     (desc[1] & 0xff000000));
	tss->esp0 = esp0;
	tss->ss0 = ss0;
}

#define FRAME		((u32)PTE_PFN_MASK)
#define PTE_PS		0x080

/* The client's page tables. */
struct tables {
	u32 linear;		/* where physical 0 is mapped */
	u32 cr3;
	u32 pae;		/* 1: entries of 8 bytes, else 0 */
};

static const u32 *table(const struct tables *t, u32 pa)
{
	return (const u32 *)(t->linear + pa);
}

/* The entry for va in its page directory; NULL if it has none. */
static const u32 *directory_entry(const struct tables *t, u32 va)
{
	const u32 *e;

	if (!t->pae)
		return table(t, t->cr3 & FRAME) + (va >> 22);
	e = table(t, t->cr3 & ~31) + (va >> 30) * 2;
	if (!(*e & PTE_P))
		return NULL;
	return table(t, *e & FRAME) + (va >> 21 & 511) * 2;
}

/* The page below `below` that is mapped to frame, as far as one page table
 * reaches; 0 if none is. */
static u32 find(const struct tables *t, u32 below, u32 frame)
{
	u32 span = 1u << (22 - t->pae), step = 1 << t->pae;
	const u32 *e = directory_entry(t, below - span);

	if (!e || (*e & (PTE_P | PTE_PS)) != PTE_P)
		return 0;
	e = table(t, (*e & FRAME) + PAGE_SIZE);
	for (u32 va = below - PAGE_SIZE; span; va -= PAGE_SIZE) {
		e -= step;
		if ((*e & (FRAME | PTE_P)) == (frame | PTE_P) &&
		    (!t->pae || !(e[1] & (PTE_PFN_MASK >> 32))))
			return va;
		span -= PAGE_SIZE;
	}
	return 0;
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
	struct tables t = { .linear = (u32)facts - facts->self };
	u32 span, va = 0, below = 0, cr4;

	if (!facts->apic)
		return NULL;
	asm volatile("mov %%cr3, %0" : "=r" (t.cr3));
	asm volatile("mov %%cr4, %0" : "=r" (cr4));
	t.pae = (cr4 & CR4_PAE) != 0;
	span = 1u << (22 - t.pae);
	do {
		va = find(&t, below, facts->apic);
		below -= span;
	} while (!va && below > (u32)facts);
	return (volatile u32 *)va;
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
