// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page tables by calls of the ROM (vmi-abi 4): entries hold frames as the
 * kernel counts them, and are read from memory; each store is a call. A page is
 * announced as a table before it is linked, and released after. What the call
 * says of an entry is its level alone: no update is deferred but in a lazy
 * section of more than one, which the ROM is told of (calls.S).
 *
 * No recorded site may stand here: the patcher comes through.
 */
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <vmi/vmi.h>

/* Without CLONE these are all its arguments: 4.1. */
static void announce(u32 pa, u32 level)
{
	vmi(2, AllocatePage)(pa >> PAGE_SHIFT, level | VMI_PAGE_PAE);
}

static void release(u32 pa, u32 level)
{
	vmi(2, ReleasePage)(pa >> PAGE_SHIFT, level | VMI_PAGE_PAE);
}

#define TABLES(name, level, above)					\
	void vmi_link_##name(pte_t *p, pteval_t value)			\
	{								\
		announce((u32)value, level);				\
		vmi(4, SetPxELong)((u32)value, (u32)(value >> 32),	\
				   (u32)p, above);			\
	}								\
	void vmi_unlink_##name(pte_t *p)				\
	{								\
		u32 table = p->lo;					\
									\
		vmi(4, SetPxELong)(0, 0, (u32)p, above);		\
		release(table, level);					\
	}

TABLES(l1, VMI_PAGE_PT, VMI_PAGE_PD)
TABLES(l2, VMI_PAGE_PD, VMI_PAGE_PDP)

__pv_keeps void vmi_root_complete(const struct page_tables *t)
{
	announce(pa(t->l3), VMI_PAGE_PDP);
}

__pv_keeps void vmi_root_retire(const struct page_tables *t)
{
	release(pa(t->l3), VMI_PAGE_PDP);
}

void vmi_flush_tlb_user(u32 l3_pa)
{
	vmi(1, FlushTLB)(VMI_FLUSH_TLB);
}

void vmi_flush_tlb_all(void)
{
	vmi(1, FlushTLB)(VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
}
