// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Self-tests of direct paging on Xen: no table in use is writable anywhere,
 * tries to make it so fail, tables that are not in use any more are memory
 * again, and the frame lists agree.
 */
#ifndef PV_OFF
#include <arch/desc.h>
#include <arch/switch.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <xen/hypercall.h>
#include <xen/xen.h>
#include "xen_test.h"

#define FRAMES_A_PAGE	(PAGE_SIZE / 4 - 2)

static bool marked(const void *page)
{
	return xen_p2m[pa(page) >> PAGE_SHIFT] & XEN_P2M_TABLE;
}

static u32 count_marked(void)
{
	u32 n = 0;

	for (u32 pfn = 0; pfn < xen_start->nr_pages; pfn++)
		n += xen_p2m[pfn] >> 31;
	return n;
}

pte_t *table_of(const pte_t *entry)
{
	return va(pte_pa(get_pte(entry)));
}

/* Writable entries that refer to tables, in one L1. */
static u32 aliases_in(const pte_t *l1)
{
	u32 n = 0;

	for (u32 i = 0; i < ENTRIES; i++) {
		u32 flags = pte_flags(&l1[i]), pfn;

		if ((flags & (PTE_P | PTE_W)) != (PTE_P | PTE_W))
			continue;
		pfn = pte_pa(get_pte(&l1[i])) >> PAGE_SHIFT;
		n += pfn < xen_start->nr_pages && xen_p2m[pfn] >> 31;
	}
	return n;
}

/* The same in all that an address space maps, its tables' marks included. */
static u32 aliases(const pte_t *l3)
{
	u32 n = 0;

	for (u32 slot = 0; slot < 4; slot++) {
		const pte_t *l2 = table_of(&l3[slot]);

		if (!(pte_flags(&l3[slot]) & PTE_P))
			continue;
		EXPECT(marked(l2));
		for (u32 i = 0; i < (slot < 3 ? ENTRIES : L2_INDEX(HOLE_BASE));
		     i++) {
			if (!(pte_flags(&l2[i]) & PTE_P))
				continue;
			EXPECT(marked(table_of(&l2[i])));
			n += aliases_in(table_of(&l2[i]));
		}
	}
	return n;
}

/* Xen refuses to map it writable, and so does set_pte. */
static void try_writable(void *table)
{
	u64 entry = xen_maddr(table) | WINDOW_FLAGS;
	pte_t *p = kernel_pte(DATA_VA);

	EXPECT_EQ(xen_call(XEN_NR_update_va_mapping, (u32)table, (u32)entry,
			   (u32)(entry >> 32), XEN_UVMF_INVLPG), -EBUSY);
	set_pte(p, pa(table) | WINDOW_FLAGS);
	EXPECT(pte_flags(p) & PTE_P);
	EXPECT(!(pte_flags(p) & PTE_W));
	EXPECT(can_read(DATA_VA));
	kernel_unmap(DATA_VA);
}

struct mm *enter_space(void)
{
	struct vma area = { .start = SCRATCH_VA, .prot = PROT_READ | PROT_WRITE,
			    .end = SCRATCH_VA + 2 * L2_SPAN };
	struct mm *mm = mm_create();

	if (!mm || vma_map(mm, &area) ||
	    mm_fault(mm, SCRATCH_VA, PF_WRITE | PF_USER)) {
		FAIL("an address space");
		return NULL;
	}
	tables_complete(&mm->tables);
	mm_switch(mm);
	task_loaded();
	return mm;
}

void leave_space(struct mm *mm)
{
	mm_switch(&kernel_mm);
	task_loaded();
	mm_put(mm);
}

SELFTEST(xen_readonly, "xen: no table in use is writable, at any address")
{
	struct mm *mm;

	if (!on_xen())
		return;
	EXPECT_EQ(aliases(kernel_mm.tables.l3), 0);
	mm = enter_space();
	if (!mm)
		return;
	EXPECT_EQ(aliases(mm->tables.l3), 0);
	EXPECT(!can_write((u32)mm->tables.l3));
	EXPECT(!can_write((u32)table_of(&mm->tables.l3[1])));
	EXPECT(!can_write((u32)table_of(&mm->tables.l3[3])));
	leave_space(mm);
}

SELFTEST(xen_refused, "xen: a table in use cannot be mapped writable")
{
	struct mm *mm = on_xen() ? enter_space() : NULL;

	if (!mm)
		return;
	try_writable(mm->tables.l3);
	try_writable(table_of(&mm->tables.l3[1]));
	try_writable(table_of(&mm->tables.l3[3]));
	try_writable((void *)ALIGN_DOWN((u32)mm_pte(mm, SCRATCH_VA, false),
					PAGE_SIZE));
	try_writable(table_of(&table_of(&mm->tables.l3[3])[0]));
	try_writable(gdt);
	leave_space(mm);
}

SELFTEST(xen_grow, "xen: a table added to an address space in use is "
	 "read-only from then on")
{
	struct mm *mm = on_xen() ? enter_space() : NULL;
	void *l1;
	pte_t *p;

	if (!mm)
		return;
	EXPECT_EQ(mm_fault(mm, SCRATCH_VA + L2_SPAN, PF_WRITE | PF_USER), 0);
	p = mm_pte(mm, SCRATCH_VA + L2_SPAN, false);
	EXPECT(p && pte_flags(p) & PTE_P);
	EXPECT(can_write(SCRATCH_VA + L2_SPAN));
	l1 = (void *)ALIGN_DOWN((u32)p, PAGE_SIZE);
	EXPECT(marked(l1));
	try_writable(l1);
	leave_space(mm);
}

static void give_ldt(struct mm *mm)
{
	mm->tables.ldt = page_alloc_zeroed();
	set_ldt(mm->tables.ldt, PAGE_SIZE / 8);
	task_loaded();
	EXPECT(!can_write((u32)mm->tables.ldt));
}

static void give_pages(struct mm *mm)
{
	for (u32 i = 1; i < ENTRIES; i++)
		EXPECT_EQ(mm_fault(mm, SCRATCH_VA + i * PAGE_SIZE,
				   PF_WRITE | PF_USER), 0);
}

static void give_back_after(void (*fill)(struct mm *mm), u32 more)
{
	u32 before = count_marked(), l3, l2, ldt;
	struct mm *mm = enter_space();

	if (!mm)
		return;
	l3 = (u32)mm->tables.l3;
	l2 = (u32)table_of(&mm->tables.l3[1]);
	fill(mm);
	ldt = (u32)mm->tables.ldt;
	EXPECT_EQ(count_marked(), before + 4 + more);
	leave_space(mm);
	EXPECT_EQ(count_marked(), before);
	EXPECT(can_write(l3));
	EXPECT(can_write(l2));
	EXPECT(!ldt || can_write(ldt));
}

SELFTEST(xen_given_back, "xen: tables of an address space that had an LDT or "
	 "many pages are memory again when it is gone")
{
	if (!on_xen())
		return;
	give_back_after(give_ldt, 1);
	give_back_after(give_pages, 0);
}

static bool is_pinned(const void *l3)
{
	struct xen_mmuext_op op = { XEN_MMUEXT_PIN_L3, xen_mfn(l3), 0 };

	return xen_call(XEN_NR_mmuext_op, (u32)&op, 1, 0, XEN_DOMID_SELF) ==
	       -EINVAL;
}

static void in_cache(pte_t *l3, pte_t *l1)
{
	EXPECT(marked(l3) && marked(l1));
	EXPECT(is_pinned(l3));
	for (u32 i = 0; i < ENTRIES; i++)
		EXPECT(!l1[i].lo && !l1[i].hi);
}

static void hold_all_memory(void)
{
	void *all = NULL, *page;

	while ((page = page_alloc())) {
		*(void **)page = all;
		all = page;
	}
	for (; all; all = page) {
		page = *(void **)all;
		page_put(all);
	}
}

SELFTEST(xen_kept, "xen: a process that ends leaves its tables pinned and "
	 "empty to the next, and to all who need memory")
{
	struct mm *mm;
	pte_t *l3, *l1;
	u32 marks;

	if (!on_xen())
		return;
	marks = count_marked();
	mm = enter_space();
	if (!mm)
		return;
	l3 = mm->tables.l3;
	l1 = (pte_t *)ALIGN_DOWN((u32)mm_pte(mm, SCRATCH_VA, false), PAGE_SIZE);
	leave_space(mm);
	in_cache(l3, l1);
	mm = enter_space();
	EXPECT(mm && mm->tables.l3 == l3);
	EXPECT(mm_pte(mm, SCRATCH_VA, false) == &l1[L1_INDEX(SCRATCH_VA)]);
	EXPECT(aliases(l3) == 0);
	leave_space(mm);
	in_cache(l3, l1);
	hold_all_memory();
	EXPECT_EQ(count_marked(), marks);
	EXPECT(can_write((u32)l3) && can_write((u32)l1));
}

SELFTEST(xen_frames, "xen: both frame lists agree on every page")
{
	const u32 *m2p = (const u32 *)XEN_M2P_BASE;
	u32 wrong = 0;

	if (!on_xen())
		return;
	for (u32 pfn = 0; pfn < mem_pages; pfn++)
		wrong += m2p[xen_mfn(va(pfn << PAGE_SHIFT))] != pfn;
	EXPECT_EQ(wrong, 0);
}

/*
 * All that Xen has free, in pieces of 2^order pages: how many it gave, with
 * their frames in pages that are linked through the first word.
 */
static u32 take_from_xen(u32 order, u32 **list)
{
	u32 n = 0;

	for (;;) {
		u32 *page = page_alloc();
		struct xen_reservation r = {
			.extents = (u32)(page + 2), .count = FRAMES_A_PAGE,
			.order = order, .domid = XEN_DOMID_SELF,
		};

		if (!page)
			return n;
		page[0] = (u32)*list;
		page[1] = xen_call(XEN_NR_memory_op, XEN_MEMORY_INCREASE,
				   (u32)&r, 0, 0);
		*list = page;
		n += page[1];
		if (page[1] < FRAMES_A_PAGE)
			return n;
	}
}

static u32 give_back(u32 order, u32 *page)
{
	u32 n = 0;

	while (page) {
		u32 *next = (u32 *)page[0];
		struct xen_reservation r = {
			.extents = (u32)(page + 2), .count = page[1],
			.order = order, .domid = XEN_DOMID_SELF,
		};

		n += xen_call(XEN_NR_memory_op, XEN_MEMORY_DECREASE, (u32)&r,
			      0, 0);
		page_put(page);
		page = next;
	}
	return n;
}

/* What a process does that Xen has a hand in. */
static void work_with_xen(void)
{
	u64 tls[GDT_TLS_COUNT] = {
		DATA_SEGMENT(0x1000),
	};
	struct mm *mm = enter_space(), *copy;

	if (!mm)
		return;
	mm->tables.ldt = page_alloc_zeroed();
	EXPECT(mm->tables.ldt);
	set_ldt(mm->tables.ldt, PAGE_SIZE / 8);
	write_ldt_entry(mm->tables.ldt, 1, tls);
	load_tls(tls);
	copy = mm_fork(mm);
	EXPECT(copy);
	EXPECT_EQ(mm_fault(mm, SCRATCH_VA, PF_PRESENT | PF_WRITE | PF_USER), 0);
	EXPECT_EQ(mm_fault(mm, SCRATCH_VA + L2_SPAN, PF_WRITE | PF_USER), 0);
	mm_switch(copy);
	task_loaded();
	EXPECT_EQ(sleep_until(clock_ns() + NSEC_PER_MSEC), 0);
	mm_put(mm);
	leave_space(copy);
	load_tls(current->arch.tls);
}

SELFTEST(xen_out, "xen: all that processes need goes on when Xen has no memory "
	 "left")
{
	static const u8 orders[] = { 9, 4, 0 };
	u32 *list[ARRAY_SIZE(orders)] = { NULL }, n[ARRAY_SIZE(orders)];
	u32 free = pages_free();

	if (!on_xen())
		return;
	for (u32 i = 0; i < ARRAY_SIZE(orders); i++)
		n[i] = take_from_xen(orders[i], &list[i]);
	EXPECT(n[0] + n[1] + n[2]);
	work_with_xen();
	for (u32 i = 0; i < ARRAY_SIZE(orders); i++)
		EXPECT_EQ(give_back(orders[i], list[i]), n[i]);
	EXPECT_EQ(pages_free(), free);
}

SELFTEST(xen_errors, "xen: a call that Xen refuses returns its error")
{
	u32 level = 4;

	if (!on_xen())
		return;
	EXPECT_EQ(xen_call(XEN_NR_physdev_op, 6, (u32)&level, 0, 0), -EINVAL);
	EXPECT_EQ(xen_call(XEN_NR_console_io, 0, 1, 0, 0), -EFAULT);
	EXPECT_EQ(xen_call(XEN_NR_memory_op, 63, 0, 0, 0), -ENOSYS);
}

#endif /* PV_OFF */
