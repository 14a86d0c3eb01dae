/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shadow paging: the guest has page tables as on bare hardware, of two levels or
 * three (PAE), and may write them as it likes. The CPU walks others, which the
 * monitor makes from them. Machine addresses are the guest's physical ones: it
 * owns all memory but the monitor's. vmi-abi 4.
 *
 * A table that was announced is kept until it is released, and changed by the
 * calls that tell of each change. One that was not is forgotten whenever the
 * CPU would forget its TLB.
 */
#ifndef MONITOR_SHADOW_H
#define MONITOR_SHADOW_H

#include <kernel/types.h>

/* From here up addresses are the monitor's, in each address space. */
#define VMI_TOP		0xffc00000

/* What decides how the guest's tables are read. */
struct paging {
	u32 cr0, cr3, cr4;
	bool nx;		/* EFER.NXE */
};

/* Pages for shadow tables, and the L1 table of what lies from VMI_TOP on. */
void shadow_init(u32 first, u32 count, const u64 *window);

/* A control register or EFER has changed, or was loaded again. */
void shadow_mode(const struct paging *now);

/*
 * A page fault at va. 0: the guest's tables allow the access, which can be tried
 * again; else the error code of the fault that is the guest's.
 */
u32 shadow_fault(u32 va, u32 error);

void shadow_invlpg(u32 va);
void shadow_flush(void);

/* The entry at a machine address has changed. */
void shadow_entry(u64 machine);
/* The page with this number is a table, is none any more. */
void shadow_announce(u32 pfn);
void shadow_release(u32 pfn);

/* By the guest's tables alone; false: nothing is there. */
bool shadow_translate(u32 va, u64 *machine);

/* How many entries break the rules, or are not counted right. */
u32 shadow_selfcheck(void);

/* The monitor's memory: no entry may name it. */
bool hidden(u64 mfn);

extern u32 shadow_made, shadow_resets;	/* tables; times that they ran out */

#endif
