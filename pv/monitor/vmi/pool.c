// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pages of shadow tables: what each is the shadow of, what points to it, and
 * how it gets free. What is in them is shadow.c's.
 *
 * What must hold, or the guest reaches the monitor:
 * - a page is free, and so may get another use, only when no entry points to it;
 * - it gets it only after the CPU has forgotten its old entries;
 * - a free page that was used is all zeros, and no table ever has an entry that
 *   is not 0 but where `used` says so.
 */
#include <monitor/vmi/pool.h>

#define BUCKETS		256

struct shadow pool[POOL_MAX];
u32 pool_fresh, loose;
bool stale, stale_links;
u16 root = NONE;
u32 shadow_made, shadow_resets;

static u32 free_count;
static u16 bucket[BUCKETS], free_list;
static u8 announced[1u << 17];	/* a bit for each page below 4 GiB */

void tlb_flush(void)
{
	write_cr3(read_cr3());
	stale = stale_links = false;
}


void pool_base(u16 l3)
{
	root = l3;
	monitor_l4[0] = l3 == NONE ? 0 : link_to(l3, PTE_P | PTE_W | PTE_U);
	tlb_flush();
}

/* ---- announced or not --------------------------------------------------------- */

bool is_announced(u64 table)
{
	return !(table >> 32) && announced[table >> 15] >> (table >> 12 & 7) & 1;
}

bool is_loose(const struct shadow *s)
{
	return s->level % 3 && !is_announced(s->table);
}

void pool_announce(u64 table)
{
	for_each_of_page(i, table)
		loose -= is_loose(&pool[i]);
	announced[table >> 15] |= 1u << (table >> 12 & 7);
}

void shadow_release(u32 pfn)
{
	u64 table = (u64)pfn << PAGE_SHIFT;
	u16 next;

	if (pfn >= memory.memory_end)
		return;
	for (u16 i = pool_first(table); i != NONE; i = pool_of_page(table, next)) {
		next = pool[i].next;
		pool_drop(i);
	}
	announced[table >> 15] &= ~(1u << (table >> 12 & 7));
}

/* ---- entries ------------------------------------------------------------------ */

void put_entry(u16 i, u32 n, u64 value)
{
	struct shadow *s = &pool[i], *below;
	u64 *e = entries(i) + n;

	if (*e == value)
		return;
	if (*e & PTE_P) {
		stale = true;
		stale_links |= s->level > 1;
		if (is_link(s->level, *e))
			pool[target(*e)].links--;
	}
	if (is_link(s->level, value)) {
		below = &pool[target(value)];
		below->links++;
		below->up = i;
		below->up_entry = n;
	}
	s->used |= 1ull << n / 8;
	*e = value;
}

static void clear(u16 i)
{
	for_each_used(n, i)
		put_entry(i, n, 0);
	pool[i].used = 0;
}

static bool points_to(u16 up, u32 n, u16 i)
{
	u64 e = entries(up)[n];

	return pool[up].level == pool[i].level + 1 &&
	       is_link(pool[up].level, e) && target(e) == i;
}

/* Mostly one entry points to it, or none. */
static void unlink(u16 i)
{
	struct shadow *s = &pool[i];

	if (s->links && points_to(s->up, s->up_entry, i))
		put_entry(s->up, s->up_entry, 0);
	for (u32 up = 0; up < pool_fresh && s->links; up++)
		if (pool[up].level == s->level + 1)
			for_each_used(n, up)
				if (points_to(up, n, i))
					put_entry(up, n, 0);
}

/* ---- pages -------------------------------------------------------------------- */

static u16 *bucket_of(u64 table)
{
	return &bucket[table >> PAGE_SHIFT & (BUCKETS - 1)];
}

u16 pool_of_page(u64 machine, u16 i)
{
	while (i != NONE && (pool[i].table ^ machine) >> PAGE_SHIFT)
		i = pool[i].next;
	return i;
}

u16 pool_first(u64 machine)
{
	return pool_of_page(machine, *bucket_of(machine));
}

u16 pool_find(u64 table, u32 level, u32 part)
{
	u16 i = *bucket_of(table);

	while (i != NONE && (pool[i].table != table || pool[i].level != level ||
			     pool[i].part != part))
		i = pool[i].next;
	return i;
}

static u16 take(void)
{
	u16 i = free_list;

	free_count--;
	if (i == NONE) {
		i = pool_fresh++;
		memset(entries(i), 0, PAGE_SIZE);
	} else {
		free_list = pool[i].next;
	}
	return i;
}

u16 pool_make(u64 table, u32 level, u32 part)
{
	u16 *head = bucket_of(table), i;

	if (stale)
		tlb_flush();
	i = take();
	pool[i] = (struct shadow){
		.table = table, .level = level, .part = part, .next = *head,
	};
	*head = i;
	loose += is_loose(&pool[i]);
	if (level == 2 && part == PART_TOP)
		entries(i)[WINDOW] = window_link();
	shadow_made++;
	return i;
}

static void put_free(u16 i)
{
	clear(i);
	if (entries_end(&pool[i]) == WINDOW)
		entries(i)[WINDOW] = 0;
	pool[i].level = 0;
	pool[i].next = free_list;
	free_list = i;
	free_count++;
}

void pool_drop(u16 i)
{
	u16 *at = bucket_of(pool[i].table);

	if (i == root) {
		clear(i);
		return;
	}
	unlink(i);
	while (*at != i)
		at = &pool[*at].next;
	*at = pool[i].next;
	loose -= is_loose(&pool[i]);
	put_free(i);
}

void pool_room(void)
{
	if (free_count >= PATH)
		return;
	pool_drop_all();
	shadow_resets++;
}

void pool_drop_all(void)
{
	pool_base(NONE);
	for (u32 i = 0; i < pool_fresh; i++)
		if (pool[i].level)
			put_free(i);
	for (u32 i = 0; i < BUCKETS; i++)
		bucket[i] = NONE;
	loose = 0;
	tlb_flush();
}

/* Its first page is the table of the window. */
void pool_init(void)
{
	u64 *window = mfn_va(memory.pool++);

	memset(window, 0, PAGE_SIZE);
	window[0] = (u64)memory.shared << PAGE_SHIFT | PTE_P | PTE_W | PTE_A |
		    PTE_D;
	memset(announced, 0, memory.memory_end / 8 + 1);
	pool_fresh = 0;
	free_list = NONE;
	free_count = min(memory.pool_end - memory.pool, (u32)POOL_MAX);
	pool_drop_all();
	shadow_made = shadow_resets = 0;
}
