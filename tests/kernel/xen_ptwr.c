// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Self-tests of plain stores to a live L1 table, which Xen makes for a dom0 as
 * if they were updates (xen-pv-abi 4.7). This kernel makes none by itself; they
 * belong to the ABI, and other kernels live by them.
 */
#ifndef PV_OFF
#include <abi/errno.h>
#include <kernel/sections.h>
#include <kernel/task.h>
#include "xen_test.h"

/* One instruction; false: it faulted. */
#define TRY(insn, ...) ({						\
	u32 ok_ = 0;							\
	asm volatile("1: " insn "\n\tmovl $1, %0\n2:\n\t"		\
		     ".pushsection .extable, \"a\"\n\t"			\
		     ".long 1b, 2b\n\t.popsection"			\
		     : "+m" (ok_) : __VA_ARGS__ : "memory", "cc");	\
	ok_; })

/* The entry at SCRATCH_VA + PAGE_SIZE, which maps nothing; a page for it. */
struct ptwr {
	struct mm *mm;
	volatile u32 *lo, *hi;
	u32 *page;
	u64 maps;
};

static bool begin(struct ptwr *p)
{
	if (!on_xen())
		return false;
	p->mm = enter_space();
	p->page = page_alloc_zeroed();
	if (!p->mm || !p->page) {
		FAIL("no memory");
		return false;
	}
	p->lo = (u32 *)mm_pte(p->mm, SCRATCH_VA + PAGE_SIZE, false);
	p->hi = p->lo + 1;
	p->maps = xen_maddr(p->page) | PTE_P | PTE_W | PTE_U | PTE_A | PTE_D;
	p->page[0] = 0x5a5a;
	return true;
}

static u64 entry(const struct ptwr *p)
{
	return *p->lo | (u64)*p->hi << 32;
}

static void end(struct ptwr *p)
{
	EXPECT(TRY("movl $0, %1", "m" (*p->lo)));
	EXPECT(TRY("movl $0, %1", "m" (*p->hi)));
	EXPECT_EQ(entry(p), 0);
	leave_space(p->mm);
	page_put(p->page);
}

static bool is_mapped(const struct ptwr *p)
{
	flush_tlb_page(SCRATCH_VA + PAGE_SIZE);
	return can_read(SCRATCH_VA + PAGE_SIZE) &&
	       *(u32 *)(SCRATCH_VA + PAGE_SIZE) == p->page[0];
}

SELFTEST(xen_ptwr, "xen: a plain store to a table in use is made as an update")
{
	u32 lo, hi;
	struct ptwr p;

	if (!begin(&p))
		return;
	lo = p.maps;
	hi = p.maps >> 32;
	EXPECT(TRY("movl %2, %1", "m" (*p.hi), "r" (hi)));
	EXPECT(!is_mapped(&p));
	EXPECT(TRY("movl %2, %1", "m" (*p.lo), "r" (lo)));
	EXPECT(is_mapped(&p));
	EXPECT(can_write(SCRATCH_VA + PAGE_SIZE));
	/* As copy-on-write does. */
	EXPECT(TRY("lock btrl $1, %1", "m" (*p.lo)));
	EXPECT(is_mapped(&p));
	EXPECT(!can_write(SCRATCH_VA + PAGE_SIZE));
	EXPECT(TRY("orb $2, %1", "m" (*p.lo)));
	EXPECT(is_mapped(&p));
	EXPECT(can_write(SCRATCH_VA + PAGE_SIZE));
	/* As a page is taken from a process. */
	EXPECT(TRY("xchgl %2, %1", "m" (*p.lo), "r" (0)));
	EXPECT(!is_mapped(&p));
	EXPECT_EQ(*p.lo, 0);
	EXPECT(TRY("movl $0, %1", "m" (*p.hi)));
	EXPECT(TRY("lock cmpxchg8b %1", "m" (*p.lo), "a" (0), "d" (0), "b" (lo),
		   "c" (hi)));
	EXPECT(is_mapped(&p));
	EXPECT_EQ(entry(&p) & ~(u64)(PTE_A | PTE_D),
		  p.maps & ~(u64)(PTE_A | PTE_D));
	end(&p);
}

SELFTEST(xen_ptwr_half, "xen: a high half that makes an entry invalid takes it "
	 "away")
{
	struct ptwr p;

	if (!begin(&p))
		return;
	EXPECT(TRY("movl %2, %1", "m" (*p.hi), "r" ((u32)(p.maps >> 32))));
	EXPECT(TRY("movl %2, %1", "m" (*p.lo), "r" ((u32)p.maps)));
	EXPECT(is_mapped(&p));
	EXPECT(TRY("movl $0xf0000, %1", "m" (*p.hi)));
	EXPECT_EQ(entry(&p) & ~(u64)(PTE_A | PTE_D),
		  (0xf0000ull << 32 | (u32)p.maps) &
		  ~(u64)(PTE_P | PTE_A | PTE_D));
	end(&p);
}

SELFTEST(xen_ptwr_refused, "xen: a store of what no entry may be is a fault, and "
	 "so is one to a table of tables")
{
	u32 table, l2;
	u64 high;		/* of entries for the table's frame */
	struct ptwr p;

	if (!begin(&p))
		return;
	table = (u32)p.lo & ~(PAGE_SIZE - 1);
	l2 = (u32)table_of(&p.mm->tables.l3[L3_INDEX(SCRATCH_VA)]);
	high = xen_maddr((void *)table) >> 32 << 32;
	EXPECT(TRY("movl %2, %1", "m" (*p.hi), "r" ((u32)(high >> 32))));
	/* It would map itself, writable. */
	EXPECT(!TRY("movl %2, %1", "m" (*p.lo),
		    "r" ((u32)xen_maddr((void *)table) | PTE_P | PTE_W)));
	EXPECT_EQ(entry(&p), high);
	/* Two entries at once. */
	EXPECT(!TRY("movl $-1, %1", "m" (*(u32 *)((u32)p.hi + 2))));
	EXPECT_EQ(entry(&p), high);
	EXPECT(!TRY("movl $0, %1", "m" (*(u32 *)l2)));
	EXPECT(!TRY("movl $0, %1", "m" (p.mm->tables.l3[0])));
	EXPECT(TRY("movl %2, %1", "m" (*p.lo),
		   "r" ((u32)xen_maddr((void *)table) | PTE_P)));
	EXPECT(!is_mapped(&p));
	end(&p);
}
#endif
