// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Self-tests of lazy sections on Xen: what is delayed until their end, how they
 * nest and are interrupted, and that nobody is harmed by the delay.
 */
#ifndef PV_OFF
#include <arch/desc.h>
#include <arch/switch.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include "xen_test.h"

static bool batching(void)
{
	const char *lazy = cmdline_get("xen.lazy");

	if (!on_xen())
		return false;
	if (!lazy || strcmp(lazy, "off"))
		return true;
	selftest_skip("batching is off");
	return false;
}

/* Changes the entry of DATA_VA: is that left for later? */
static bool delayed(void)
{
	pte_t *p = kernel_pte(DATA_VA);
	u64 was = get_pte(p);

	set_pte(p, was ^ PTE_W);
	return get_pte(p) == was;
}

static void with_data_page(void (*run)(void))
{
	void *page = page_alloc();

	EXPECT(page);
	if (!page)
		return;
	kernel_map(DATA_VA, pa(page), WINDOW_FLAGS);
	run();
	kernel_unmap(DATA_VA);
	page_put(page);
}

/* ---- nested ------------------------------------------------------------- */

static void nest(void)
{
	u32 flags = irq_save(), calls;

	EXPECT(!delayed());
	calls = pv_hypercalls();
	lazy_mmu_begin();
	EXPECT(delayed());
	lazy_mmu_begin();
	EXPECT(delayed());
	lazy_mmu_end();
	EXPECT(delayed());
	EXPECT_EQ(pv_hypercalls(), calls);
	lazy_mmu_end();
	EXPECT_EQ(pv_hypercalls(), calls + 1);
	EXPECT(!delayed());
	restore_fl(flags);
}

static void nest_at_each_level(void)
{
	at_each_level(nest);
}

SELFTEST(lazy_nesting, "xen: lazy sections delay until the outermost end, which "
	 "is one hypercall")
{
	if (batching())
		with_data_page(nest_at_each_level);
}

/* ---- interrupted -------------------------------------------------------- */

static bool expected_interrupt;

static u64 on_clock(void)
{
	if (expected_interrupt && !(save_fl() & EFLAGS_IF)) {
		expected_interrupt = false;
		EXPECT(!delayed());
	}
	return BELOW(clock_ns)();
}

static void interrupted(void)
{
	WATCH(clock_ns, on_clock);
	lazy_mmu_begin();
	EXPECT(delayed());
	EXPECT(pend_timer());
	expected_interrupt = true;
	irq_enable();
	EXPECT(!expected_interrupt);
	EXPECT(delayed());
	lazy_mmu_end();
	EXPECT(!delayed());
	UNWATCH(clock_ns);
}

SELFTEST(lazy_interrupted, "xen: an interrupt in a lazy section delays nothing, "
	 "and the section goes on")
{
	if (batching())
		with_data_page(interrupted);
}

/* ---- the address space -------------------------------------------------- */

static struct mm *space_with(u32 word)
{
	struct mm *mm = enter_space();

	if (mm)
		*(u32 *)SCRATCH_VA = word;
	return mm;
}

static u32 word(void)
{
	return *(volatile u32 *)SCRATCH_VA;
}

SELFTEST(lazy_cr3, "xen: CR3 is what was asked for, until the switch is "
	 "complete, and what is still loaded can be dropped")
{
	struct mm *a = batching() ? space_with(1) : NULL;
	struct mm *b = a ? space_with(2) : NULL;
	u32 l3;

	if (!b)
		return;
	EXPECT_EQ(word(), 2);
	mm_switch(a);
	EXPECT_EQ(read_cr3(), pa(a->tables.l3));
	EXPECT_EQ(word(), 2);
	task_loaded();
	EXPECT_EQ(word(), 1);
	l3 = (u32)a->tables.l3;
	lazy_mmu_begin();
	clear_pte(kernel_pte(DATA_VA));	/* takes none after it along */
	mm_switch(b);
	mm_put(a);
	drain_caches();
	EXPECT(can_write(l3));
	EXPECT_EQ(word(), 2);
	lazy_mmu_end();
	leave_space(b);
}

/* ---- tables, and many updates ------------------------------------------- */

SELFTEST(lazy_given_back, "xen: a table released in a lazy section is "
	 "memory again at once")
{
	struct mm *mm = on_xen() ? enter_space() : NULL;
	pte_t *l2, *l1;

	if (!mm)
		return;
	l2 = &table_of(&mm->tables.l3[1])[L2_INDEX(SCRATCH_VA + L2_SPAN)];
	l1 = page_alloc_zeroed();
	link_l1(l2, pa(l1) | TABLE_FLAGS);
	EXPECT(!(pte_flags(kernel_pte((u32)l1)) & PTE_W));
	lazy_mmu_begin();
	unlink_l1(l2);
	EXPECT(pte_flags(kernel_pte((u32)l1)) & PTE_W);
	lazy_mmu_end();
	EXPECT_EQ(pte_flags(l2), 0);
	page_put(l1);
	leave_space(mm);
}

SELFTEST(lazy_linked, "xen: a table that is linked in a lazy section is there "
	 "for the next walk")
{
	struct mm *mm = on_xen() ? enter_space() : NULL;
	pte_t *p;

	if (!mm)
		return;
	lazy_mmu_begin();
	p = mm_pte(mm, 0, true);
	EXPECT(p && mm_pte(mm, 0, false) == p);
	p = mm_pte(mm, L2_SPAN, true);
	EXPECT(p && mm_pte(mm, L2_SPAN, false) == p);
	lazy_mmu_end();
	leave_space(mm);
}

/* More updates than the list holds, and two flushes among them. */
SELFTEST(lazy_batch, "xen: a lazy section takes its updates to Xen in few calls, "
	 "in order")
{
	struct mm *mm = on_xen() ? enter_space() : NULL;
	u32 before, i;
	pte_t *p;

	if (!mm)
		return;
	p = mm_pte(mm, SCRATCH_VA, false);
	before = pv_hypercalls();
	lazy_mmu_begin();
	for (i = 1; i < ENTRIES; i++) {
		u64 value = pa(va(pte_frame(p))) | WINDOW_FLAGS;

		set_pte(p + i, value & ~(u64)PTE_W);
		set_pte(p + i, value);
		if (i % 256 == 0)
			flush_user();
	}
	lazy_mmu_end();
	EXPECT(pv_hypercalls() - before <= (xen_lazy < 0 ? 3 * ENTRIES : 5));
	for (i = 1; i < ENTRIES; i++)
		EXPECT(pte_flags(p + i) & PTE_W);
	EXPECT(can_write(SCRATCH_VA + (ENTRIES - 1) * PAGE_SIZE));
	lazy_mmu_begin();
	for (i = 1; i < ENTRIES; i++)
		clear_pte(p + i);
	lazy_mmu_end();
	leave_space(mm);
}

SELFTEST(lazy_many, "xen: a lazy section takes any number of calls to Xen, each "
	 "of them")
{
	struct mm *mm = on_xen() ? enter_space() : NULL;
	u64 tls[GDT_TLS_COUNT] = { 0 };
	pte_t *p;

	if (!mm)
		return;
	p = mm_pte(mm, SCRATCH_VA, false);
	lazy_mmu_begin();
	for (u32 i = 1; i < ENTRIES; i++) {
		tls[i % GDT_TLS_COUNT] = DATA_SEGMENT(i);
		load_tls(tls);
		flush_tlb_page(SCRATCH_VA + i * PAGE_SIZE);
		if (i % 5 == 0)
			set_pte(p + i, get_pte(p));
	}
	lazy_mmu_end();
	task_loaded();
	EXPECT(!memcmp(&gdt[GDT_TLS], tls, sizeof(tls)));
	for (u32 i = 5; i < ENTRIES; i += 5) {
		EXPECT(can_read(SCRATCH_VA + i * PAGE_SIZE));
		clear_pte(p + i);
	}
	load_tls(current->arch.tls);
	task_loaded();
	leave_space(mm);
}

#endif /* PV_OFF */
