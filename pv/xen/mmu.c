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

/* In pseudo-physical terms; an entry that is not present is kept as it is. */
static u32 low_half(const pte_t *p)
{
	u32 lo = p->lo, frame = lo >> PAGE_SHIFT;

	if (!(lo & PTE_P))
		return lo;
	frame |= (p->hi & 0xfffff) << (32 - PAGE_SHIFT);
	return m2p[frame] << PAGE_SHIFT | (lo & (PAGE_SIZE - 1));
}

u64 __pv_saved xen_get_pte(const pte_t *p)
{
	u32 hi = p->lo & PTE_P ? p->hi & (u32)(PTE_NX >> 32) : p->hi;
	union {
		u32 half[2];
		u64 whole;
	} value = { { low_half(p), hi } };

	return value.whole;
}

static u32 frame_in(const pte_t *p)
{
	return ALIGN_DOWN(low_half(p), PAGE_SIZE);
}

u32 __pv_saved xen_pte_frame(const pte_t *p)
{
	return frame_in(p);
}

static pte_t entry(u32 mfn, u32 lo, u32 hi)
{
	mfn &= ~XEN_P2M_TABLE;
	return (pte_t){ mfn << PAGE_SHIFT | (lo & (PAGE_SIZE - 1)),
			mfn >> (32 - PAGE_SHIFT) | (hi & (u32)(PTE_NX >> 32)) };
}

static void __noinline store_live(pte_t *p, u32 lo, u32 hi, u32 command)
{
	xen_queue_update(xen_maddr(p) | command, lo | (u64)hi << 32);
	xen_commit();
}

/* Only a table in use is Xen's concern. */
__inline_always void store(pte_t *p, pte_t e, u32 command)
{
	if (unlikely(is_table(p)))
		store_live(p, e.lo, e.hi, command);
	else
		*p = e;
}

__inline_always void store_l1(pte_t *p, u64 value, u32 command)
{
	u32 lo = (u32)value, hi = (u32)(value >> 32), mfn;

	if (!(lo & PTE_P)) {
		store(p, (pte_t){ lo, hi }, command);
		return;
	}
	mfn = xen_p2m[lo >> PAGE_SHIFT];
	if (unlikely(mfn & XEN_P2M_TABLE))
		lo &= ~PTE_W;
	store(p, entry(mfn, lo, hi), command);
}

void __pv_saved xen_set_pte(pte_t *p, u64 value)
{
	store_l1(p, value, XEN_MMU_NORMAL);
}

void __pv_saved xen_modify_pte(pte_t *p, u64 value)
{
	store_l1(p, value, XEN_MMU_PRESERVE_AD);
}

void __pv_saved xen_clear_pte(pte_t *p)
{
	store(p, (pte_t){ 0, 0 }, XEN_MMU_NORMAL);
}

static void store_upper(pte_t *p, u32 value)
{
	store(p, value ? entry(xen_p2m[value >> PAGE_SHIFT], value, 0) :
	      (pte_t){ 0, 0 }, XEN_MMU_NORMAL);
}

void __pv_saved xen_set_l2(pte_t *p, u32 value)
{
	store_upper(p, value);
}

void __pv_saved xen_set_l3(pte_t *p, u32 value)
{
	store_upper(p, value);
}

/* Queues the change of a page's own mapping, in the tables in force. */
static void remap(void *page, bool writable)
{
	u32 pfn = pfn_of(page);

	if (writable)
		xen_p2m[pfn] &= ~XEN_P2M_TABLE;
	else
		xen_p2m[pfn] |= XEN_P2M_TABLE;
	if (own_tables) {
		const pte_t *p = kernel_pte((u32)page);
		u32 lo = writable ? p->lo | PTE_W : p->lo & ~PTE_W;

		xen_queue_update(xen_maddr(p), lo | (u64)p->hi << 32);
	} else {
		pte_t e = entry(xen_p2m[pfn],
				writable ? BOOT_RW : BOOT_RW & ~PTE_W, 0);

		xen_queue(XEN_NR_update_va_mapping, (u32)page, e.lo, e.hi,
			  XEN_UVMF_NONE);
	}
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
	xen_commit();
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

/* The link that follows takes both to Xen in one call. */
static void link_table(const pte_t *parent, u32 value)
{
	if (is_table(parent))
		protect(va(value & ~(PAGE_SIZE - 1)));
}

void __pv_saved xen_alloc_l1(pte_t *parent, u32 value)
{
	link_table(parent, value);
}

void __pv_saved xen_alloc_l2(pte_t *parent, u32 value)
{
	link_table(parent, value);
}

void __pv_saved xen_release_l1(pte_t *table)
{
	xen_unprotect(table);
}

void __pv_saved xen_release_l2(pte_t *table)
{
	xen_unprotect(table);
}

void __pv_saved xen_release_l3(pte_t *table)
{
}

static pte_t *kernel_half(const pte_t *l3)
{
	return va(frame_in(&l3[L3_INDEX(KERNEL_BASE)]));
}

static void for_each_in(struct list *tables, void (*fn)(void *page))
{
	struct page *page;

	list_for_each(page, tables, link)
		fn(page_address(page));
}

static void for_each_table(struct mm *mm, void (*fn)(void *page))
{
	for_each_in(&mm->l1_tables, fn);
	for_each_in(&mm->l2_tables, fn);
	fn(kernel_half(mm->l3));
	fn(mm->l3);
}

void __pv_saved xen_mm_dup(struct mm *mm)
{
	for_each_table(mm, protect);
	xen_queue_ext(XEN_MMUEXT_PIN_L3, xen_mfn(mm->l3), 0);
	xen_commit();
}

/* From here on the tables, and an LDT, are memory like any other. */
void __pv_saved xen_mm_exit(struct mm *mm)
{
	if (!is_table(mm->l3))
		return;
	xen_queue_ext(XEN_MMUEXT_UNPIN, xen_mfn(mm->l3), 0);
	for_each_table(mm, unprotect);
	if (mm->ldt)
		unprotect(mm->ldt);
	xen_queue_ext(XEN_MMUEXT_TLB_FLUSH, 0, 0);
	xen_flush();
}

void __pv_saved xen_mm_activate(u32 l3_pa)
{
	xen_queue_ext(XEN_MMUEXT_NEW_BASEPTR, xen_mfn(va(l3_pa)), 0);
	xen_cr3 = l3_pa;
	xen_commit();
}

void __pv_saved xen_write_cr3(u32 l3_pa)
{
	xen_mm_activate(l3_pa);
}

u32 __pv_saved xen_read_cr3(void)
{
	return xen_cr3;
}

void __pv_saved xen_flush_tlb_page(u32 va)
{
	xen_queue_ext(XEN_MMUEXT_INVLPG, va, 0);
	xen_commit();
}

u32 __pv_saved xen_flush_tlb_user(void)
{
	xen_queue_ext(XEN_MMUEXT_TLB_FLUSH, 0, 0);
	xen_commit();
	return 0;
}

void xen_flush_tlb_all(void)
{
	xen_flush_tlb_user();
}

void __pv_saved xen_lazy_mmu_begin(void)
{
	xen_lazy++;
}

void __pv_saved xen_lazy_mmu_end(void)
{
	if (!--xen_lazy)
		xen_flush();
}

void __pv_saved xen_lazy_cpu_begin(void)
{
	xen_lazy++;
}

void __pv_saved xen_lazy_cpu_end(void)
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
	remap(l1, false);
	xen_set_l2(&l2[L2_INDEX(base)], pa(l1) | BOOT_TABLE);
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
	map->range[0].end = end;
	map->range[0].usable = true;
	map->range[1].start = pa(xen_p2m);
	map->range[1].end = pa((void *)boot_end);
	map->count = 2;
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
			fn(va(frame_in(&l2[i])));
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

/* A user root is complete only in mm_dup. */
void __pv_saved xen_alloc_l3(pte_t *table)
{
	if (!own_tables)
		adopt(table);
}
