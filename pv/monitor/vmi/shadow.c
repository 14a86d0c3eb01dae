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
	if (how & KERNEL_WRITES && !(e & PTE_W))
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

/* The entry of the guest's page that the first one here is made of... */
static u32 first_index(const struct shadow *s)
{
	if (paging_wide())
		return s->table % PAGE_SIZE / 8;
	return s->level == 1 ? s->part % 2 * 512 : s->level == 2 ? s->part * 256 : 0;
}

/* ...and how many are made of each. */
static u32 per_entry(const struct shadow *s)
{
	return s->level == 2 && !paging_wide() ? 2 : 1;
}

static u64 entry_of(const struct shadow *s, u32 n)
{
	if (paging_wide())
		return guest_entry(s->table + n * 8);
	return guest_entry(s->table + (first_index(s) + n / per_entry(s)) * 4);
}

static u64 level1_value(const struct shadow *s, u32 n, u32 how)
{
	u64 e = entry_of(s, n);

	if (s->part & PART_SPLINTER)
		return leaf((s->table + n * PAGE_SIZE) | PTE_P | PTE_W | PTE_U |
			    PTE_A | PTE_D, 0, 0);
	if (entry_wrong(e))
		return 0;
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
	return (first < memory.hidden_end &&
		first + LARGE_FRAMES > memory.hidden) ||
	       memory.guarded[0] - first < LARGE_FRAMES ||
	       memory.guarded[1] - first < LARGE_FRAMES ||
	       MESSAGES - first < LARGE_FRAMES;
}

/* 2 MiB of a large page. What is mixed gets an L1 table. */
static u64 large_value(u64 e, u32 va, u64 now, u32 how)
{
	u64 base = large_base(e, va), rights;

	if (large_wrong(e))
		return 0;
	if (is_mixed(base >> PAGE_SHIFT)) {
		rights = leaf_rights(e, how);
		return rights ? link(now, base, 1, PART_SPLINTER, rights, how) : 0;
	}
	e = leaf(base | (e & ~PTE_FRAME) | (e & LARGE_PAT), PTE_PWT | PTE_PCD,
		 how);
	return e ? e | PTE_PS : 0;
}

static u64 level2_value(const struct shadow *s, u32 n, u64 now, u32 how)
{
	u32 part = paging_wide() ? 0 : n & PART_HALF;
	u64 e = entry_of(s, n);

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
		table = (e & (PTE_P | TOP_RESERVED)) == PTE_P &&
			!entry_wrong(e) ? e & PTE_FRAME : NO_TABLE;
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

/* Entries that are there, of which nothing was told. */
static void read_again(u16 i)
{
	for_each_used(n, i)
		if (entries(i)[n])
			refresh(i, n, 0);
}

/* ---- for the world ------------------------------------------------------------ */

void shadow_init(const struct shadow_memory *m)
{
	walk_init(m);
	pool_init();
}

/*
 * The table that CR3 names is in force; the CPU knows nothing old. One that is
 * left is kept if it was announced.
 */
static void use_root(void)
{
	u64 table = walk_root();
	u16 l3 = pool_find(table, 3, 0), old = root;
	bool is_new = l3 == NONE;

	if (is_new)
		l3 = pool_make(table, 3, 0);
	for (u32 n = 0; n < TOP_GIB && (is_new || !is_announced(table)); n++)
		refresh(l3, n, 0);
	refresh(l3, TOP_GIB, CREATE);
	root = l3;
	if (l3 != old && old != NONE && !is_announced(pool[old].table))
		pool_drop(old);
	if (l3 != old)
		pool_base(l3);
	else if (stale)
		tlb_flush();
}

void shadow_flush(bool global)
{
	pool_room();
	for (u32 i = 0; (global || loose) && i < pool_fresh; i++) {
		bool gone = is_loose(&pool[i]) && !pool[i].links;

		if (gone)
			pool_drop(i);
		else if (global || is_loose(&pool[i]))
			read_again(i);
	}
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
	/* A link stands for many pages. */
	if (stale_links)
		tlb_flush();
	else
		invlpg(va);
}

/* Nothing but the shared page, for the guest's kernel. */
static bool window_fault(u32 va, u32 kind)
{
	refresh(root, TOP_GIB, CREATE);
	return va - VMI_TOP >= PAGE_SIZE || kind & (PF_USER | PF_EXEC);
}

bool shadow_fault(u32 va, u32 *error)
{
	u32 kind = *error & (PF_WRITE | PF_USER | PF_EXEC), how = CREATE, wrong;

	pool_room();
	if (root == NONE)
		use_root();
	if (va >= VMI_TOP)
		wrong = window_fault(va, kind) ? PF_PRESENT : 0;
	else
		wrong = walk(va, kind);
	if (wrong) {
		if (!paging_wide() || !paging.nx)
			kind &= ~PF_EXEC;
		*error = kind | (wrong & (PF_PRESENT | PF_RESERVED));
		return false;
	}
	if ((kind & (PF_WRITE | PF_USER)) == PF_WRITE && !(paging.cr0 & CR0_WP))
		how |= KERNEL_WRITES;
	if (va < VMI_TOP)
		map(va, how);
	return true;
}

void shadow_entry(u64 machine)
{
	u32 index = machine % PAGE_SIZE / (paging_wide() ? 8 : 4);

	pool_room();
	for_each_of_page(i, machine) {
		const struct shadow *s = &pool[i];
		u32 each = per_entry(s), n = (index - first_index(s)) * each;

		for (u32 k = n; k < n + each && k < entries_end(s); k++)
			refresh(i, k, s->level == 3 ? CREATE : 0);
	}
}

void shadow_announce(u32 pfn)
{
	u64 table = (u64)pfn << PAGE_SHIFT;

	if (pfn >= memory.memory_end)
		return;
	pool_announce(table);
	for_each_of_page(i, table)
		read_again(i);
}
