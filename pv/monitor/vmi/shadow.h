/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shadow paging: the guest has page tables as on bare hardware, of two levels or
 * three (PAE), and may write them as it likes. The CPU walks others, which the
 * monitor makes from them. Machine addresses are the guest's physical ones: it
 * owns all memory but the monitor's. vmi-abi 4.
 *
 * A table that was announced is kept until it is released, and changed by what
 * the guest tells of each change. One that was not is read again whenever the
 * CPU would forget its TLB. Whatever the guest tells, no entry names a frame of
 * the monitor: a wrong hint harms the guest alone.
 */
#ifndef MONITOR_SHADOW_H
#define MONITOR_SHADOW_H

#include <kernel/types.h>
#include <monitor/vmi/shared.h>

/* Frames where a store is a message to a CPU. Intel SDM volume 3, 10.11. */
#define MESSAGES		0xfee00
#define MESSAGES_SIZE		0x100

/* In frames; an end is the first one behind. */
struct shadow_memory {
	u32 hidden, hidden_end;		/* the monitor's */
	u32 memory_end;			/* no table is between it and 4 GiB */
	u32 pool, pool_end;		/* hidden ones, for shadow tables: 32 at least */
	u32 shared;			/* the one that the guest's kernel has at VMI_TOP */
	u32 guarded[2];			/* of devices: never writable */
	u32 high;			/* tables may be in so many from 4 GiB on */
};

extern struct shadow_memory memory;

/* No entry may name it. */
__inline_always bool hidden(u64 mfn)
{
	return mfn - memory.hidden < memory.hidden_end - memory.hidden;
}

__inline_always bool guarded(u64 mfn)
{
	return mfn == memory.guarded[0] || mfn == memory.guarded[1] ||
	       mfn - MESSAGES < MESSAGES_SIZE;
}

/* What decides how the guest's tables are read. */
struct paging {
	u32 cr0, cr3, cr4;
	bool nx;			/* EFER.NXE */
};

/* At each launch. The CPU has CR0.WP and EFER.NXE set, and no global pages. */
void shadow_init(const struct shadow_memory *m);

/*
 * CR3 was loaded, with whatever value, or what else is in *now has changed. The
 * CPU has the guest's address space afterwards.
 */
void shadow_mode(const struct paging *now);

/*
 * A page fault at va below 4 GiB, with the CPU's error code, of the guest or of
 * the monitor. True: the guest's tables allow the access, which is to be tried
 * again, but for a store to a guarded page. False: the fault is the guest's, and
 * *error the code that it gets.
 */
bool shadow_fault(u32 va, u32 *error);

/* InvalPage; FlushTLB, of global pages too or not. */
void shadow_invlpg(u32 va);
void shadow_flush(bool global);

/* The guest has changed the entry at this machine address: any number of them. */
void shadow_entry(u64 machine);
/* The page with this number is a table now, whatever it was; is none any more. */
void shadow_announce(u32 pfn);
void shadow_release(u32 pfn);

/*
 * Where va is by the guest's tables, whatever their rights, and not the monitor's.
 * False: nowhere.
 */
bool shadow_translate(u32 va, u64 *machine);

/* How many shadow entries break the rules, or are not counted right. */
u32 shadow_selfcheck(void);

/* Tables made, and times that there was no page left for one. */
extern u32 shadow_made, shadow_resets;

#endif
