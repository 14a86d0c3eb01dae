// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page-table entries in each form and with each right, tables and address
 * spaces that come and go: vmi-abi 4.3, 4.4, 4.6 to 4.8.
 */
#include "test.h"

#define PTE_PS		0x080
#define KERNEL_PAGE	(PTE_P | PTE_W | PTE_A | PTE_D)
#define WINDOW		0xe0000000	/* nothing else is mapped here */

/* Two pages with different words in them, to be mapped at one address. */
static volatile u32 *const window = (u32 *)WINDOW;
static u32 *page[2];
void *window_entry;

static u64 value(u32 n, u32 flags)
{
	return page_pa(page[n]) | PTE_P | flags;
}

static void invalidate(void)
{
	vmi(InvalPage, WINDOW);
}

static void open_window(void)
{
	if (page[0])
		return;
	for (u32 i = 0; i < 2; i++) {
		page[i] = alloc_page();
		*page[i] = 0xaaaa0000 + i;
	}
	window_entry = make_entry(swapper, WINDOW);
}

/* A trap with that error code, by an access to the window. */
static void faulted(u32 error)
{
	EQ(trapped.vector, TRAP_PAGE_FAULT);
	EQ(trapped.error, error);
	EQ(trapped_cr2, WINDOW);
}

static const u32 forms[] = {		/* 4.3 */
	VMI_PAGE_PT,
	VMI_PAGE_PT | VMI_PTE_CURRENT_AS | WINDOW,
	VMI_PAGE_PT | VMI_PTE_CURRENT_AS | VMI_PTE_DEFER | WINDOW,
};

static void t_set(void)
{
	open_window();
	for (u32 i = 0; i < ARRAY_SIZE(forms); i++) {
		for (u32 n = 0; n < 2; n++) {
			set_entry(window_entry, value(n, PTE_W), forms[i]);
			invalidate();
			EQ(window[0], 0xaaaa0000 + n);
			EQ((u32)get_entry(window_entry) & ~(PTE_A | PTE_D),
			   value(n, PTE_W));
		}
		set_entry(window_entry, 0, forms[i]);
		invalidate();
		CHECK(get_entry(window_entry) == 0);
		CHECK(traps(peek, WINDOW));
		faulted(0);
		CHECK(traps(poke, WINDOW));
		faulted(PF_WRITE);
	}
}

/* The kernel changes the entry itself and tells: 4.3. */
static void t_update(void)
{
	u32 *low = window_entry;

	for (u32 i = 0; i < ARRAY_SIZE(forms); i++) {
		set_entry(window_entry, value(0, PTE_W), VMI_PAGE_PT);
		invalidate();
		EQ(window[0], 0xaaaa0000);
		CHECK(__sync_lock_test_and_set(low, 0) & PTE_P);
		update_entry(window_entry, forms[i]);
		invalidate();
		CHECK(traps(peek, WINDOW));
		store_entry(window_entry, value(1, 0));
		update_entry(window_entry, forms[i]);
		invalidate();
		EQ(window[0], 0xaaaa0001);
		store_entry(window_entry, value(1, PTE_W));
		update_entry(window_entry, forms[i]);
		invalidate();
		window[1] = i;
		EQ(page[1][1], i);
	}
	set_entry(window_entry, 0, VMI_PAGE_PT);
	invalidate();
}

/* Linux reads and clears these bits directly: 4.2. */
static void t_accessed(void)
{
	u32 *low = window_entry;

	set_entry(window_entry, value(0, PTE_W), VMI_PAGE_PT);
	invalidate();
	(void)window[0];
	EQ(*low & (PTE_A | PTE_D), PTE_A);
	window[0] = 0xaaaa0000;
	EQ(*low & (PTE_A | PTE_D), PTE_A | PTE_D);
	__sync_fetch_and_and(low, ~(PTE_A | PTE_D));
	update_entry(window_entry, VMI_PAGE_PT);
	invalidate();
	(void)window[0];
	EQ(*low & (PTE_A | PTE_D), PTE_A);
	window[0] = 0xaaaa0000;
	EQ(*low & (PTE_A | PTE_D), PTE_A | PTE_D);
}

static void t_write_protect(void)
{
	set_entry(window_entry, value(0, 0), VMI_PAGE_PT);
	invalidate();
	EQ(window[0], 0xaaaa0000);
	CHECK(traps(poke, WINDOW));
	faulted(PF_PRESENT | PF_WRITE);
	EQ(page[0][0], 0xaaaa0000);
}

static void t_flush(void)
{
	u32 global = features() & CPU_PGE ? PTE_G : 0;

	for (u32 n = 0; n < 4; n++) {
		set_entry(window_entry, value(n & 1, n & 2 ? global : 0),
			  VMI_PAGE_PT);
		vmi(FlushTLB, VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
		EQ(window[0], 0xaaaa0000 + (n & 1));
	}
	for (u32 n = 0; n < 2; n++) {
		set_entry(window_entry, value(n, 0), VMI_PAGE_PT);
		vmi(FlushTLB, n ? VMI_FLUSH_TLB :
				  VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
		EQ(window[0], 0xaaaa0000 + n);
	}
}

/* 4.7: what was queued is there when the mode ends. */
static void t_lazy(void)
{
	for (u32 n = 0; n < 4; n++) {
		vmi(SetLazyMode, VMI_LAZY_MMU);
		set_entry(window_entry, 0, VMI_PAGE_PT);
		set_entry(window_entry, value(n & 1, PTE_W), VMI_PAGE_PT);
		if (n < 2)
			invalidate();		/* flushes */
		else
			vmi(FlushTLB, VMI_FLUSH_TLB);
		EQ(window[0], 0xaaaa0000 + (n & 1));
		set_entry(window_entry, value(~n & 1, PTE_W), VMI_PAGE_PT);
		vmi(SetLazyMode, VMI_LAZY_NONE);
		invalidate();
		EQ(window[0], 0xaaaa0000 + (~n & 1));
	}
}

/* The level bit of a large page says PT: 4.3. Then it is split. */
static void t_large(void)
{
	u32 va = WINDOW + 8 * span();
	volatile u32 *p = (u32 *)va;
	void *e = entry(swapper, va, 2), *table = alloc_page();

	if (!(features() & CPU_PSE))
		return skip("no large pages");
	set_entry(e, 0 | KERNEL_PAGE | PTE_PS, VMI_PAGE_PT);
	EQ(p[page_pa(page[0]) % span() / 4],
	   *(u32 *)(PAGE_OFFSET + page_pa(page[0]) % span()));
	EQ(p[0x100000 / 4], *(u32 *)(PAGE_OFFSET + 0x100000));

	announce(table, VMI_PAGE_PT);
	for (u32 i = 0; i < span() >> 12; i++)
		set_entry((char *)table + i * (pae ? 8 : 4),
			  i << 12 | KERNEL_PAGE, VMI_PAGE_PT);
	set_entry(e, page_pa(table) | PTE_P | PTE_W, VMI_PAGE_PT);
	vmi(FlushTLB, VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
	EQ(p[0x100000 / 4], *(u32 *)(PAGE_OFFSET + 0x100000));
	set_entry(entry(swapper, va + 0x100000, 1), value(1, 0), VMI_PAGE_PT);
	vmi(InvalPage, va + 0x100000);
	EQ(p[0x100000 / 4], 0xaaaa0001);

	set_entry(e, 0, VMI_PAGE_PD);
	release(table, VMI_PAGE_PT);
	vmi(FlushTLB, VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
	CHECK(traps(peek, va));
}

/* HIGHPTE: a table is mapped for the change alone, elsewhere than before: 4.8. */
static void t_slot(void)
{
	u64 table = get_entry(entry(swapper, WINDOW, 2)) & PTE_PFN_MASK;
	u32 va = WINDOW + 24 * span();
	void *e = (void *)(va + (u32)window_entry % PAGE_SIZE);

	for (u32 i = 0; i < 4; i++) {
		map_page(swapper, va, table | KERNEL_PAGE);
		vmi(SetLinearMapping, 1, va, 1, (u32)(table >> 12));
		set_entry(e, value(i & 1, PTE_W), VMI_PAGE_PT);
		map_page(swapper, va, i & 2 ? 0 : value(0, PTE_W));
		if (i & 2)
			vmi(InvalPage, va);
		else
			vmi(SetLinearMapping, 1, va, 1, page_pa(page[0]) >> 12);
		vmi(FlushTLB, VMI_FLUSH_TLB);
		EQ(window[0], 0xaaaa0000 + (i & 1));
	}
	vmi(SetLinearMapping, 1, 0, 0, 0);
	map_page(swapper, va, 0);
	vmi(InvalPage, va);
}

static void t_spaces(void)
{
	volatile u32 *p = (u32 *)0x08048000;
	void *space[2];

	for (u32 i = 0; i < 2; i++) {
		space[i] = new_space();
		map_page(space[i], (u32)p, value(i, PTE_U));
	}
	for (u32 i = 0; i < 4; i++) {
		vmi(SetCR3, page_pa(space[i & 1]));
		EQ(*p, 0xaaaa0000 + (i & 1));
		EQ((u32)vmi(GetCR3), page_pa(space[i & 1]));
	}
	/* Exit: entries vanish without notice, then tables go. */
	vmi(SetCR3, page_pa(swapper));
	for (u32 i = 0; i < 2; i++) {
		void *table = table_at(get_entry(entry(space[i], (u32)p, 2)));

		store_entry(entry(space[i], (u32)p, 1), 0);
		set_entry(entry(space[i], (u32)p, 2), 0, VMI_PAGE_PD);
		release(table, VMI_PAGE_PT);
		vmi(FlushTLB, VMI_FLUSH_TLB);
		release(space[i], VMI_PAGE_PD);
	}
	CHECK(traps(peek, (u32)p));
}

/* vmalloc: an older space copies the entry when it faults: 4.3. */
static void t_vmalloc(void)
{
	u32 va = WINDOW + 16 * span();
	void *space = new_space();
	u64 e;

	if (pae)
		return skip("all spaces share these tables");
	map_page(swapper, va, value(1, 0));
	vmi(SetCR3, page_pa(space));
	CHECK(traps(peek, va));
	e = get_entry(entry(swapper, va, 2));
	set_entry(entry(space, va, 2), e, VMI_PAGE_PD);
	vmi(SetLazyMode, VMI_LAZY_NONE);
	EQ(*(volatile u32 *)va, 0xaaaa0001);
	vmi(SetCR3, page_pa(swapper));
	release(space, VMI_PAGE_PD);
}

static void t_release(void)
{
	void *never = alloc_page();

	release(never, VMI_PAGE_PD);
	release(never, VMI_PAGE_PT);
	announce(page[0], VMI_PAGE_PD);		/* the last one counts */
	announce(page[0], VMI_PAGE_PT);
	release(page[0], VMI_PAGE_PT);
	set_entry(window_entry, value(0, PTE_W), VMI_PAGE_PT);
	invalidate();
	window[0] = 0xaaaa0000;
	EQ(page[0][0], 0xaaaa0000);
}

/* Frames above 4 GiB are not those below it. */
static void t_high(void)
{
	u64 high = 0x100000000ull | value(0, PTE_W);

	if (!pae || !(features() & CPU_PSE36))
		return skip("no such entries");
	for (u32 i = 0; i < ARRAY_SIZE(forms); i++) {
		if (i)
			set_entry(window_entry, 0, VMI_PAGE_PT);
		set_entry(window_entry, high, forms[i]);
		invalidate();
		EQ((u32)(get_entry(window_entry) >> 32), 1);
		window[0] = 0x5555;
		EQ(page[0][0], 0xaaaa0000);
		if (option("high"))
			EQ(window[0], 0x5555);
		set_entry(window_entry, value(0, PTE_W), forms[i]);
		invalidate();
		EQ(window[0], 0xaaaa0000);
	}
}

/* So may tables be, which are mapped while they are written to: 4.8. */
static void t_high_table(void)
{
	u32 mapped = WINDOW + 24 * span(), va = WINDOW + 32 * span();
	u64 table = 0x100000000ull | page_pa(page[0]);
	void *e = (void *)mapped, *link = entry(swapper, va, 2);

	if (!pae || !option("high"))
		return skip("no memory there");
	for (u32 i = 0; i < 8; i++) {
		map_page(swapper, mapped, table | KERNEL_PAGE);
		vmi(InvalPage, mapped);
		__builtin_memset(e, 0, PAGE_SIZE);
		if (i & 2)
			vmi(AllocatePage, (u32)(table >> 12), VMI_PAGE_PT |
			    VMI_PAGE_PAE, 0, 0, 0);
		if (i & 4)
			vmi(SetLinearMapping, 1, mapped, 1, (u32)(table >> 12));
		set_entry(link, table | PTE_P | PTE_W | PTE_U, VMI_PAGE_PD);
		for (u32 n = 0; n < 4; n++) {
			set_entry(e, value(n & 1, PTE_W), VMI_PAGE_PT);
			vmi(InvalPage, va);
			EQ(*(volatile u32 *)va, 0xaaaa0000 + (n & 1));
			EQ((u32)get_entry(e) & (PTE_A | PTE_D), PTE_A);
			((volatile u32 *)va)[1] = n;
			EQ(page[n & 1][1], n);
			EQ((u32)get_entry(e) & (PTE_A | PTE_D), PTE_A | PTE_D);
		}
		set_entry(link, 0, VMI_PAGE_PD);
		vmi(ReleasePage, (u32)(table >> 12), VMI_PAGE_PT | VMI_PAGE_PAE);
		vmi(SetLinearMapping, 1, 0, 0, 0);
		vmi(FlushTLB, VMI_FLUSH_TLB);
		CHECK(traps(peek, va));
	}
	map_page(swapper, mapped, 0);
	vmi(InvalPage, mapped);
}

static void t_nx(void)
{
	struct gpr r = { .eax = 0x80000001 };
	u32 low, high;

	invoke(ops[VMI_CPUID], &r, 0, 0);
	if (!pae || !(r.edx & CPU_EXT_NX))
		return skip("no NX");
	asm volatile("rdmsr" : "=a" (low), "=d" (high) : "c" (MSR_EFER));
	asm volatile("wrmsr" : : "a" (low | EFER_NXE), "d" (high),
		     "c" (MSR_EFER));
	*(u8 *)page[0] = 0xc3;			/* RET */
	set_entry(window_entry, value(0, 0), VMI_PAGE_PT);
	invalidate();
	CHECK(!traps(execute, WINDOW));
	set_entry(window_entry, value(0, 0) | PTE_NX, VMI_PAGE_PT);
	invalidate();
	CHECK(traps(execute, WINDOW));
	faulted(PF_PRESENT | PF_EXEC);
	set_entry(window_entry, 0, VMI_PAGE_PT);
	invalidate();
}

const struct test page_tests[] = {
	{ "SetPxE stores an entry, in each form", t_set },
	{ "UpdatePxE announces an entry, in each form", t_update },
	{ "accessed and dirty are seen, and set again", t_accessed },
	{ "a read-only page stops the kernel", t_write_protect },
	{ "FlushTLB drops what it has to", t_flush },
	{ "lazy updates are there when they have to be", t_lazy },
	{ "a large page, whatever level is said, and its split", t_large },
	{ "a table is changed where it was mapped, and is no more", t_slot },
	{ "address spaces come, alternate and go", t_spaces },
	{ "a directory entry is copied when it is missed", t_vmalloc },
	{ "pages may be announced twice and released unannounced", t_release },
	{ "entries reach above 4 GiB", t_high },
	{ "a table may be above 4 GiB", t_high_table },
	{ "a page that is not executable", t_nx },
	{ }
};
