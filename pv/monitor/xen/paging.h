/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Direct paging inside: what types.c, tables.c, mmu.c, ptwr.c and selfcheck.c
 * know of each other. The loops over tables take and give back references in
 * place; for everybody else monitor.h has functions.
 *
 * What must hold whenever the guest runs:
 * - `uses` of a frame are its uses as one type; as a table type, its contents
 *   have been checked, and every entry holds a use or reference of its own;
 * - the CPU knows no writable translation to a table or to descriptors, and no
 *   way through a frame that is no table any more.
 */
#ifndef MONITOR_PAGING_H
#define MONITOR_PAGING_H

#include <monitor/xen/xen.h>

#define ENTRIES		512
#define L3_ENTRIES	4	/* that count; the slots of 1 GiB */
#define TOP_SLOT	3

#define REFS_MAX	(~0u)

/* Slow paths of types.c. */
s32 type_begin(struct frame *f, enum type type);
void type_end(struct frame *f);
void frame_unreferenced(struct frame *f);

/* The guest's frame of that number; NULL: it is not the guest's. */
__inline_always struct frame *guest_frame(u64 mfn)
{
	return mfn < frame_count && frames[mfn].owner == OWNER_GUEST ?
	       &frames[mfn] : NULL;
}

__inline_always u32 frame_mfn(const struct frame *f)
{
	return f - frames;
}

__inline_always u64 *table_of(const struct frame *f)
{
	return mfn_va(frame_mfn(f));
}

/* False: f is NULL, or it is referred to too often. */
__inline_always bool take_ref(struct frame *f)
{
	if (unlikely(!f || f->refs == REFS_MAX))
		return false;
	f->refs++;
	return true;
}

__inline_always void drop_ref(struct frame *f)
{
	if (unlikely(!--f->refs))
		frame_unreferenced(f);
}

/*
 * `type` is a constant. Writable memory stays so while it has no uses: there is
 * nothing to check.
 */
__inline_always s32 use(struct frame *f, enum type type)
{
	if (unlikely(!f || f->refs == REFS_MAX))
		return -EINVAL;
	if (unlikely(f->type != type || (type != TYPE_WRITABLE && !f->uses))) {
		s32 err = type_begin(f, type);

		if (err)
			return err;
	}
	f->uses++;
	f->refs++;
	return 0;
}

__inline_always void unuse(struct frame *f, enum type type)
{
	if (unlikely(!--f->uses) && type != TYPE_WRITABLE)
		type_end(f);
	drop_ref(f);
}

/* tables.c: checks a whole table and takes what its entries refer to. */
s32 table_begin(struct frame *f, enum type type);
void table_end(struct frame *f);

/*
 * One entry of a table in use. -EINVAL, -EPERM, -EBUSY as 4.3 to 4.5 have it,
 * or why the table that a new entry points to cannot be one; then nothing has
 * changed. They say in tlb_stale what the TLB may still hold.
 */
s32 l1_update(u64 *entry, u64 value);
s32 l2_update(u64 *entry, u64 value);
s32 l3_update(u64 *entry, u64 value);

/* The next present entry from i on, or `end`. Most are not. */
__inline_always u32 next_present(const u64 *t, u32 i, u32 end)
{
	while (i < end) {
		const u64 *e = t + i;

		if (*e & PTE_P)
			return i;
		if (i % 8 || (e[1] | e[2] | e[3] | e[4] | e[5] | e[6] | e[7]) &
		    PTE_P)
			i++;
		else
			i += 8;
	}
	return end;
}

#define for_each_present(i, t, end)					\
	for (u32 i = next_present(t, 0, end); i < (end);		\
	     i = next_present(t, i + 1, end))

/* mmu.c: the L2 entry on the way to va below guest_top; 0: there is none. */
u64 l2_value(u32 va);

/* What the monitor has in an L2 of slot 3, from this entry on: 4.6. */
__inline_always u32 top_first(void)
{
	return L2_INDEX(guest_top);
}

#endif
