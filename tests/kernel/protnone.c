// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Self-test of pages that a process has but may not touch (PROT_NONE): their
 * entries are not present, keep the page, and name no memory that a CPU could
 * read ahead of the fault (L1TF).
 */
#include <arch/cpu.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/selftest.h>
#include <pv/pv.h>

#define AT		0x40000000
#define READ_WRITE	(PROT_READ | PROT_WRITE)
#define WORD		0x600df00d

static void names_no_memory(const pte_t *p)
{
	u64 entry = (u64)p->hi << 32 | p->lo;

	EXPECT(!(entry & PTE_P));
	EXPECT(pte_flags(p) & PTE_MAPPED);
	EXPECT(!(entry & PTE_PFN_MASK));
}

static u32 *page_at(struct mm *mm)
{
	pte_t *p = mm_pte(mm, AT, false);

	return va(pte_flags(p) & PTE_P ? pte_frame(p) : pte_held_pa(p));
}

static struct mm *with_a_page(void)
{
	struct vma area = { .start = AT, .end = AT + PAGE_SIZE,
			    .prot = READ_WRITE };
	struct mm *mm = mm_create();

	if (!mm || vma_map(mm, &area) || mm_fault(mm, AT, PF_WRITE | PF_USER)) {
		FAIL("an address space with a page");
		return NULL;
	}
	*page_at(mm) = WORD;
	tables_complete(&mm->tables);
	return mm;
}

SELFTEST(held_pages, "paging: any page of the direct map can be kept in an "
	 "entry that names no memory")
{
	for (u32 at = 0; at < DIRECT_MAX; at += 37 * PAGE_SIZE) {
		u64 entry = pte_held(at);
		pte_t p = { (u32)entry, (u32)(entry >> 32) };

		names_no_memory(&p);
		EXPECT_EQ(pte_held_pa(&p), at);
	}
}

SELFTEST(protnone, "paging: PROT_NONE keeps the page, through fork too, in an "
	 "entry that names no memory")
{
	u32 free = pages_free(), *page;
	struct mm *mm = with_a_page(), *copy;

	if (!mm)
		return;
	page = page_at(mm);
	EXPECT_EQ(vma_protect(mm, AT, AT + PAGE_SIZE, 0), 0);
	names_no_memory(mm_pte(mm, AT, false));
	EXPECT_EQ(mm->pages, 1);
	EXPECT(mm_fault(mm, AT, PF_USER) < 0);
	copy = mm_fork(mm);
	EXPECT(copy);
	names_no_memory(mm_pte(copy, AT, false));
	names_no_memory(mm_pte(mm, AT, false));
	EXPECT_EQ(page_of(page)->refs, 2);
	EXPECT_EQ(vma_protect(copy, AT, AT + PAGE_SIZE, READ_WRITE), 0);
	EXPECT(page_at(copy) == page);
	EXPECT_EQ(mm_fault(copy, AT, PF_PRESENT | PF_WRITE | PF_USER), 0);
	EXPECT(page_at(copy) != page);
	EXPECT(*page_at(copy) == WORD && *page == WORD);
	EXPECT_EQ(page_of(page)->refs, 1);
	mm_put(copy);
	EXPECT_EQ(vma_unmap(mm, AT, AT + PAGE_SIZE), 0);
	EXPECT_EQ(page_of(page)->refs, 0);
	mm_put(mm);
	EXPECT_EQ(pages_free(), free);
}
