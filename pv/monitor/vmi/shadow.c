// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is in a shadow table: each entry is a function of one entry of the guest's,
 * value_of(), made when it is needed and again when that has changed. pool.c has
 * the pages, walk.c reads the guest's tables.
 *
 * What must hold, or the guest reaches the monitor: no entry that maps a page
 * names a frame of the monitor, but for the window in the last part of level 2.
 */
#include <monitor/vmi/pool.h>

#define LARGE_FRAMES	512		/* of what an L2 entry maps */

/* How an entry is made. */
#define CREATE		1		/* what it points to too, if there is none */
#define KERNEL_WRITES	2		/* although it is read-only: no CR0.WP */

/* ---- entries ------------------------------------------------------------------ */

/*
 * Not before the guest's entry says that the page was accessed, and not writable
 * before it says that it was written to: on that, the CPU has to fault, so that
 * walk() sets A and D. Without CR0.WP the kernel writes to what is read-only:
 * then it alone has the page.
 */
static u64 leaf_rights(u64 e, u32 how)
{
	u64 rights = e & (PTE_P | PTE_U | PTE_NX);

	if (!(e & PTE_A))
		return 0;
	if (how & KERNEL_WRITES)
		return (rights & ~(u64)PTE_U) | PTE_W;
	if (e & PTE_D)
		rights |= e & PTE_W;
	return rights;
}

/* An entry that maps a page. */
static u64 leaf(u64 e, u64 cache, u32 how)
{
	u64 rights = leaf_rights(e, how);

	if (!(rights & PTE_P) || hidden(PTE_MFN(e)))
		return 0;
	if (guarded(PTE_MFN(e)))
		rights &= ~(u64)PTE_W;
	return (e & PTE_FRAME) | (e & cache) | rights | PTE_A | PTE_D;
}

static u64 level1_value(const struct shadow *s, u32 n, u32 how)
{
	u64 e;

	if (s->part & PART_SPLINTER)
		return leaf((s->table + n * PAGE_SIZE) | PTE_P | PTE_W | PTE_U |
			    PTE_A | PTE_D, 0, 0);
	if (paging_wide()) {
		e = guest_entry(s->table + n * 8);
		if (e & reserved_bits)
			return 0;
	} else {
		e = guest_entry(s->table + (s->part & PART_HALF) * 2048 + n * 4);
	}
	if (!(paging.cr0 & CR0_WP))
		e &= ~(u64)PART_RIGHTS | s->part;
	return leaf(e, PTE_PWT | PTE_PCD | PTE_PS, how);
}

/* A link to the shadow of that, which is the one that is there now or another. */
static u64 link(u64 now, u64 table, u32 level, u32 part, u64 rights, u32 how)
{
	u16 to = target(now);

	if (!is_link(level + 1, now) || pool[to].table != table ||
	    pool[to].part != part) {
		to = pool_find(table, level, part);
		if (to == NONE && how & CREATE)
			to = pool_make(table, level, part);
		if (to == NONE)
			return 0;
	}
	return link_to(to, rights);
}

/* 2 MiB in which not all frames are alike. */
static bool is_mixed(u64 first)
{
	return (first < memory.hidden_end && first + LARGE_FRAMES > memory.hidden) ||
	       memory.guarded[0] - first < LARGE_FRAMES ||
	       memory.guarded[1] - first < LARGE_FRAMES;
}

/* 2 MiB of a large page. What is not all the guest's gets an L1 table. */
static u64 large_value(u64 e, u32 va, u64 now, u32 how)
{
	u64 base = large_base(e, va), first = base >> PAGE_SHIFT, rights;

	if (large_wrong(e))
		return 0;
	if (is_mixed(first)) {
		rights = leaf_rights(e, how);
		return rights ? link(now, base, 1, PART_SPLINTER, rights, how) : 0;
	}
	e = leaf(base | (e & ~PTE_FRAME) | (e & LARGE_PAT), PTE_PWT | PTE_PCD,
		 how);
	return e ? e | PTE_PS : 0;
}

static u64 level2_value(const struct shadow *s, u32 n, u64 now, u32 how)
{
	u32 part = 0;
	u64 e;

	if (paging_wide()) {
		e = guest_entry(s->table + n * 8);
	} else {
		e = guest_entry(s->table + s->part * 1024 + n / 2 * 4);
		part = n & PART_HALF;
	}
	if ((e & (PTE_P | PTE_A)) != (PTE_P | PTE_A) || entry_wrong(e))
		return 0;
	if (is_large(e))
		return large_value(e, n << 21, now, how);
	/* One entry may be writable to the kernel alone: then all are asked. */
	if (!(paging.cr0 & CR0_WP)) {
		part |= e & PART_RIGHTS;
		e |= PART_RIGHTS;
	}
	return link(now, e & PTE_FRAME, 1, part, e & PTE_RIGHTS, how);
}

/* The last one is always there, for the window. */
static u64 level3_value(const struct shadow *s, u32 n, u64 now, u32 how)
{
	u64 e, table = s->table;
	u32 part = n;

	if (paging_wide()) {
		e = guest_entry(s->table + n * 8);
		table = e & PTE_P && !entry_wrong(e | (e & PTE_NX)) ?
			e & PTE_FRAME : NO_TABLE;
		part = n == TOP_GIB ? PART_TOP : 0;
		if (table == NO_TABLE && n != TOP_GIB)
			return 0;
	}
	return link(now, table, 2, part, PTE_P | PTE_W | PTE_U, how);
}

/* The entry as the guest's tables have it now. */
static void refresh(u16 i, u32 n, u32 how)
{
	const struct shadow *s = &pool[i];
	u64 now = entries(i)[n];

	put_entry(i, n, s->level == 1 ? level1_value(s, n, how) :
		  s->level == 2 ? level2_value(s, n, now, how) :
		  level3_value(s, n, now, how));
}

/* All that lead to va, the last one as well. */
static void map(u32 va, u32 how)
{
	u16 i = root;

	for (u32 level = 3; ; level--) {
		u32 n = va >> (3 + 9 * level) & (ENTRIES - 1);
		u64 e;

		refresh(i, n, how);
		e = entries(i)[n];
		if (!is_link(level, e))
			return;
		i = target(e);
	}
}

/* Entries that are there, as long as nothing is told of their changes. */
static void read_again(u16 i)
{
	const u64 *e = entries(i);

	for (u64 left = pool[i].used; left; left &= left - 1) {
		u32 n = __builtin_ctzll(left) * 8;

		for (u32 stop = min(n + 8, entries_end(&pool[i])); n < stop; n++)
			if (e[n])
				refresh(i, n, 0);
	}
}

/* ---- for the world ------------------------------------------------------------ */

void shadow_init(const struct shadow_memory *m)
{
	walk_init(m);
	pool_init();
}

/* The table that CR3 names is in force; the CPU knows nothing old. */
static void use_root(void)
{
	u64 table = walk_root();
	u16 l3 = pool_find(table, 3, 0);

	if (l3 == NONE)
		l3 = pool_make(table, 3, 0);
	else if (!is_announced(table))
		read_again(l3);
	refresh(l3, TOP_GIB, CREATE);
	if (l3 != root)
		pool_base(l3);
	else
		flush_if_stale();
}

static void read_loose(void)
{
	for (u32 k = loose_count; k--;)
		if (pool[loose[k]].links)
			read_again(loose[k]);
		else
			pool_drop(loose[k]);
}

void shadow_flush(bool global)
{
	pool_room();
	for (u32 i = 0; global && i < pool_fresh; i++)
		read_again(i);
	read_loose();
	use_root();
}

void shadow_mode(const struct paging *now)
{
	u32 cr4 = now->cr4 ^ paging.cr4;
	bool other = (now->cr0 ^ paging.cr0) & CR0_WP ||
		     cr4 & (CR4_PAE | CR4_PSE) || now->nx != paging.nx;

	walk_mode(now);
	if (other)
		pool_drop_all();
	shadow_flush(cr4 & CR4_PGE);
}

void shadow_invlpg(u32 va)
{
	if (va < VMI_TOP && root != NONE) {
		map(va, 0);
		/* A large page may be two. */
		if (!paging_wide())
			map(va ^ 1u << 21, 0);
	}
	flush_page(va);
}

bool shadow_fault(u32 va, u32 *error)
{
	u32 kind = *error & (PF_WRITE | PF_USER | PF_EXEC), how = CREATE, wrong;

	pool_room();
	if (root == NONE)
		use_root();
	if (va >= VMI_TOP) {
		refresh(root, TOP_GIB, CREATE);
		if (va - VMI_TOP < PAGE_SIZE && !(kind & (PF_USER | PF_EXEC)))
			return true;
		wrong = PF_PRESENT;
	} else {
		wrong = walk(va, kind);
	}
	if (!wrong) {
		if ((kind & (PF_WRITE | PF_USER)) == PF_WRITE &&
		    !(paging.cr0 & CR0_WP))
			how |= KERNEL_WRITES;
		map(va, how);
		return true;
	}
	if (!paging_wide() || !paging.nx)
		kind &= ~PF_EXEC;
	*error = kind | (wrong & (PF_PRESENT | PF_RESERVED));
	return false;
}

static void entry_changed(u16 i, u64 machine)
{
	const struct shadow *s = &pool[i];
	u32 wide = paging_wide(), n = (machine & 0xfff) >> (wide ? 3 : 2);

	if (s->level == 3) {
		if (wide && machine >> 5 == s->table >> 5)
			refresh(i, n & 3, CREATE);
		return;
	}
	if (s->part & PART_SPLINTER)
		return;
	if (!wide && s->level == 1) {
		if (n >> 9 != (s->part & PART_HALF))
			return;
		n &= ENTRIES - 1;
	} else if (!wide) {
		if (n >> 8 != s->part)
			return;
		n = (n & 255) * 2;
		if (n + 1 < entries_end(s))
			refresh(i, n + 1, 0);
	}
	if (n < entries_end(s))
		refresh(i, n, 0);
}

void shadow_entry(u64 machine)
{
	pool_room();
	for_each_of_page(i, machine)
		entry_changed(i, machine);
}

void shadow_announce(u32 pfn)
{
	u64 table = (u64)pfn << PAGE_SHIFT;

	if (table >> 32)
		return;
	pool_announce(table);
	for_each_of_page(i, table)
		read_again(i);
}

void shadow_release(u32 pfn)
{
	u64 table = (u64)pfn << PAGE_SHIFT;

	if (!(table >> 32))
		pool_release(table);
}
