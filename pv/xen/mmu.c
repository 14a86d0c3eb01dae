// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Direct paging: the CPU walks the tables that the kernel builds. So entries
 * hold machine frames, and a table in use is read-only for the kernel: Xen
 * changes it by hypercall (xen-pv-abi 4).
 *
 * The p2m list knows which pages those tables are. A table that is still being
 * built is an ordinary page, written by plain stores. When its address space is
 * complete, root_complete makes all of its tables read-only and pins the root,
 * in one multicall. It stays so when the address space is gone, empty, for the
 * next one (kernel/tables.c). No mapping of a table is ever built writable.
 *
 * The patcher calls set_pte and clear_pte: no site may stand here.
 */
#include <kernel/kernel.h>
#include <kernel/memmap.h>
#include <kernel/mm.h>
#include <xen/hypercall.h>
#include <xen/xen.h>

#define BOOT_RW		(PTE_P | PTE_W | PTE_A | PTE_D)
#define BOOT_TABLE	(BOOT_RW | PTE_U)

u32 *xen_p2m __ro_after_init;
u32 xen_cr3;
static u32 p2m_pages __ro_after_init;

static bool own_tables;		/* the kernel's own page tables are in force */
static u32 boot_end;		/* what Xen's loader and boot use ends here */

static const u32 *const m2p = (const u32 *)XEN_M2P_BASE;

static u32 pfn_of(const void *va)
{
	return pa(va) >> PAGE_SHIFT;
}

/* The list's entry for the page that p lies in; 0 outside of memory. */
static u32 p2m_of(const void *p)
{
	u32 pfn = pfn_of(p);

	return pfn < p2m_pages ? xen_p2m[pfn] : 0;
}

static bool is_table(const void *p)
{
	return p2m_of(p) & XEN_P2M_TABLE;
}

u32 xen_mfn(const void *va)
{
	return xen_p2m[pfn_of(va)] & ~XEN_P2M_TABLE;
}

u64 xen_maddr(const void *va)
{
	return (u64)xen_mfn(va) << PAGE_SHIFT | ((u32)va & (PAGE_SIZE - 1));
}

/* Machine to pseudo-physical. An entry that is not present holds no frame. */
static pteval_t value_of(const pte_t *p)
{
	pteval_t machine = p->lo | (u64)p->hi << 32;

	if (!(machine & PTE_P))
		return machine;
	return (u64)m2p[(machine & PTE_PFN_MASK) >> PAGE_SHIFT] << PAGE_SHIFT |
	       (machine & ~PTE_PFN_MASK);
}

u64 __pv_keeps xen_get_pte(const pte_t *p)
{
	return value_of(p);
}

u32 __pv_keeps xen_pte_frame(const pte_t *p)
{
	return pte_pa(value_of(p));
}

/* Pseudo-physical to machine. A page that holds a table is mapped read-only. */
static pteval_t machine_of(pteval_t value)
{
	u32 mfn;

	if (!(value & PTE_P))
		return value;
	mfn = xen_p2m[pte_pa(value) >> PAGE_SHIFT];
	if (unlikely(mfn & XEN_P2M_TABLE))
		value &= ~(u64)PTE_W;
	return (u64)(mfn & ~XEN_P2M_TABLE) << PAGE_SHIFT |
	       (value & ~PTE_PFN_MASK);
}

static void __noinline store_live(const pte_t *p, pteval_t machine)
{
	xen_queue_update(xen_maddr(p), machine);
	xen_commit();
}

/* Xen alone may write a table in use. */
static void store(pte_t *p, pteval_t machine)
{
	if (unlikely(is_table(p)))
		store_live(p, machine);
	else
		*p = (pte_t){ (u32)machine, (u32)(machine >> 32) };
}

void xen_set_pte(pte_t *p, pteval_t value)
{
	store(p, machine_of(value));
}

void xen_clear_pte(pte_t *p)
{
	store(p, 0);
}

static void *table_in(const pte_t *p)
{
	return va(pte_pa(value_of(p)));
}

/* Queues the change of a page's mapping in the direct map, and marks it. */
static void remap(void *page, bool writable)
{
	u32 pfn = pfn_of(page), w = writable ? PTE_W : 0;
	pteval_t machine;

	xen_p2m[pfn] = xen_mfn(page) | (writable ? 0 : XEN_P2M_TABLE);
	if (own_tables) {
		const pte_t *p = kernel_pte((u32)page);

		xen_queue_update(xen_maddr(p), (p->lo & ~PTE_W) | w |
				 (u64)p->hi << 32);
		return;
	}
	machine = xen_maddr(page) | (BOOT_RW & ~PTE_W) | w;
	xen_queue(XEN_NR_update_va_mapping, (u32)page, (u32)machine,
		  (u32)(machine >> 32), XEN_UVMF_NONE);
}

static void protect(void *page)
{
	if (!is_table(page))
		remap(page, false);
}

static void unprotect(void *page)
{
	if (is_table(page))
		remap(page, true);
}

/*
 * The old, writable translation must go: Xen forgets that of a table when it
 * takes it, but of an LDT only when that is used.
 */
void xen_protect(void *page)
{
	if (is_table(page))
		return;
	protect(page);
	xen_queue_ext(XEN_MMUEXT_INVLPG, (u32)page, 0);
}

/*
 * The old, read-only translation must go: the next access may be a write, and
 * may come before a lazy section ends. Hence a flush of the TLB and the list.
 */
void xen_unprotect(void *page)
{
	if (!is_table(page))
		return;
	unprotect(page);
	xen_queue_ext(XEN_MMUEXT_TLB_FLUSH, 0, 0);
	xen_flush();
}

/*
 * If the table above is in use, this one is read-only before its link. The next
 * walk reads the link, be it in a lazy section.
 */
static void link_table(pte_t *p, pteval_t value)
{
	void *table = va(pte_pa(value));

	if (is_table(p))
		protect(table);
	store(p, xen_maddr(table) | (value & ~PTE_PFN_MASK));
	if (is_table(p))
		xen_flush();
}

static void unlink_table(pte_t *p)
{
	void *table = table_in(p);

	store(p, 0);
	xen_unprotect(table);
}

void xen_link_l1(pte_t *p, pteval_t value)
{
	link_table(p, value);
}

void xen_link_l2(pte_t *p, pteval_t value)
{
	link_table(p, value);
}

void xen_unlink_l1(pte_t *p)
{
	unlink_table(p);
}

void xen_unlink_l2(pte_t *p)
{
	unlink_table(p);
}

static void adopt(pte_t *l3);

static pte_t *kernel_half(const pte_t *l3)
{
	return table_in(&l3[L3_INDEX(KERNEL_BASE)]);
}

static void for_each_table(const struct page_tables *t, void (*fn)(void *page))
{
	struct page *page;

	list_for_each(page, &page_of(t->l3)->link, link)
		fn(page_address(page));
	fn(kernel_half(t->l3));
	fn(t->l3);
}

/* All tables become read-only; then Xen takes and checks them as a whole. */
static void pin(const struct page_tables *t)
{
	for_each_table(t, protect);
	xen_queue_ext(XEN_MMUEXT_PIN_L3, xen_mfn(t->l3), 0);
	xen_commit();
}

void __pv_keeps xen_root_complete(const struct page_tables *t)
{
	if (!own_tables) {
		adopt(t->l3);
		return;
	}
	pin(t);
}

/* From here on the tables, and an LDT, are ordinary memory. */
void __pv_keeps xen_root_retire(const struct page_tables *t)
{
	if (!is_table(t->l3))
		return;
	xen_queue_ext(XEN_MMUEXT_UNPIN, xen_mfn(t->l3), 0);
	for_each_table(t, unprotect);
	if (t->ldt)
		unprotect(t->ldt);
	xen_queue_ext(XEN_MMUEXT_TLB_FLUSH, 0, 0);
	xen_flush();
}

/* No commit: it waits for load_esp0, the end of the context switch. */
void xen_write_cr3(u32 l3_pa)
{
	xen_queue_ext(XEN_MMUEXT_NEW_BASEPTR, xen_mfn(va(l3_pa)), 0);
	xen_cr3 = l3_pa;
}

u32 xen_read_cr3(void)
{
	return xen_cr3;
}

void xen_flush_tlb_page(u32 va)
{
	xen_queue_ext(XEN_MMUEXT_INVLPG, va, 0);
	xen_commit();
}

void xen_flush_tlb_user(u32 l3_pa)
{
	xen_queue_ext(XEN_MMUEXT_TLB_FLUSH, 0, 0);
	xen_commit();
}

void xen_flush_tlb_all(void)
{
	xen_flush_tlb_user(xen_cr3);
}

void __pv_keeps xen_lazy_mmu_begin(void)
{
	xen_lazy++;
}

void __pv_keeps xen_lazy_mmu_end(void)
{
	if (!--xen_lazy)
		xen_flush();
}

/* ---- start of day ------------------------------------------------------- */

/*
 * Marks the tables that Xen's loader built in the p2m list. xen_shared_info
 * gets the frame of Xen's shared page there, so that every mapping of it from
 * now on is one of Xen's page (xen-pv-abi 2.3).
 */
void __init xen_mmu_init(void)
{
	u32 page = xen_start->pt_base;
	u64 ptr = xen_start->shared_info | XEN_MMU_MACHPHYS;

	xen_p2m = (u32 *)xen_start->mfn_list;
	p2m_pages = xen_start->nr_pages;
	xen_cr3 = pa((void *)page);
	for (u32 n = 0; n < xen_start->nr_pt_frames; n++, page += PAGE_SIZE)
		xen_p2m[pfn_of((void *)page)] |= XEN_P2M_TABLE;
	boot_end = page + PAGE_SIZE;		/* a stack follows them */
	xen_p2m[pfn_of(&xen_shared_info)] = xen_start->shared_info >> PAGE_SHIFT;
	xen_queue_update(ptr, pfn_of(&xen_shared_info));
	remap(&xen_shared_info, true);
	xen_flush();
}

static void __init map_more(pte_t *l2, u32 base)
{
	pte_t *l1 = (pte_t *)boot_end;
	u32 pfn = pfn_of((void *)base);

	boot_end += PAGE_SIZE;
	for (u32 i = 0; i < L2_SPAN / PAGE_SIZE; i++)
		xen_set_pte(&l1[i], pfn + i >= p2m_pages ? 0 :
			    (u64)(pfn + i) << PAGE_SHIFT | BOOT_RW);
	xen_link_l1(&l2[L2_INDEX(base)], pa(l1) | BOOT_TABLE);
}

/*
 * Xen's loader maps little more than the image. The tables for the rest come
 * from the pages after it, each of them mapped before it is needed, until the
 * kernel has tables of its own.
 */
void __init xen_build_map(struct memory_map *map)
{
	pte_t *l2 = kernel_half((pte_t *)xen_start->pt_base);
	u64 end = (u64)p2m_pages << PAGE_SHIFT;

	for (u32 at = KERNEL_BASE; at - KERNEL_BASE < min(end, (u64)DIRECT_MAX);
	     at += L2_SPAN)
		if (!(pte_flags(&l2[L2_INDEX(at)]) & PTE_P))
			map_more(l2, at);
	memmap_add(map, 0, end);
	memmap_remove(map, pa(xen_p2m), pa((void *)boot_end));
}

/* Plain stores: the kernel's own tables are not in use yet. */
static void __init protect_new(void *page)
{
	kernel_pte((u32)page)->lo &= ~PTE_W;
}

static void __init for_kernel_tables(pte_t *l3, void (*fn)(void *page))
{
	pte_t *l2 = kernel_half(l3);

	for (u32 i = 0; i < L2_INDEX(HOLE_BASE); i++)
		if (pte_flags(&l2[i]) & PTE_P)
			fn(table_in(&l2[i]));
	fn(l2);
	fn(l3);
}

/*
 * The kernel's own tables replace those of Xen's loader. Both trees map all of
 * memory, and no table may be writable in either: first the new tree changes,
 * by plain stores, then the old one, by Xen. Then the old tables are dropped.
 */
static void __init adopt(pte_t *l3)
{
	u32 at = xen_start->pt_base;

	for_kernel_tables(l3, protect_new);
	for_kernel_tables(l3, protect);
	xen_queue_ext(XEN_MMUEXT_PIN_L3, xen_mfn(l3), 0);
	xen_queue_ext(XEN_MMUEXT_NEW_BASEPTR, xen_mfn(l3), 0);
	xen_queue_ext(XEN_MMUEXT_UNPIN, xen_mfn((void *)at), 0);
	xen_flush();
	own_tables = true;
	for (; at < boot_end; at += PAGE_SIZE)
		unprotect((void *)at);
	xen_queue_ext(XEN_MMUEXT_TLB_FLUSH, 0, 0);
	xen_flush();
	early_free(pa((void *)xen_start->pt_base), pa((void *)boot_end));
}
