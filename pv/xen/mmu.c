// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Direct paging: the tables that the kernel builds are the ones that the CPU
 * walks, so entries hold machine frames and every table in use is read-only
 * and changed by Xen on request (xen-pv-abi 4).
 *
 * The p2m list knows which pages those are. A table that is still being built
 * is an ordinary page, and writing it costs nothing; when its address space is
 * complete all of its tables become read-only in one call and its root is
 * pinned. No mapping of a table is ever built writable.
 *
 * No recorded site may stand here: the patcher comes through.
 * Read next: kernel/mm.c for who calls what when.
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

/* What the list says of the page that p lies in; 0 outside of memory. */
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

/* Pseudo-physical; what is not present holds no frame and stays as it is. */
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

/* What is present is mapped read-only if its page holds a table. */
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

/* Only a table in use is Xen's concern. */
static void store(pte_t *p, pteval_t machine)
{
	if (unlikely(is_table(p)))
		store_live(p, machine);
	else
		*p = (pte_t){ (u32)machine, (u32)(machine >> 32) };
}

void __pv_keeps xen_set_pte(pte_t *p, pteval_t value)
{
	store(p, machine_of(value));
}

void __pv_keeps xen_clear_pte(pte_t *p)
{
	store(p, 0);
}

static void *table_in(const pte_t *p)
{
	return va(pte_pa(value_of(p)));
}

/* Queues the change of a page's own mapping, in the tables in force. */
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

void xen_protect(void *page)
{
	protect(page);
}

/*
 * The old, read-only translation must go: the next access may be a write. It
 * may come before a lazy section ends.
 */
void xen_unprotect(void *page)
{
	if (!is_table(page))
		return;
	unprotect(page);
	xen_queue_ext(XEN_MMUEXT_TLB_FLUSH, 0, 0);
	xen_flush();
}

/* A table is read-only from its link on, if the one above is in use. */
static void link_table(pte_t *p, pteval_t value)
{
	void *table = va(pte_pa(value));

	if (is_table(p))
		protect(table);
	store(p, xen_maddr(table) | (value & ~PTE_PFN_MASK));
}

static void unlink_table(pte_t *p)
{
	void *table = table_in(p);

	store(p, 0);
	xen_unprotect(table);
}

void __pv_keeps xen_link_l1(pte_t *p, pteval_t value)
{
	link_table(p, value);
}

void __pv_keeps xen_link_l2(pte_t *p, pteval_t value)
{
	link_table(p, value);
}

void __pv_keeps xen_unlink_l1(pte_t *p)
{
	unlink_table(p);
}

void __pv_keeps xen_unlink_l2(pte_t *p)
{
	unlink_table(p);
}

static void adopt(pte_t *l3);

static pte_t *kernel_half(const pte_t *l3)
{
	return table_in(&l3[L3_INDEX(KERNEL_BASE)]);
}

static void for_each_in(const struct list *tables, void (*fn)(void *page))
{
	struct page *page;

	list_for_each(page, tables, link)
		fn(page_address(page));
}

static void for_each_table(const struct page_tables *t, void (*fn)(void *page))
{
	for_each_in(&t->l1_tables, fn);
	for_each_in(&t->l2_tables, fn);
	fn(kernel_half(t->l3));
	fn(t->l3);
}

void __pv_keeps xen_root_complete(const struct page_tables *t)
{
	if (!own_tables) {
		adopt(t->l3);
		return;
	}
	for_each_table(t, protect);
	xen_queue_ext(XEN_MMUEXT_PIN_L3, xen_mfn(t->l3), 0);
	xen_commit();
}

/* From here on the tables, and an LDT, are memory like any other. */
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

/* Waits for load_esp0 if a context switch brought it. */
void __pv_keeps xen_write_cr3(u32 l3_pa)
{
	xen_queue_ext(XEN_MMUEXT_NEW_BASEPTR, xen_mfn(va(l3_pa)), 0);
	xen_cr3 = l3_pa;
}

u32 __pv_keeps xen_read_cr3(void)
{
	return xen_cr3;
}

void __pv_keeps xen_flush_tlb_page(u32 va)
{
	xen_queue_ext(XEN_MMUEXT_INVLPG, va, 0);
	xen_commit();
}

void __pv_keeps xen_flush_tlb_user(u32 l3_pa)
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
 * The p2m list learns which pages Xen's loader made tables, and of the shared
 * page: whoever maps xen_shared_info from now on maps Xen's (xen-pv-abi 2.3).
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
	boot_end = page + PAGE_SIZE;		/* behind them a stack */
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
 * Xen mapped little more than the image. The tables for the rest come from the
 * pages behind it, each mapped before it is needed, until our own are ready.
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

/* The last store to a table of ours before it is in use. */
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
 * Both trees map all of memory, and no table may be writable in either: first
 * in the new one, with plain stores, then in Xen's. That one is dropped after.
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
