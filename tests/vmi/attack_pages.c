// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attacks with page tables: on the monitor's memory, and on its idea of them.
 * vmi-abi 4.
 */
#include "attack.h"

#define PTE_PS		0x080
#define PAGE		(PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)
#define BIOS		0xf0000
#define PTE_FRAME	0xffffffffff000ull
#define LARGE		(AREA + 0x4000000)
#define TABLES		(AREA + 0x8000000)	/* for tables of tables */

static void *tables[8];

static void *table(u32 n)
{
	if (!tables[n])
		tables[n] = alloc_page();
	return tables[n];
}

static u32 words(void)
{
	return pae ? 512 : 1024;
}

static void *word(void *t, u32 i)
{
	return (char *)t + i * (pae ? 8 : 4);
}

/* Nothing is at va, for nobody. */
static void nothing_at(u32 va)
{
	CHECK(traps(peek, va));
	CHECK(trapped.vector == TRAP_PAGE_FAULT);
	CHECK(traps(poke, va));
	user(user_write, va, EFLAGS_IF);
	CHECK(trapped.vector == TRAP_PAGE_FAULT);
}

static u32 some_hidden(u32 i)
{
	static const u32 where[] = { 0, 0x1000, 0x5000, 0x200000, 0x201000 };
	u32 size = hidden_end - hidden_start;

	return hidden_start + (i < 5 ? where[i] : i < 10 ? size -
		((i - 4) << 12) : (below(size) & ~(PAGE_SIZE - 1)));
}

static void t_hidden(void)
{
	say("# the monitor is at %x to %x\n", hidden_start, hidden_end);
	CHECK(hidden_start);
	for (u32 i = 0; i < 40; i++) {
		u64 value = some_hidden(i) | PAGE;

		map_area(0, value);
		nothing_at(area(0));
		map_area(0, 0);
		store_entry(area_entry(0), value & ~(u64)(PTE_A | PTE_D));
		update_entry(area_entry(0), VMI_PAGE_PT);
		vmi(FlushTLB, VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
		nothing_at(area(0));
		map_area(0, page_pa(table(0)) | PAGE);
		(void)*(volatile u32 *)area(0);
		store_entry(area_entry(0), value);
		vmi(InvalPage, area(0));
		vmi(SetCR3, page_pa(swapper));
		update_entry(area_entry(0), VMI_PAGE_PT);
		vmi(InvalPage, area(0));
		nothing_at(area(0));
	}
	map_area(0, 0);
	sound();
}

/* What the monitor reads and writes for the guest. */
static void t_deputy(void)
{
	struct gpr r = { 0 };
	struct desc_ptr p;

	map_area(0, hidden_start | PAGE);
	vmi(SetGDT, area(0));
	vmi(SetIDT, area(0));
	vmi(WriteGDTEntry, area(0), 0, ~0u, ~0u);
	r.ecx = 4;
	r.edx = 0xe0;
	r.esi = r.edi = area(0);
	CHECK(KERNEL(&r, 0xf3, 0x6d));
	CHECK(KERNEL(&r, 0x6f));
	r.ebx = area(0);
	CHECK(KERNEL(&r, 0x0f, 0x01, 0x13));
	vmi(GetGDT, (u32)&p);
	EQ(p.base, (u32)gdt);
	map_area(0, 0);
	sound();
}

/* As a table of the guest: PT, PD by PDPT, and what is behind the memory. */
static void t_as_table(void)
{
	static u64 top[4] __aligned(32);
	void *e = entry(swapper, LARGE, 2);

	for (u32 i = 0; i < 20; i++) {
		set_entry(e, some_hidden(i) | PTE_P | PTE_W | PTE_U | PTE_A,
			  VMI_PAGE_PD);
		vmi(InvalPage, LARGE);
		nothing_at(LARGE + (below(words()) << 12));
	}
	set_entry(e, 0, VMI_PAGE_PD);
	vmi(FlushTLB, VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
	if (pae) {
		for (u32 i = 0; i < 3; i++)
			top[i] = some_hidden(i) | PTE_P;
		top[3] = *(u64 *)(swapper + 24);
		vmi(SetCR3, page_pa(top));
		for (u32 i = 0; i < 20; i++) {
			u32 va = below(0xc0000000);

			CHECK(traps(peek, va));
			CHECK(traps(poke, va));
		}
		vmi(SetCR3, page_pa(swapper));
	}
	sound();
}

static void t_large(void)
{
	u32 step = span(), page = table(0) ? page_pa(table(0)) : 0;
	u32 start = hidden_start & ~(step - 1);
	void *e = entry(swapper, LARGE, 2);

	if (!(features() & CPU_PSE))
		return skip("no large pages");
	for (u32 pa = start; pa < hidden_end; pa += step) {
		set_entry(e, pa | PAGE | PTE_PS, VMI_PAGE_PD);
		vmi(InvalPage, LARGE);
		for (u32 i = 0; i < step; i += 37 * PAGE_SIZE)
			if (pa + i >= hidden_start && pa + i < hidden_end)
				nothing_at(LARGE + i);
			else
				CHECK(!traps(peek, LARGE + i));
		/* Without rights for anybody else it is no better. */
		set_entry(e, pa | PTE_P | PTE_PS | PTE_W, VMI_PAGE_PD);
		vmi(FlushTLB, VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
		CHECK(traps(poke, LARGE + (hidden_start > pa ?
					   hidden_start - pa : 0)));
	}
	/* From small pages to a large one, and back, in use. */
	for (u32 i = 0; i < 20; i++) {
		set_entry(e, (page & ~(step - 1)) | PAGE | PTE_PS, VMI_PAGE_PD);
		vmi(InvalPage, LARGE);
		(void)*(volatile u32 *)(LARGE + page % step);
		store_entry(e, start | PAGE | PTE_PS);
		if (i & 1)
			update_entry(e, VMI_PAGE_PD);
		vmi(InvalPage, LARGE + page % step);
		vmi(FlushTLB, VMI_FLUSH_TLB);
		CHECK(traps(peek, LARGE + hidden_start - start));
		set_entry(e, 0, VMI_PAGE_PD);
		vmi(InvalPage, LARGE);
	}
	sound();
}

/* Nothing of that is memory of the guest for tables, or it is in use as others. */
static void t_announce(void)
{
	const u32 pfns[] = {
		hidden_start >> 12, (hidden_start >> 12) + 1,
		(hidden_end >> 12) - 1, hidden_end >> 12, 0xfee00, 0xfec00, 0xf0,
		0xc0, 0, 0xfffff, 0x100000, 0x7ffffff, ~0u, ~0u << 12,
		page_pa(swapper) >> 12, page_pa(gdt) >> 12, page_pa(idt) >> 12,
		page_pa(stack_top) / PAGE_SIZE - 1, 0x100, 0x101,
	};

	for (u32 i = 0; i < 400; i++) {
		u32 pfn = i < 40 ? pfns[i / 2] : ANY(pfns);

		if (i < 40 ? i & 1 : below(2))
			vmi(ReleasePage, pfn, random());
		else
			vmi(AllocatePage, pfn, random(), random(), random(),
			    random());
		if (!below(4))
			vmi(FlushTLB, below(4));
	}
	EQ(self_check(), 0);
	for (u32 i = 0; i < ARRAY_SIZE(pfns); i++)
		vmi(ReleasePage, pfns[i], 0);
	announce(swapper, VMI_PAGE_PD);
	map_area(0, hidden_start | PAGE);
	nothing_at(area(0));
	map_area(0, 0);
	sound();
}

/* The table is in use, in the cache of the CPU, and is written to. */
static void t_changes(void)
{
	void *t = table(1), *e = entry(swapper, TABLES, 2);

	for (u32 told = 0; told < 2; told++) {
		__builtin_memset(t, 0, PAGE_SIZE);
		if (told)
			announce(t, VMI_PAGE_PT);
		set_entry(e, page_pa(t) | PTE_P | PTE_W | PTE_U, VMI_PAGE_PD);
		for (u32 i = 0; i < 2000; i++) {
			u32 n = below(words());

			store_entry(word(t, n), (below(2) ? random() :
				some_hidden(below(60))) | (random() & 0x67));
			if (below(2))
				update_entry(word(t, n), VMI_PAGE_PT);
			if (!below(8))
				vmi(InvalPage, TABLES + (n << 12));
			traps(peek, TABLES + (n << 12));
			store_entry(word(t, n), some_hidden(below(60)) | PAGE);
			update_entry(word(t, n), VMI_PAGE_PT);
			vmi(InvalPage, TABLES + (n << 12));
			if (!check(traps(peek, TABLES + (n << 12)), "hidden"))
				break;
		}
		EQ(self_check(), 0);
		set_entry(e, 0, VMI_PAGE_PD);
		if (told)
			release(t, VMI_PAGE_PT);
		vmi(FlushTLB, VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
	}
	sound();
}

/* Each is a table of itself, and all of each other. */
static void t_recursive(void)
{
	void *e = entry(swapper, TABLES, 2);
	u32 pa = pae ? (u32)*(u64 *)(swapper + 24) & ~0xfff : page_pa(swapper);

	for (u32 told = 0; told < 2; told++) {
		for (u32 n = 2; n < 6; n++) {
			for (u32 i = 0; i < words(); i++)
				store_entry(word(table(n), i),
					    page_pa(table(2 + (n + i) % 4)) |
					    PAGE | (i & 8 ? 0 : PTE_PS));
			if (told)
				announce(table(n), n & 1 ? VMI_PAGE_PT :
					 VMI_PAGE_PD);
		}
		for (u32 n = 2; n < 6; n++) {
			set_entry(e, page_pa(table(n)) | PTE_P | PTE_W | PTE_U,
				  VMI_PAGE_PD);
			vmi(InvalPage, TABLES);
			for (u32 i = 0; i < 200; i++) {
				u32 va = TABLES + (below(words()) << 12) +
					 below(words()) * 8 % PAGE_SIZE;

				traps(below(2) ? peek : poke, va);
			}
			vmi(FlushTLB, VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
		}
		EQ(self_check(), 0);
		/* The directory as a table of itself. */
		set_entry(e, pa | PTE_P | PTE_W | PTE_U, VMI_PAGE_PD);
		vmi(InvalPage, TABLES);
		for (u32 i = 0; i < words(); i++)
			traps(peek, TABLES + (i << 12));
		EQ(self_check(), 0);
		set_entry(e, 0, VMI_PAGE_PD);
		for (u32 n = 2; told && n < 6; n++)
			release(table(n), VMI_PAGE_PT);
		vmi(FlushTLB, VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
	}
	sound();
}

/* Used by the guest, and read by the monitor for it. What is in use itself is
 * only read. */
static void use_all(u32 tables_pa)
{
	const void *t = (void *)(PAGE_OFFSET + tables_pa);

	for (u32 i = 0; i < words(); i++) {
		u32 va = TABLES + (i << 12) + 0xff8;
		u64 e = tables_pa < 0x100000 ? get_entry(word((void *)t, i)) : 0;
		struct gpr r = { .edx = 0xe0, .esi = va };

		KERNEL(&r, 0x6e);
		traps(peek, va);
		if ((e & PTE_FRAME) > 16 << 20)
			traps(poke, va);
	}
}

/*
 * Tables where no store stays: the BIOS, the hole of the VGA, devices, and where
 * nothing is. What is there is anything; the accessed bit cannot be set.
 */
static void t_rom_tables(void)
{
	const u32 where[] = { 0xf0000, 0xff000, 0xf8000, 0xe0000, 0xa0000,
			      0xfee00000, 0xfec00000, 0xfffff000, 0xe0000000,
			      hidden_end, hidden_end + 0x1f00000, 0xc0000 };
	void *e = entry(swapper, TABLES, 2);

	for (u32 i = 0; i < ARRAY_SIZE(where) + 16; i++) {
		u32 at = i < 16 ? BIOS + (i << 12) : where[i - 16];

		set_entry(e, at | PTE_P | PTE_W | PTE_U, VMI_PAGE_PD);
		vmi(FlushTLB, VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
		use_all(at);
	}
	set_entry(e, 0, VMI_PAGE_PD);
	vmi(FlushTLB, VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
	sound();
}

/* Bits that must be 0, in entries of all levels. */
/* Read by the kernel and by user mode: the reserved bit or no fault at all. */
static void reads(u32 va, bool reserved)
{
	if (!reserved) {
		CHECK(!traps(peek, va));
		return;
	}
	CHECK(traps(peek, va));
	EQ(trapped.vector, TRAP_PAGE_FAULT);
	EQ(trapped.error, PF_PRESENT | PF_RESERVED);
	user(user_read, va, EFLAGS_IF);
	EQ(trapped.vector, TRAP_PAGE_FAULT);
	EQ(trapped.error, PF_PRESENT | PF_RESERVED | PF_USER);
}

static u64 reserved_high(void)
{
	struct gpr r = { .eax = 0x80000008 };

	invoke(ops[VMI_CPUID], &r, 0, 0);
	return 0x7ff0000000000000ull | (PTE_FRAME & ~0ull << (r.eax & 0xff));
}

/* Bits of the table with 4 entries. */
static void t_reserved_top(u64 high)
{
	static u64 top[4] __aligned(32);
	void *directory = table(1);

	release(top, VMI_PAGE_PDP);
	top[0] = *(u64 *)swapper;
	top[3] = *(u64 *)(swapper + 24);
	set_entry(word(directory, 0), page_pa(table(2)) | PAGE, VMI_PAGE_PD);
	set_entry(word(table(2), 0), page_pa(table(0)) | PAGE, VMI_PAGE_PT);
	for (u32 bit = 1; bit < 64; bit++) {
		u64 value = 1ull << bit;

		top[1] = page_pa(directory) | PTE_P | value;
		if (bit >= 12 && !(value & (high | 1ull << 63)))
			continue;	/* an address */
		vmi(SetCR3, page_pa(top));
		reads(1 << 30, bit >= 12 || value & 0x186);
	}
	vmi(SetCR3, page_pa(swapper));
}

static void t_reserved(void)
{
	void *e = entry(swapper, TABLES, 2);
	u64 high = reserved_high(), page = page_pa(table(0)) | PAGE;

	for (u32 bit = 3; pae && bit < 63; bit++) {
		u64 value = 1ull << bit;

		if (bit >= 12 && !(value & high))
			continue;	/* an address */
		map_area(0, page | value);
		reads(area(0), value & high);
		set_entry(word(table(2), 0), page, VMI_PAGE_PT);
		if (bit == 7)
			continue;
		set_entry(e, page_pa(table(2)) | PAGE | value, VMI_PAGE_PD);
		vmi(InvalPage, TABLES);
		reads(TABLES, value & high);
	}
	for (u32 bit = 8; bit < (pae ? 21 : 22); bit++) {
		set_entry(e, PAGE | PTE_PS | 1u << bit, VMI_PAGE_PD);
		vmi(InvalPage, TABLES);
		reads(TABLES, bit > 12);
	}
	if (pae)
		t_reserved_top(high);
	map_area(0, 0);
	set_entry(e, 0, VMI_PAGE_PD);
	vmi(FlushTLB, VMI_FLUSH_TLB | VMI_FLUSH_GLOBAL);
	sound();
}

/* The directory of the boot is still in swapper, behind the PDPT. */
static void t_flips(void)
{
	u32 cr4 = (u32)vmi(GetCR4);

	if (!option("pae"))
		return skip("there is but one format");
	for (u32 i = 0; i < 200; i++) {
		vmi(SetCR4, cr4 & ~CR4_PAE);
		if (i & 1)
			traps(poke, NOWHERE + i * PAGE_SIZE);
		vmi(SetCR3, page_pa(swapper));
		vmi(SetCR4, cr4);
		CHECK(traps(peek, NOWHERE));
		if (i & 2)
			vmi(SetCR0, (u32)vmi(GetCR0) ^ CR0_WP);
	}
	vmi(SetCR0, (u32)vmi(GetCR0) | CR0_WP);
	sound();
}

/* More tables than there is memory for shadows: and all hold what they did. */
static void t_many(void)
{
	u32 *mark = table(0);

	*mark = 0xaaaa0001;
	store_entry(word(table(6), 0), page_pa(mark) | PAGE);
	for (u32 n = 0; n < words(); n++)
		store_entry(word(table(7), n),
			    page_pa(table(6)) | PTE_P | PTE_W | PTE_U);
	for (u32 round = 0; round < 12; round++) {
		void *space = round < 6 ? new_space() : NULL;
		static void *spaces[6];
		u32 at = 0;

		if (space)
			spaces[round] = space;
		space = spaces[round % 6];
		for (u32 i = 0; i < 256; i++)
			set_entry(entry(space, 0x40000000 + i * span(), 2),
				  page_pa(table(6)) | PTE_P | PTE_W | PTE_U,
				  VMI_PAGE_PD);
		vmi(SetCR3, page_pa(space));
		for (u32 i = 0; i < 256; i++) {
			at = 0x40000000 + i * span();
			if (!EQ(*(volatile u32 *)at, 0xaaaa0001))
				break;
		}
		vmi(SetCR3, page_pa(swapper));
	}
	EQ(self_check(), 0);
	sound();
}

const struct test attack_page_tests[] = {
	{ "no entry maps the monitor's memory", t_hidden },
	{ "the monitor does not read or write itself for the guest", t_deputy },
	{ "the monitor's memory is no table", t_as_table },
	{ "no large page maps the monitor's memory", t_large },
	{ "announcing what is no table does no harm", t_announce },
	{ "tables that change under the shadow map nothing hidden", t_changes },
	{ "tables of themselves are just tables", t_recursive },
	{ "tables in ROM and in devices hang nobody", t_rom_tables },
	{ "reserved bits of the guest's tables show in its faults", t_reserved },
	{ "two levels and three in turn", t_flips },
	{ "many tables", t_many },
	{ }
};
