/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables and memory: mmu_update, mmuext_op, update_va_mapping, memory_op.
 * xen-pv-abi 3.3, 4.
 */
#ifndef ABI_XEN_MMU_H
#define ABI_XEN_MMU_H

/* Without the note HV_START_LOW: u32 m2p[mfn], read-only. 4.6. */
#define XEN_M2P_BASE		0xf5800000

/* Bits 1:0 of mmu_update.ptr. */
#define XEN_MMU_MACHPHYS	1	/* m2p[ptr >> 12] = val */
#define XEN_MMU_PRESERVE_AD	2	/* A and D of the old entry stay */

#define XEN_MMUEXT_PIN_L3	2
#define XEN_MMUEXT_UNPIN	4
#define XEN_MMUEXT_NEW_BASEPTR	5
#define XEN_MMUEXT_TLB_FLUSH	6
#define XEN_MMUEXT_INVLPG	7
#define XEN_MMUEXT_SET_LDT	13

/* update_va_mapping: what to flush, on this CPU. */
#define XEN_UVMF_NONE		0
#define XEN_UVMF_INVLPG		2

#define XEN_MEMORY_INCREASE	0	/* both: how many were done */
#define XEN_MEMORY_DECREASE	1

#ifndef __ASSEMBLY__
#include <kernel/types.h>

struct xen_mmu_update {
	u64 ptr;		/* machine address of the entry, and command */
	u64 val;
};

struct xen_mmuext_op {
	u32 cmd;
	u32 arg1;		/* mfn, or linear address */
	u32 arg2;
};

struct xen_reservation {
	u32 extents;		/* address of u32 mfn[count] */
	u32 count, order;
	u32 flags;
	u16 domid;
};

struct xen_memory_map {
	u32 nr_entries;
	u32 buffer;		/* address of struct xen_memory_range[] */
};

struct xen_memory_range {
	u64 base, size;
	u32 type;		/* 1: usable */
} __packed __aligned(4);

#endif
#endif
