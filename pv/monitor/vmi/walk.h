/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's own page tables, read as the CPU would: walk.c. */
#ifndef MONITOR_WALK_H
#define MONITOR_WALK_H

#include <kernel/kernel.h>
#include <monitor/vmi/shadow.h>
#include <x86_64/cpu.h>

#define PTE_FRAME	0x000ffffffffff000ull
#define FRAMES_4G	(1u << (32 - PAGE_SHIFT))
#define PTE_RIGHTS	(PTE_P | PTE_W | PTE_U | PTE_NX)

extern struct paging paging;		/* as shadow_mode() was told */
extern u64 reserved_bits;		/* of an entry of 8 bytes */

void walk_init(const struct shadow_memory *m);
void walk_mode(const struct paging *now);

/* Three levels of 8-byte entries, else two of 4. */
__inline_always bool paging_wide(void)
{
	return paging.cr4 & CR4_PAE;
}

/* The table in force, which the root is the shadow of. */
__inline_always u64 walk_root(void)
{
	return paging.cr3 & (paging_wide() ? ~31u : ~0xfffu);
}

/* An entry as 8 bytes; 0 where no table may be: a device, the monitor. */
__inline_always u64 guest_entry(u64 machine)
{
	u64 mfn = machine >> PAGE_SHIFT;

	if ((mfn >= memory.memory_end && mfn - FRAMES_4G >= memory.high) ||
	    hidden(mfn))
		return 0;
	return paging_wide() ? *(u64 *)phys(machine & ~7ull) :
	       *(u32 *)phys(machine & ~3ull);
}

/* That an L2 entry maps a large page. */
__inline_always bool is_large(u64 l2e)
{
	return l2e & PTE_PS && paging.cr4 & (CR4_PAE | CR4_PSE);
}

/* Bits are set that must be 0, of any entry, or of one that maps a large page. */
__inline_always bool entry_wrong(u64 e)
{
	return paging_wide() && e & reserved_bits;
}

/*
 * And these of the 4 entries of PAE's table, which have no rights. Emulators set
 * A there, as no CPU does: so A and D may be.
 */
#define TOP_RESERVED	(PTE_NX | 0x186)

/* An address above 4 GiB in 4 bytes is not known here: those bits are 0. */
__inline_always bool large_wrong(u64 l2e)
{
	return l2e & (paging_wide() ? 0x1fe000 : 0x3fe000);
}

/* The 2 MiB around va of a large page of 2 or 4. */
__inline_always u64 large_base(u64 l2e, u32 va)
{
	return paging_wide() ? l2e & PTE_FRAME & ~0x1fffffull :
	       (l2e & 0xffc00000) | (va & 0x200000);
}
#define LARGE_PAT	0x1000

/* What walk() returns besides PF_PRESENT and PF_RESERVED. */
#define WALK_ABSENT	0x100

/*
 * 0: an access of that kind (PF_*) is allowed, and A and D are set as by the CPU;
 * else WALK_ABSENT, PF_PRESENT, or that with PF_RESERVED.
 */
u32 walk(u32 va, u32 kind);

#endif
