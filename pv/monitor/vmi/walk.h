/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's own page tables, read as the CPU would: walk.c. */
#ifndef MONITOR_WALK_H
#define MONITOR_WALK_H

#include <monitor/vmi/shadow.h>
#include <x86_64/cpu.h>

#define PTE_FRAME	0x000ffffffffff000ull

extern struct paging paging;	/* as shadow_mode() was told */

/* Three levels of 8-byte entries, else two of 4. */
__inline_always bool paging_wide(void)
{
	return paging.cr4 & CR4_PAE;
}

struct walk {
	u64 directory, table;	/* machine addresses; table: unless large */
	u64 leaf;		/* with the rights of all levels */
	u64 upper;		/* P, W, U, NX of what is above the table */
	bool large;
	bool kernel_writes;	/* to a read-only page: CR0.WP is clear */
};

/* Of the table in force, whose shadow is the root. */
u64 walk_root(void);
/* 8 bytes, whatever the format; 0 where the monitor reads nothing. */
u64 guest_entry(u64 machine);

/*
 * 0: an access of that kind (PF_*) is allowed, and A and D are set as by the CPU;
 * else PF_PRESENT, PF_RESERVED, or ~0 if nothing is there.
 */
u32 walk(u32 va, u32 kind, struct walk *w);
/* Nothing is asked or set; false: nothing is there. */
bool walk_only(u32 va, struct walk *w);

#endif
