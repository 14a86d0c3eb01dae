// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page tables by calls of the ROM (vmi-abi 4): entries hold frames as the
 * kernel counts them, and are read from memory; each store is a call. A page is
 * announced as a table before it is linked, and released after. What the call
 * says of an entry is its level alone: no update is deferred but in a lazy
 * section, which the ROM is told of.
 *
 * No recorded site may stand here: the patcher comes through.
 */
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <vmi/vmi.h>

static s32 lazy;		/* sections that are open */

static void set(pte_t *p, pteval_t value, u32 level)
{
	vmi(SetPxELong)((u32)value, (u32)(value >> 32), p, level);
}

static void announce(u32 pa, u32 level)
{
	vmi(AllocatePage)(pa >> PAGE_SHIFT, level | VMI_PAGE_PAE, 0, 0, 0);
}

static void release(u32 pa, u32 level)
{
	vmi(ReleasePage)(pa >> PAGE_SHIFT, level | VMI_PAGE_PAE);
}

static void unlink(pte_t *p, u32 level, u32 below)
{
	u32 table = p->lo & ~(PAGE_SIZE - 1);

	set(p, 0, level);
	release(table, below);
}

__pv_keeps void vmi_set_pte(pte_t *p, pteval_t value)
{
	set(p, value, VMI_PAGE_PT);
}

__pv_keeps void vmi_clear_pte(pte_t *p)
{
	set(p, 0, VMI_PAGE_PT);
}

__pv_keeps void vmi_link_l1(pte_t *p, pteval_t value)
{
	announce((u32)value, VMI_PAGE_PT);
	set(p, value, VMI_PAGE_PD);
}

__pv_keeps void vmi_link_l2(pte_t *p, pteval_t value)
{
	announce((u32)value, VMI_PAGE_PD);
	set(p, value, VMI_PAGE_PDP);
}

__pv_keeps void vmi_unlink_l1(pte_t *p)
{
	unlink(p, VMI_PAGE_PD, VMI_PAGE_PT);
}

__pv_keeps void vmi_unlink_l2(pte_t *p)
{
	unlink(p, VMI_PAGE_PDP, VMI_PAGE_PD);
}

__pv_keeps void vmi_root_complete(const struct page_tables *t)
{
	announce(pa(t->l3), VMI_PAGE_PDP);
}

__pv_keeps void vmi_root_retire(const struct page_tables *t)
{
	release(pa(t->l3), VMI_PAGE_PDP);
}

__pv_keeps void vmi_flush_tlb_page(u32 va)
{
	vmi(InvalPage)(va);
}

__pv_keeps void vmi_flush_tlb_user(u32 l3_pa)
{
	vmi(FlushTLB)(VMI_FLUSH_TLB);
}

void vmi_flush_tlb_all(void)
{
	vmi(FlushTLB)(VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
}

__pv_keeps void vmi_lazy_mmu_begin(void)
{
	if (!lazy++)
		vmi(SetLazyMode)(VMI_LAZY_MMU);
}

__pv_keeps void vmi_lazy_mmu_end(void)
{
	if (!--lazy)
		vmi(SetLazyMode)(VMI_LAZY_NONE);
}
