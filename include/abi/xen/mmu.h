/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables and memory: mmu_update, mmuext_op, update_va_mapping, memory_op.
 * xen-pv-abi 3.3, 4.
 */
#ifndef ABI_XEN_MMU_H
#define ABI_XEN_MMU_H

/* Without the note HV_START_LOW: u32 m2p[mfn], read-only. 4.6. */
#define XEN_M2P_BASE		0xf5800000
#define XEN_M2P_END		0xffe00000

/* The count of a call that goes on after an interruption. */
#define XEN_MMU_CONTINUED	0x80000000

/* Bits 2:0 of mmu_update.ptr. */
#define XEN_MMU_NORMAL		0
#define XEN_MMU_MACHPHYS	1	/* m2p[ptr >> 12] = val */
#define XEN_MMU_PRESERVE_AD	2	/* A and D of the old entry stay */
#define XEN_MMU_NO_TRANSLATE	3	/* as NORMAL */

#define XEN_MMUEXT_PIN_L1	0
#define XEN_MMUEXT_PIN_L2	1
#define XEN_MMUEXT_PIN_L3	2
#define XEN_MMUEXT_PIN_L4	3
#define XEN_MMUEXT_UNPIN	4
#define XEN_MMUEXT_NEW_BASEPTR	5
#define XEN_MMUEXT_TLB_FLUSH	6
#define XEN_MMUEXT_INVLPG	7
#define XEN_MMUEXT_TLB_FLUSH_MULTI	8
#define XEN_MMUEXT_INVLPG_MULTI	9
#define XEN_MMUEXT_TLB_FLUSH_ALL	10
#define XEN_MMUEXT_INVLPG_ALL	11
#define XEN_MMUEXT_FLUSH_CACHE	12
#define XEN_MMUEXT_SET_LDT	13
#define XEN_MMUEXT_NEW_USER_BASEPTR	15
#define XEN_MMUEXT_CLEAR_PAGE	16
#define XEN_MMUEXT_COPY_PAGE	17
#define XEN_MMUEXT_FLUSH_CACHE_GLOBAL	18
#define XEN_MMUEXT_MARK_SUPER	19
#define XEN_MMUEXT_UNMARK_SUPER	20

/* update_va_mapping: what to flush... */
#define XEN_UVMF_NONE		0
#define XEN_UVMF_TLB_FLUSH	1
#define XEN_UVMF_INVLPG		2
#define XEN_UVMF_KIND		3
#define XEN_UVMF_ALL		4	/* ...everywhere; else, the address of a
					 * bitmap of VCPUs, or 0: here */

#define XEN_MEMORY_INCREASE	0	/* these, POPULATE: how many were done */
#define XEN_MEMORY_DECREASE	1
#define XEN_MEMORY_MAX_RAM_PAGE	2
#define XEN_MEMORY_CURRENT	3	/* pages the domain has... */
#define XEN_MEMORY_MAXIMUM	4	/* ...may have */
#define XEN_MEMORY_MACHPHYS_LIST	5
#define XEN_MEMORY_POPULATE	6
#define XEN_MEMORY_MACHINE_MAP	10
#define XEN_MEMORY_EXCHANGE	11
#define XEN_MEMORY_MACHPHYS_MAPPING	12
#define XEN_MEMORY_MAX_GPFN	14
#define XEN_MEMORY_CMD_BITS	6	/* then how many extents are done */

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

#define XEN_RESERVATION_BITS(flags)	((flags) & 0xff)	/* of an address */

struct xen_exchange {
	struct xen_reservation in, out;
	u32 done;		/* of `in`; 0 at first */
};

struct xen_machphys_list {
	u32 max;
	u32 extents;		/* address of u32 mfn[max], of 2 MiB each */
	u32 count;		/* result */
};

struct xen_machphys_mapping {
	u32 start, end, max_mfn;
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
