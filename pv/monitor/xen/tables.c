// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page tables of the guest: which entries they may have, and what each of them
 * holds on to. A present entry of an L1 refers to a frame, or uses it as
 * writable memory; one of an L2 uses an L1, one of an L3 an L2. A table is
 * checked whole when it is first used as one, then entry by entry; its last
 * use gone, all its entries let go. xen-pv-abi 4.3 to 4.5.
 */
#include <monitor/xen/paging.h>

#define CACHE_BITS	(PTE_PWT | PTE_PCD | PTE_PS)
#define L2_DENIED	(CACHE_BITS | PTE_G)
#define L3_DENIED	(CACHE_BITS | PTE_G | 0xfff0000000000000)

/* What 64-bit mode has in an L3 entry, and a 32-bit kernel has not. */
#define L3_ADDED	(PTE_W | PTE_U)

#define IO_APIC		0xfec00		/* frame */

/* ---- any level: inlined, as its loops are what a fork waits for ---------- */

typedef s32 get_entry(struct frame *table, u32 slot, u64 *value);
typedef void put_entry(struct frame *table, u64 e);

__inline_always void drop_entries(struct frame *table, u32 end, put_entry put)
{
	const u64 *t = table_of(table);

	for_each_present(i, t, end)
		put(table, t[i]);
}

__inline_always s32 check_entries(struct frame *table, u32 end, get_entry get,
				  put_entry put)
{
	u64 *t = table_of(table);

	for_each_present(i, t, end) {
		s32 err = get(table, i, &t[i]);

		if (err) {
			drop_entries(table, i, put);
			return err;
		}
	}
	return 0;
}

__inline_always u32 slot_of(const u64 *entry)
{
	return (u64)entry % PAGE_SIZE / 8;
}

/* `stale`: what the TLB may hold of any old value. */
__inline_always s32 change_entry(u64 *entry, u64 value, u8 stale,
				 get_entry get, put_entry put)
{
	struct frame *table = &frames[mfn_of(entry)];
	u64 old = *entry;

	if (value & PTE_P) {
		s32 err = get(table, slot_of(entry), &value);

		if (err)
			return err;
	}
	*entry = value;
	if (stale)
		tlb_stale |= stale;
	if (old & PTE_P) {
		if (old & PTE_W)
			tlb_stale |= STALE_WRITABLE;
		put(table, old);
	}
	return 0;
}

/* ---- L1: 4.5 ------------------------------------------------------------- */

/* The machine's, for dom0. It takes no reference: there is nobody to give it
 * back to. */
static __noinline s32 get_device(u64 *value)
{
	u64 mfn = PTE_MFN(*value);
	u32 r[4];

	cpuid(0x80000008, 0, r);
	if (mfn < frame_count && frames[mfn].owner != OWNER_DEVICE)
		return -EBUSY;
	if (!guest.dom0 || mfn == apic_base >> PAGE_SHIFT ||
	    mfn >> ((r[0] & 0xff) - PAGE_SHIFT))
		return -EPERM;
	if (mfn == IO_APIC)
		*value &= ~(u64)PTE_W;
	return 0;
}

/* May change the value, to what will be stored. */
__inline_always s32 get_l1e(struct frame *table, u32 slot, u64 *value)
{
	u64 e = *value;
	struct frame *f = guest_frame(PTE_MFN(e));

	if (unlikely(e & CACHE_BITS) && !guest.dom0)
		return -EINVAL;
	if (unlikely(!f))
		return get_device(value);
	if (e & PTE_W)
		return use(f, TYPE_WRITABLE) ? -EBUSY : 0;
	return take_ref(f) ? 0 : -EBUSY;
}

__inline_always void put_l1e(struct frame *table, u64 e)
{
	struct frame *f = guest_frame(PTE_MFN(e));

	if (!f)
		return;
	if (e & PTE_W)
		unuse(f, TYPE_WRITABLE);
	else
		drop_ref(f);
}

s32 l1_update(u64 *entry, u64 value)
{
	return change_entry(entry, value, 0, get_l1e, put_l1e);
}

/* ---- L2: 4.4 ------------------------------------------------------------- */

/*
 * An entry that shows a table of tables as memory, read-only: itself, or one
 * that does not do so in turn. `linear` counts such entries of a table, or,
 * negative, such entries that point to it; hence they make no chains.
 */
static __noinline s32 get_linear(struct frame *table, u64 e)
{
	struct frame *f = guest_frame(PTE_MFN(e));

	if (e & PTE_W)
		return -EINVAL;
	if (f == table)
		return 0;
	if (!f || f->type != TYPE_L2 || !f->uses || f->refs == REFS_MAX ||
	    f->linear > 0 || f->linear == INT16_MIN || table->linear < 0)
		return -EINVAL;
	f->linear--;
	table->linear++;
	f->uses++;
	f->refs++;
	return 0;
}

__inline_always s32 get_l2e(struct frame *table, u32 slot, u64 *value)
{
	u64 e = *value;
	s32 err;

	if (unlikely(e & L2_DENIED))
		return -EINVAL;
	err = use(guest_frame(PTE_MFN(e)), TYPE_L1);
	return unlikely(err == -EINVAL) ? get_linear(table, e) : err;
}

__inline_always void put_l2e(struct frame *table, u64 e)
{
	struct frame *f = &frames[PTE_MFN(e)];

	if (unlikely(f->type != TYPE_L1)) {
		if (f == table)
			return;
		f->linear++;
		table->linear--;
	}
	unuse(f, TYPE_L1);
}

static u32 guest_entries(const struct frame *l2)
{
	return l2->flags & FRAME_TOP_L2 ? top_first() : ENTRIES;
}

static s32 check_l2(struct frame *table)
{
	u32 end = guest_entries(table);
	s32 err = check_entries(table, end, get_l2e, put_l2e);

	for (u32 i = end; i < ENTRIES && !err; i++)
		table_of(table)[i] = top_slots[i];
	return err;
}

/* Whoever changed an L2 or L3 flushes the TLB before the guest runs: 4.8. */
s32 l2_update(u64 *entry, u64 value)
{
	if (slot_of(entry) >= guest_entries(&frames[mfn_of(entry)]))
		return -EPERM;
	return change_entry(entry, value, STALE_TABLE, get_l2e, put_l2e);
}

/* ---- L3: 4.3 ------------------------------------------------------------- */

/* That of slot 3 gets the monitor's entries, so it can have no other use. */
static s32 get_l3e(struct frame *table, u32 slot, u64 *value)
{
	u64 e = *value;
	struct frame *f = guest_frame(PTE_MFN(e));
	s32 err;

	if (e & L3_DENIED || !f || f->flags & FRAME_TOP_L2)
		return -EINVAL;
	if (slot != TOP_SLOT)
		return use(f, TYPE_L2);
	if (f->uses)
		return -EINVAL;
	f->flags |= FRAME_TOP_L2;
	err = use(f, TYPE_L2);
	if (err)
		f->flags &= ~FRAME_TOP_L2;
	return err;
}

static void put_l3e(struct frame *table, u64 e)
{
	unuse(&frames[PTE_MFN(e)], TYPE_L2);
}

static s32 check_l3(struct frame *table)
{
	u64 *t = table_of(table), count = ENTRIES - L3_ENTRIES;
	void *rest = t + L3_ENTRIES;
	s32 err;

	if (!(t[TOP_SLOT] & PTE_P))
		return -EINVAL;
	err = check_entries(table, L3_ENTRIES, get_l3e, put_l3e);
	if (err)
		return err;
	for_each_present(i, t, L3_ENTRIES)
		t[i] |= L3_ADDED;
	asm volatile("rep stosq" : "+D" (rest), "+c" (count) : "a" (0ull)
		     : "memory");
	return 0;
}

static void drop_l3(struct frame *table)
{
	u64 *t = table_of(table);

	drop_entries(table, L3_ENTRIES, put_l3e);
	for_each_present(i, t, L3_ENTRIES)
		t[i] &= ~(u64)(L3_ADDED | PTE_A);
}

s32 l3_update(u64 *entry, u64 value)
{
	if (slot_of(entry) >= TOP_SLOT)
		return -EINVAL;
	return change_entry(entry, value & PTE_P ? value | L3_ADDED : value,
			    STALE_TABLE, get_l3e, put_l3e);
}

/* ---- whole tables -------------------------------------------------------- */

s32 table_begin(struct frame *f, enum type type)
{
	switch (type) {
	case TYPE_L1:
		return check_entries(f, ENTRIES, get_l1e, put_l1e);
	case TYPE_L2:
		return check_l2(f);
	default:
		return check_l3(f);
	}
}

void table_end(struct frame *f)
{
	switch (f->type) {
	case TYPE_L1:
		return drop_entries(f, ENTRIES, put_l1e);
	case TYPE_L2:
		return drop_entries(f, guest_entries(f), put_l2e);
	default:
		return drop_l3(f);
	}
}
