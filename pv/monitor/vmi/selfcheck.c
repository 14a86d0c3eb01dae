// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every entry of every shadow table against what must hold, and every link
 * counted again. It trusts nothing but the list of pages, pool[].
 */
#include <monitor/vmi/pool.h>

static u32 seen[POOL_MAX];

/* No frame that it maps is the monitor's. */
static bool leaf_wrong(u64 e, u32 frames)
{
	u64 mfn = PTE_MFN(e) & ~(u64)(frames - 1);

	return mfn < memory.hidden_end && mfn + frames > memory.hidden;
}

static bool link_wrong(const struct shadow *s, u32 n, u64 e)
{
	u32 to = target(e);
	bool top = s->level == 3 && n == TOP_GIB;

	if (to >= pool_fresh || pool[to].level != s->level - 1)
		return true;
	seen[to]++;
	return s->level == 3 && (pool[to].part == PART_TOP) != top;
}

static bool entry_is_wrong(const struct shadow *s, u32 n, u64 e)
{
	bool top = s->level == 2 && s->part == PART_TOP;

	if (!s->level || n >= entries_end(s))
		return e != (top && n == WINDOW ? window_link() : 0);
	if (!(e & PTE_P) || !(s->used >> n / 8 & 1))
		return e;
	if (is_link(s->level, e))
		return link_wrong(s, n, e);
	return s->level == 3 || leaf_wrong(e, s->level == 2 ? ENTRIES : 1);
}

static u32 window_wrong(void)
{
	const u64 *e = mfn_va(memory.pool - 1);
	u32 wrong = PTE_MFN(*e) != memory.shared || *e & PTE_U;

	for (u32 n = 1; n < ENTRIES; n++)
		wrong += e[n] != 0;
	return wrong;
}

u32 shadow_selfcheck(void)
{
	u32 wrong = window_wrong();

	memset(seen, 0, sizeof(seen));
	for (u32 i = 0; i < pool_fresh; i++)
		for (u32 n = 0; n < ENTRIES; n++)
			wrong += entry_is_wrong(&pool[i], n, entries(i)[n]);
	for (u32 i = 0; i < pool_fresh; i++)
		wrong += pool[i].level && seen[i] != pool[i].links;
	return wrong;
}
