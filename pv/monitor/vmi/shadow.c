// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shadow tables: how they are found, made, linked and dropped; walk.c reads the
 * guest's. In 64-bit mode each has 512 entries of 8 bytes. So a directory of two
 * levels, which maps 4 GiB, has four shadows (its part is which GiB), and a
 * table of that kind, which maps 4 MiB, has two. An L2 for the last GiB also
 * has the window: that is a part of its own.
 *
 * What must hold, or the guest reaches the monitor: a page of the pool gets
 * another use only when no shadow entry points to it, and after the TLB has
 * been flushed; no entry but those names a page of the monitor.
 */
#include <monitor/monitor.h>
#include <monitor/vmi/shadow.h>
#include <monitor/vmi/walk.h>

#define ENTRIES		512
#define POOL_MAX	1024
#define BUCKETS		256
#define NONE		0xffff
#define PATH		3		/* tables that a translation may need */
#define TOP_PART	3
#define WINDOW		(VMI_TOP >> 21 & 511)
#define LINK		(PTE_P | PTE_W | PTE_U | PTE_A)

static struct shadow {
	u64 table;		/* machine address of what it is the shadow of */
	u16 next;		/* in the list of its bucket, or of free ones */
	u16 links;		/* entries, and the base, that point to it */
	u8 level;		/* 1, 2, 3; 0: free */
	u8 part;
} pool[POOL_MAX];

static u32 first, count, loose;	/* loose: how many are not announced */
static u16 bucket[BUCKETS], free_list, free_count;
static u16 root = NONE;		/* in force */
static bool stale;		/* the CPU may know what was dropped */
static const u64 *window;
static u8 announced[1u << 17];	/* a bit for each page below 4 GiB */

struct paging paging;
u32 shadow_made, shadow_resets;

static u64 *entries(u32 i)
{
	return mfn_va(first + i);
}

/* The shadow that an entry of a shadow points to. */
static u16 target(u64 entry)
{
	return PTE_MFN(entry) - first;
}

static bool is_announced(u64 table)
{
	return !(table >> 32) && announced[table >> 15] >> (table >> 12 & 7) & 1;
}

static u16 *bucket_of(u64 table)
{
	return &bucket[table >> 12 & (BUCKETS - 1)];
}

static void flush(void)
{
	write_cr3(read_cr3());
	stale = false;
}

static void unlink(u64 *entry)
{
	if (*entry & PTE_P && !(*entry & PTE_PS)) {
		pool[target(*entry)].links--;
		stale = true;
	}
	*entry = 0;
}

/* Its own entries; those of the window are nobody's to count. */
static void clear(u16 i)
{
	u64 *e = entries(i);
	u32 level = pool[i].level;
	u32 end = level == 2 && pool[i].part == TOP_PART ? WINDOW : ENTRIES;

	for (u32 n = 0; n < end; n++)
		if (level > 1)
			unlink(&e[n]);
		else
			e[n] = 0;
	stale = true;
}

/* Whatever points to it lies one level above. */
static void unlink_all(u16 i)
{
	for (u32 up = 0; up < count && pool[i].links; up++) {
		u64 *e = entries(up);

		if (pool[up].level != pool[i].level + 1)
			continue;
		for (u32 n = 0; n < ENTRIES; n++)
			if ((e[n] & (PTE_P | PTE_PS)) == PTE_P &&
			    PTE_MFN(e[n]) == first + i)
				unlink(&e[n]);
	}
}

static void put_free(u16 i)
{
	pool[i].level = 0;
	pool[i].next = free_list;
	free_list = i;
	free_count++;
}

/* The root in force stays, empty. */
static void drop(u16 i)
{
	u16 *at = bucket_of(pool[i].table);

	clear(i);
	if (i == root)
		return;
	unlink_all(i);
	while (*at != i)
		at = &pool[*at].next;
	*at = pool[i].next;
	loose -= !is_announced(pool[i].table);
	put_free(i);
}

/* All that have to do with a page of the guest. */
static void drop_page(u64 table)
{
	u16 next;

	for (u16 i = *bucket_of(table); i != NONE; i = next) {
		next = pool[i].next;
		if (pool[i].table >> 12 == table >> 12)
			drop(i);
	}
}

/* The tables have another format, or there is no page left for one. */
static void reset(void)
{
	root = NONE;
	monitor_l4[0] = 0;
	flush();
	loose = free_count = 0;
	free_list = NONE;
	for (u32 i = 0; i < BUCKETS; i++)
		bucket[i] = NONE;
	for (u32 i = count; i--;)
		put_free(i);
	shadow_resets++;
}

static void fill_window(u64 *e)
{
	for (u32 n = WINDOW; n < ENTRIES; n++)
		e[n] = 0;
	e[WINDOW] = image_phys(window) | PTE_P | PTE_W | PTE_A;
}

/* The shadow of this table, made empty if there is none. */
static u16 find(u64 table, u32 level, u32 part)
{
	u16 *head = bucket_of(table), i;

	for (i = *head; i != NONE; i = pool[i].next)
		if (pool[i].table == table && pool[i].level == level &&
		    pool[i].part == part)
			return i;
	if (stale)
		flush();
	i = free_list;
	free_list = pool[i].next;
	free_count--;
	pool[i] = (struct shadow){ table, *head, 0, level, part };
	*head = i;
	loose += !is_announced(table);
	shadow_made++;
	memset(entries(i), 0, PAGE_SIZE);
	if (level == 2 && part == TOP_PART)
		fill_window(entries(i));
	return i;
}

/* The entry points to that shadow, with these rights. */
static u16 link(u64 *entry, u16 to, u64 flags)
{
	u64 value = (u64)(first + to) << PAGE_SHIFT | flags;

	if (!(*entry & PTE_P) || *entry & PTE_PS || target(*entry) != to) {
		unlink(entry);
		pool[to].links++;
	}
	*entry = value;
	return to;
}

static void set_root(void)
{
	u16 old = root;

	root = find(walk_root(), 3, 0);
	pool[root].links++;
	if (old != NONE)
		pool[old].links--;
	monitor_l4[0] = (u64)(first + root) << PAGE_SHIFT | LINK;
}

/* ---- leaves ----------------------------------------------------------------- */

/*
 * Not before the guest's entry says that the page was accessed, and not writable
 * before it says that it was written. Without CR0.WP the kernel writes to what
 * is read-only: then it alone has the page.
 */
static u64 leaf_flags(u64 e, bool kernel_writes)
{
	u64 flags = e & (PTE_P | PTE_U | PTE_PWT | PTE_PCD);

	if (!(e & PTE_A))
		return 0;
	if (paging.nx)
		flags |= e & PTE_NX;
	if (kernel_writes)
		flags = (flags | PTE_W) & ~(u64)PTE_U;
	else if (e & PTE_W && e & PTE_D)
		flags |= PTE_W;
	return flags | PTE_A | PTE_D;
}

static u64 leaf(u64 e, bool kernel_writes)
{
	u64 flags = leaf_flags(e, kernel_writes);

	return flags & PTE_P && !hidden(PTE_MFN(e)) ? flags | (e & PTE_FRAME) :
	       0;
}

/* 2 MiB of a large page of 2 or 4. */
static u64 large_leaf(u64 e, u32 va, bool kernel_writes)
{
	u64 flags = leaf_flags(e, kernel_writes), base;

	if (paging_wide())
		base = e & PTE_FRAME & ~0x1fffffull;
	else
		base = (e & 0xffc00000) | (va & 0x200000);
	return flags & PTE_P && !hidden(base >> PAGE_SHIFT) ?
	       base | flags | PTE_PS : 0;
}

static u32 l1_part(u32 va)
{
	return paging_wide() ? 0 : va >> 21 & 1;
}

static u32 l2_part(u32 va)
{
	u32 gib = va >> 30;

	return !paging_wide() || gib == TOP_PART ? gib : 0;
}

/* Makes the translation that the walk found. */
static void map(u32 va, const struct walk *w, bool kernel_writes)
{
	u64 *l3e, *l2e;
	u16 l2;

	if (free_count < PATH)
		reset();
	if (root == NONE)
		set_root();
	l3e = entries(root) + (va >> 30);
	l2 = link(l3e, find(w->directory, 2, l2_part(va)), LINK);
	l2e = entries(l2) + (va >> 21 & 511);
	if (w->large) {
		unlink(l2e);
		*l2e = large_leaf(w->leaf, va, kernel_writes);
		return;
	}
	l2 = link(l2e, find(w->table, 1, l1_part(va)), w->upper | PTE_A);
	entries(l2)[va >> 12 & 511] = leaf(w->leaf, kernel_writes);
}

/* ---- for the world ------------------------------------------------------------ */

void shadow_init(u32 first_mfn, u32 pages, const u64 *l1)
{
	first = first_mfn;
	count = min(pages, (u32)POOL_MAX);
	window = l1;
	reset();
}

static void drop_loose(void)
{
	for (u32 i = 0; i < count && loose; i++)
		if (pool[i].level && !is_announced(pool[i].table))
			drop(i);
}

void shadow_mode(const struct paging *now)
{
	bool other = (now->cr0 ^ paging.cr0) & (CR0_WP | CR0_PG) ||
		     (now->cr4 ^ paging.cr4) & (CR4_PAE | CR4_PSE) ||
		     now->nx != paging.nx;

	paging = *now;
	if (other || free_count < PATH)
		reset();
	set_root();
	shadow_flush();
}

void shadow_flush(void)
{
	if (loose)
		drop_loose();
	flush();
}

u32 shadow_fault(u32 va, u32 error)
{
	struct walk w;
	u32 kind = error & (PF_WRITE | PF_USER | PF_EXEC);
	u32 wrong;

	if (va >= VMI_TOP)
		return kind | PF_PRESENT;
	wrong = walk(va, kind, &w);
	if (wrong)
		return kind | (wrong & (PF_PRESENT | PF_RESERVED));
	map(va, &w, w.kernel_writes);
	invlpg(va);
	return 0;
}

/* What is there is read again, so that no fault has to follow. */
void shadow_invlpg(u32 va)
{
	struct walk w;
	u64 *e;

	if (va < VMI_TOP && root != NONE) {
		e = entries(root) + (va >> 30);
		if (*e & PTE_P && walk_only(va, &w))
			map(va, &w, false);
		else if (*e & PTE_P) {
			e = entries(target(*e)) + (va >> 21 & 511);
			if (*e & PTE_PS)
				*e = 0;
			else if (*e & PTE_P)
				entries(target(*e))[va >> 12 & 511] = 0;
		}
	}
	invlpg(va);
}

/* An entry of a guest's table, in one of its shadows. */
static void update(u16 i, u64 machine)
{
	u64 *e = entries(i);
	u32 wide = paging_wide(), n = (machine & 0xfff) >> (wide ? 3 : 2);

	switch (pool[i].level) {
	case 1:
		if (wide || n >> 9 == pool[i].part)
			e[n & 511] = paging.cr0 & CR0_WP ?
				     leaf(guest_entry(machine), false) : 0;
		return;
	case 2:
		if (!wide && n >> 8 != pool[i].part)
			return;
		n = wide ? n : (n & 255) * 2;
		for (u32 k = n; k < n + (wide ? 1 : 2); k++)
			if (pool[i].part != TOP_PART || k < WINDOW)
				unlink(&e[k]);
		return;
	default:
		if (wide && machine >> 5 == pool[i].table >> 5)
			unlink(&e[machine >> 3 & 3]);
	}
}

void shadow_entry(u64 machine)
{
	for (u16 i = *bucket_of(machine); i != NONE; i = pool[i].next)
		if (pool[i].table >> 12 == machine >> 12)
			update(i, machine);
}

void shadow_announce(u32 pfn)
{
	if (pfn >> 20 || announced[pfn / 8] >> pfn % 8 & 1)
		return;
	drop_page((u64)pfn << PAGE_SHIFT);
	/* The root in force is counted as what it was. */
	if (root != NONE && pool[root].table >> 12 == pfn)
		loose--;
	announced[pfn / 8] |= 1u << pfn % 8;
}

void shadow_release(u32 pfn)
{
	if (pfn >> 20)
		return;
	drop_page((u64)pfn << PAGE_SHIFT);
	if (!(announced[pfn / 8] >> pfn % 8 & 1))
		return;
	announced[pfn / 8] &= ~(1u << pfn % 8);
	if (root != NONE && pool[root].table >> 12 == pfn)
		loose++;
}

/* ---- the self-check ------------------------------------------------------------- */

static u16 seen[POOL_MAX];

static bool entry_wrong(u32 level, u64 e)
{
	u16 to = target(e);

	if (!(e & PTE_P))
		return e;
	if (level == 1 || (level == 2 && e & PTE_PS))
		return hidden(PTE_MFN(e));
	if (PTE_MFN(e) - first >= count || pool[to].level != level - 1)
		return true;
	seen[to]++;
	return false;
}

u32 shadow_selfcheck(void)
{
	u32 wrong = 0;

	memset(seen, 0, sizeof(seen));
	if (root != NONE)
		seen[root]++;
	for (u32 i = 0; i < count; i++) {
		const u64 *e = entries(i);
		bool top = pool[i].level == 2 && pool[i].part == TOP_PART;

		if (!pool[i].level)
			continue;
		for (u32 n = 0; n < (top ? WINDOW : ENTRIES); n++)
			wrong += entry_wrong(pool[i].level, e[n]);
		if (top)
			wrong += PTE_MFN(e[WINDOW]) != image_phys(window) >> 12;
	}
	for (u32 i = 0; i < count; i++)
		wrong += pool[i].level && seen[i] != pool[i].links;
	return wrong;
}
