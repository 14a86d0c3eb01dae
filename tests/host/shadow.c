// SPDX-License-Identifier: GPL-2.0-or-later
/* Shadow paging, each property alone; shadow.h has the machine. */
/* link: */
#include "shadow.h"

static u32 dir_of(u32 va)
{
	return !is_wide() ? ROOT : va >> 30 == 3 ? DIR_TOP : DIR;
}

/* One page at VA, one at KERNEL_VA; nothing used yet. */
static void build(u32 cr4, bool nx)
{
	power_on(POOL_PAGES, cr4, nx);
	if (is_wide()) {
		store(ROOT, 0, pte(DIR, PTE_P));
		store(ROOT, 3, pte(DIR_TOP, PTE_P));
	}
	store(dir_of(VA), dir_index(VA), pte(TAB, RIGHTS));
	store(dir_of(KERNEL_VA), dir_index(KERNEL_VA), pte(TAB_TOP, RIGHTS));
	store(TAB, tab_index(VA), pte(PAGE, RIGHTS));
	store(TAB_TOP, tab_index(KERNEL_VA), pte(PAGE + 1, PTE_P | PTE_W));
}

static void announce_all(void)
{
	for (u32 frame = 0; frame < TABLES_NAMED; frame++)
		shadow_announce(frame);
}

/* How many page faults the monitor sees meanwhile. */
static u32 faults_of(u32 va, u32 kind)
{
	u32 before = faults;

	same(va, kind);
	return faults - before;
}

static void test_accessed(void)
{
	FOR_EACH_FORMAT(f) {
		u32 dir, tab;

		build(*f, false);
		dir = dir_of(VA);
		tab = tab_index(VA);
		EQ(faults_of(VA, READ), 1);
		EQ(load(TAB, tab), pte(PAGE, RIGHTS | PTE_A));
		EQ(load(dir, dir_index(VA)), pte(TAB, RIGHTS | PTE_A));
		EQ(faults_of(VA, USER), 0);
		EQ(faults_of(VA, USER | WRITE), 1);
		EQ(load(TAB, tab), pte(PAGE, USED));
		EQ(faults_of(VA, WRITE), 0);
		EQ(load(ROOT, 0), *f == WIDE ? pte(DIR, PTE_P) : 0);
		/* Test and clear, as a guest looks for pages that are not used. */
		announce_all();
		store(TAB, tab, pte(PAGE, RIGHTS | PTE_A));
		told(TAB, tab);
		shadow_invlpg(VA);
		EQ(faults_of(VA, READ), 0);
		EQ(faults_of(VA, WRITE), 1);
		EQ(load(TAB, tab), pte(PAGE, USED));
		store(TAB, tab, pte(PAGE, RIGHTS));
		told(TAB, tab);
		shadow_flush(false);
		EQ(faults_of(VA, READ), 1);
		EQ(load(TAB, tab), pte(PAGE, RIGHTS | PTE_A));
		/* Not of what is refused. */
		store(TAB, tab, pte(PAGE, PTE_P));
		told(TAB, tab);
		shadow_invlpg(VA);
		same(VA, USER);
		same(VA, WRITE);
		EQ(load(TAB, tab), pte(PAGE, PTE_P));
		sound();
	}
}

static void test_wp(void)
{
	FOR_EACH_FORMAT(f) {
		build(*f, true);
		store(TAB, tab_index(VA), pte(PAGE, PTE_P | PTE_U));
		/* The same table where the kernel alone may go. */
		store(dir_of(VA), 0, pte(TAB, PTE_P | PTE_W));
		shadow_flush(true);
		for (u32 wp = 0; wp < 3; wp++) {
			load_cr(wp & 1 ? 0 : CR0_WP, cr.cr3, cr.cr4, cr.nx);
			for (u32 n = 0; n < 40; n++) {
				u32 va = (rnd() & 1 ? VA : VA & 0x1fffff);

				same(va, rnd() & (PF_USER | PF_WRITE));
			}
		}
		sound();
	}
}

static void test_nx(void)
{
	FOR_EACH_FORMAT(f) {
		for (u32 nx = 0; nx < 2; nx++) {
			build(*f, nx);
			same(VA, EXEC);
			same(VA + PAGE_SIZE, EXEC | USER);
			if (*f == NARROW)
				continue;
			store(TAB, tab_index(VA), pte(PAGE, RIGHTS | PTE_NX));
			store(DIR_TOP, dir_index(KERNEL_VA),
			      pte(TAB_TOP, RIGHTS | PTE_NX));
			shadow_flush(false);
			for (u32 kind = 0; kind < 2; kind++) {
				same(VA, kind * EXEC);
				same(KERNEL_VA, kind * EXEC);
			}
		}
	}
}

static void test_large(void)
{
	/* 2 MiB without and with pages of the monitor, memory, devices. */
	static const u64 bases[] = { 0, 0x200, 0x400, 0xfe000, 0xfec00, 0xfee00,
					0x100000 };

	FOR_EACH_FORMAT(f) {
		for (u32 i = 0; i < ARRAY_SIZE(bases); i++) {
			u64 base = bases[i], e;

			if (*f == NARROW)
				base = base >> 32 | (base & ~0x3ffull);
			build(*f, false);
			announce_all();
			e = pte(base, RIGHTS | PTE_PS | PTE_PCD);
			store(dir_of(VA), dir_index(VA), e);
			told(dir_of(VA), dir_index(VA));
			shadow_invlpg(VA);
			for (u32 n = 0; n < 1024; n += 5)
				same((VA & 0xffc00000) + n * PAGE_SIZE,
				     rnd() & (PF_USER | PF_WRITE));
			sound();
			/* All of it changes with one entry. */
			store(dir_of(VA), dir_index(VA), e & ~(u64)PTE_W);
			told(dir_of(VA), dir_index(VA));
			shadow_invlpg(VA);
			for (u32 n = 0; n < 1024; n += 5)
				same((VA & 0xffc00000) + n * PAGE_SIZE, WRITE);
			load_cr(CR0_WP, cr.cr3, cr.cr4 & ~CR4_PSE, false);
			same(VA, READ);
			sound();
		}
	}
}

/* A switch to other tables and back costs no fault. */
static void test_kept(void)
{
	FOR_EACH_FORMAT(f) {
		build(*f, false);
		memcpy(machine[ROOT_2], machine[ROOT], PAGE_SIZE);
		memcpy(ideal[ROOT_2], ideal[ROOT], PAGE_SIZE);
		announce_all();
		/* A PAE kernel announces its directories alone: vmi-abi 4.4. */
		if (*f == WIDE)
			shadow_release(ROOT);
		same(VA, WRITE);
		same(KERNEL_VA, WRITE);
		load_root(ROOT_2);
		same(KERNEL_VA, WRITE);
		same(VA, WRITE);
		load_root(ROOT);
		shadow_flush(false);
		EQ(faults_of(VA, WRITE), 0);
		EQ(faults_of(KERNEL_VA, WRITE), 0);
		load_root(ROOT_2);
		EQ(faults_of(VA, WRITE), 0);
		EQ(faults_of(KERNEL_VA, WRITE), 0);
		/* Nothing has changed: nothing to forget. */
		flushes = 0;
		shadow_flush(false);
		EQ(flushes, 0);
		sound();
	}
}

/* A page that was an L1 becomes an L2, and the CPU still knows the way to it. */
static void test_reused(void)
{
	FOR_EACH_FORMAT(f) {
		u32 va = 0x40200000, dir = *f == WIDE ? DIR_2 : ROOT;

		build(*f, false);
		announce_all();
		/* The way to VA, but not VA itself. */
		store(TAB, tab_index(VA) + 1, pte(PAGE, RIGHTS));
		same(VA + PAGE_SIZE, WRITE);
		store(dir_of(VA), dir_index(VA), 0);
		told(dir_of(VA), dir_index(VA));
		shadow_release(TAB);
		if (*f == WIDE) {
			store(ROOT, va >> 30, pte(DIR_2, PTE_P));
			told(ROOT, va >> 30);
		}
		store(dir, dir_index(va), pte(TAB_2, RIGHTS));
		told(dir, dir_index(va));
		store(TAB_2, tab_index(va), pte(PAGE, RIGHTS));
		same(va, WRITE);
		access(VA, WRITE);
		sound();
	}
}

/* What nobody tells of and nobody can reach takes no room. */
static void test_left(void)
{
	FOR_EACH_FORMAT(f) {
		u32 made;

		build(*f, false);
		same(VA, WRITE);
		same(KERNEL_VA, WRITE);
		load_root(ROOT_2);
		for (u32 n = 0; n < 3; n++)
			shadow_flush(false);
		made = 0;
		for (u32 i = 0; i < pool_fresh; i++)
			made += pool[i].level != 0;
		EQ(made, 2);
		EQ(loose, 1);
		sound();
	}
}

/* A table that nobody told of: each change is seen when the CPU would see it. */
static void test_loose(void)
{
	FOR_EACH_FORMAT(f) {
		u32 dir;

		build(*f, false);
		dir = dir_of(VA);
		same(VA, WRITE);
		store(TAB, tab_index(VA), pte(PAGE + 2, RIGHTS));
		shadow_invlpg(VA);
		same(VA, WRITE);
		store(TAB, tab_index(VA), 0);
		shadow_flush(false);
		same(VA, WRITE);
		/* Announced in between, with what is in it by then. */
		store(TAB, tab_index(VA), pte(PAGE, RIGHTS));
		same(VA, WRITE);
		store(TAB, tab_index(VA), pte(PAGE + 3, RIGHTS));
		shadow_announce(TAB);
		shadow_flush(false);
		same(VA, WRITE);
		shadow_release(TAB);
		store(TAB_2, tab_index(VA), pte(PAGE + 3, RIGHTS));
		store(dir, dir_index(VA), pte(TAB_2, RIGHTS));
		load_root(ROOT);
		same(VA, WRITE);
		store(dir, dir_index(VA), pte(TAB_2, PTE_P));
		shadow_flush(false);
		same(VA, WRITE);
		same(VA, USER);
		store(dir, dir_index(VA), pte(TAB, RIGHTS));
		shadow_invlpg(VA);
		same(VA, READ);
		/* Of a large page, all that it maps. */
		for (u32 n = 0; n < 2; n++) {
			store(dir, dir_index(VA), pte(n << 10, USED | PTE_PS));
			shadow_invlpg(VA);
			same(VA, READ);
			if (*f == NARROW)
				same(VA ^ 0x200000, READ);
		}
		if (*f == WIDE) {
			store(ROOT, 0, pte(DIR_2, PTE_P));
			load_root(ROOT);
			same(VA, READ);
		}
		sound();
	}
}

/* A changed entry that was used already needs no fault. */
static void test_told(void)
{
	FOR_EACH_FORMAT(f) {
		build(*f, false);
		announce_all();
		same(VA, READ);
		for (u32 n = 0; n < 3; n++) {
			store(TAB, n + tab_index(VA), pte(PAGE + 5 + n, USED));
			told(TAB, n + tab_index(VA));
			if (!n)
				shadow_invlpg(VA);
			EQ(faults_of(VA + n * PAGE_SIZE, USER | WRITE), 0);
		}
		/* Without a word of it, seen when all is forgotten. */
		store(TAB, tab_index(VA), 0);
		shadow_flush(true);
		same(VA, READ);
		sound();
	}
}

static void test_window(void)
{
	FOR_EACH_FORMAT(f) {
		build(*f, true);
		/* What the guest has there is not asked. */
		store(dir_of(VMI_TOP), dir_index(VMI_TOP), pte(TAB, USED));
		store(TAB, 0, pte(PAGE, USED));
		for (u32 root = ROOT; root < TABLES_NAMED; root++) {
			load_root(root);
			EQ(faults_of(VMI_TOP, WRITE), 0);
			same(VMI_TOP, USER);
			same(VMI_TOP, EXEC);
			same(VMI_TOP + PAGE_SIZE, READ);
			same(VMI_TOP + 0x200000, WRITE);
			same(0xfffff000, USER | EXEC);
			/* The table with the window goes, in force. */
			shadow_release(dir_of(VMI_TOP));
			shadow_entry(root * PAGE_SIZE + 24);
			same(VMI_TOP, READ);
			same(VMI_TOP, WRITE);
			sound();
		}
	}
}

/* What is no table and no page of the guest's. */
static void test_hidden(void)
{
	static const u64 none[] = {
		HIDDEN, HIDDEN + 1, POOL + 8, HIDDEN_END - 1, FRAMES, 0xfee00,
		0xfffff, 0x100000, 0x10000000,
	};

	FOR_EACH_FORMAT(f) {
		for (u32 i = 0; i < ARRAY_SIZE(none); i++) {
			if (*f == NARROW && none[i] >> 20)
				continue;
			build(*f, false);
			store(TAB, tab_index(VA), pte(none[i], RIGHTS));
			same(VA, WRITE);
			store(TAB, tab_index(VA), pte(none[i], USED));
			told(TAB, tab_index(VA));
			same(VA, WRITE);
			store(dir_of(VA), dir_index(VA), pte(none[i], USED));
			shadow_flush(true);
			same(VA, WRITE);
			if (*f == WIDE) {
				store(ROOT, 0, pte(none[i], PTE_P));
				shadow_flush(false);
				same(VA, READ);
			}
			if (!(none[i] >> 20)) {
				load_root(none[i]);
				same(VA, READ);
				same(VMI_TOP, WRITE);
			}
			sound();
		}
	}
}

/* Table after table, with less room than they need. */
static void test_room(void)
{
	FOR_EACH_FORMAT(f) {
		u32 step = *f == WIDE ? 1u << 21 : 1u << 22;

		power_on(32, *f, false);
		for (u32 i = 0; i < 4; i++)
			if (*f == WIDE)
				store(ROOT, i, pte(DIR, PTE_P));
		for (u32 n = 0; n < 512; n++)
			store(*f == WIDE ? DIR : ROOT, n,
			      pte(TAB + n % 10, RIGHTS));
		for (u32 n = 0; n < 10; n++)
			store(TAB + n, 0, pte(PAGE + n, RIGHTS));
		for (u32 frame = 0; frame < TABLES; frame++)
			shadow_announce(frame);
		for (u32 n = 0; n < 3000; n++)
			same(rnd() % 500 * step + rnd() % 2 * PAGE_SIZE, WRITE);
		for (u32 n = 0; n < 200; n++) {
			load_root(ROOT + n % TABLES);
			same(rnd() % 500 * step, READ);
		}
		CHECK(shadow_resets);
		sound();
	}
}

/* vmi-abi 4.5: the same page is a directory, then the table of 4 entries. */
static void test_switch(void)
{
	build(NARROW, false);
	shadow_announce(ROOT);
	same(KERNEL_VA, WRITE);
	for (u32 i = 0; i < 4; i++) {
		u64 e = pte(i == 3 ? DIR_TOP : DIR, PTE_P);

		memcpy(machine[ROOT] + i * 8, &e, 8);
		memcpy(ideal[ROOT] + i * 8, &e, 8);
		shadow_announce(i == 3 ? DIR_TOP : DIR);
		shadow_entry(i * 8);
		same(KERNEL_VA, WRITE);
	}
	for (u32 n = 0; n < 512; n++) {
		u64 e = pte(n ^ 0x400, USED | PTE_PS);

		memcpy(machine[DIR_TOP] + n * 8, &e, 8);
		memcpy(ideal[DIR_TOP] + n * 8, &e, 8);
		shadow_entry(DIR_TOP * PAGE_SIZE + n * 8);
	}
	load_root(ROOT);
	same(KERNEL_VA, WRITE);
	load_cr(CR0_WP, cr.cr3, WIDE, false);
	shadow_flush(true);
	same(KERNEL_VA, WRITE);
	same(VA, READ);
	load_cr(CR0_WP, cr.cr3, NARROW, false);
	same(KERNEL_VA, READ);
	sound();
}

/* Each kind of entry that breaks a rule, in each kind of table. */
static void test_selfcheck(void)
{
	u64 *e, old;
	u16 l2, l1, l1_free;

	build(WIDE, false);
	same(VA, WRITE);
	same(KERNEL_VA, WRITE);
	l2 = target(entries(root)[3]);
	l1 = target(entries(l2)[L2_INDEX(KERNEL_VA)]);
	l1_free = target(entries(target(entries(root)[0]))[L2_INDEX(VA)]);
	shadow_release(TAB);
	struct {
		u16 table;
		u32 n;
		u64 value;
	} bad[] = {
		{ l1, 1, pte(HIDDEN, USED) }, { l1, 1, pte(POOL + 5, PTE_P) },
		{ l1, 400, pte(PAGE, USED) }, { l1, 1, pte(PAGE, PTE_W) },
		{ l2, 1, pte(0x200, USED | PTE_PS) },
		{ l2, 1, pte(POOL + 1 + l2, USED) }, { l2, 1, pte(PAGE, USED) },
		{ l2, WINDOW, 0 }, { l2, 511, pte(PAGE, USED) },
		{ l2, WINDOW, window_link() | PTE_U },
		{ root, 2, entries(root)[3] }, { root, 4, entries(root)[0] },
		{ root, 0, 0 }, { l1_free, 5, pte(PAGE, USED) },
	};

	sound();
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		e = &entries(bad[i].table)[bad[i].n];
		old = *e;
		*e = bad[i].value;
		if (!CHECK(shadow_selfcheck()))
			printf("# number %u\n", i);
		*e = old;
		sound();
	}
	e = mfn_va(POOL);
	e[7] = pte(PAGE, USED);
	CHECK(shadow_selfcheck());
	e[7] = 0;
	pool[l1].links++;
	CHECK(shadow_selfcheck());
	pool[l1].links--;
	sound();
}

static const struct tap_test tests[] = {
	{ "A and D are set as by a CPU, and no sooner", test_accessed },
	{ "CR0.WP clear: the kernel writes to what is read-only, it alone",
	  test_wp },
	{ "NX forbids to execute if EFER has it, and else is reserved", test_nx },
	{ "large pages, but not the monitor's part of one", test_large },
	{ "a change to other tables and back costs no page fault", test_kept },
	{ "a page is used again when the CPU has forgotten it", test_reused },
	{ "a table that is not announced is left with all below it", test_left },
	{ "tables that are not announced: changes seen when a CPU sees them",
	  test_loose },
	{ "an entry that is told of and was used costs no page fault", test_told },
	{ "the window is in every address space, and the kernel's alone",
	  test_window },
	{ "no table and no page is the monitor's, or no memory", test_hidden },
	{ "with less room than shadows need they are made anew", test_room },
	{ "from two levels to PAE and back on the same page", test_switch },
	{ "the self-check sees each entry that is wrong", test_selfcheck },
};

TAP_MAIN(tests)

