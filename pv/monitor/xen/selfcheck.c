// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The counts of all frames against what they count. Each reference and use
 * that can be found is taken off, from tables, pins, base pointer, descriptor
 * tables, frames given and shared: then every count must be 0. After that all
 * is added again. It costs time and no memory, and may run at any moment.
 */
#include <monitor/xen/hypercall.h>
#include <monitor/xen/paging.h>

#define SHOWN	8

#define WRONG(...) do {							\
	if (wrong++ < SHOWN)						\
		printk("selfcheck: " __VA_ARGS__);			\
} while (0)

static u32 wrong;

static void account_use(u64 mfn, enum type type, s32 sign, const char *who)
{
	struct frame *f = guest_frame(mfn);

	if (f && f->type == type) {
		f->uses += sign;
		f->refs += sign;
	} else if (sign < 0) {
		WRONG("%s uses frame %x as type %u, it is %u\n", who, (u32)mfn,
		      type, f ? f->type : TYPES);
	}
}

static void account_l1(const u64 *t, s32 sign)
{
	for_each_present(i, t, ENTRIES) {
		u64 mfn = PTE_MFN(t[i]);
		struct frame *f = guest_frame(mfn);

		if (t[i] & PTE_W && f)
			account_use(mfn, TYPE_WRITABLE, sign, "an L1");
		else if (f)
			f->refs += sign;
		else if (sign < 0 && mfn < frame_count &&
			 frames[mfn].owner != OWNER_DEVICE)
			WRONG("an L1 of frame %x maps frame %x\n", mfn_of(t),
			      (u32)mfn);
	}
}

/* An entry that points to an L2 is linear: 4.4. */
static void account_l2(const struct frame *table, s32 sign)
{
	const u64 *t = table_of(table);
	u32 end = table->flags & FRAME_TOP_L2 ? top_first() : ENTRIES;

	for_each_present(i, t, end) {
		const struct frame *f = guest_frame(PTE_MFN(t[i]));
		bool linear = f && f->type == TYPE_L2 && !(t[i] & PTE_W);

		if (!linear || f != table)
			account_use(PTE_MFN(t[i]), linear ? TYPE_L2 : TYPE_L1,
				    sign, "an L2");
	}
	for (u32 i = end; i < ENTRIES && sign < 0; i++)
		if ((t[i] ^ top_slots[i]) & ~(u64)(PTE_A | PTE_D))
			WRONG("L2 of frame %x: entry %u is not ours\n",
			      mfn_of(t), i);
}

static void account_l3(const u64 *t, s32 sign)
{
	for_each_present(i, t, ENTRIES) {
		if (i >= L3_ENTRIES && sign < 0)
			WRONG("L3 of frame %x: entry %u\n", mfn_of(t), i);
		account_use(PTE_MFN(t[i]), TYPE_L2, sign, "an L3");
	}
}

static void account_frame(struct frame *f, s32 sign)
{
	if (f->flags & FRAME_PINNED)
		account_use(frame_mfn(f), f->type, sign, "a pin");
	if (f->flags & FRAME_SHARED)
		account_use(frame_mfn(f), TYPE_WRITABLE, sign, "the monitor");
	if (f->flags & FRAME_GIVEN)
		f->refs += sign;
	if (f->type == TYPE_L1)
		account_l1(table_of(f), sign);
	else if (f->type == TYPE_L2)
		account_l2(f, sign);
	else if (f->type == TYPE_L3)
		account_l3(table_of(f), sign);
}

/* What the monitor itself holds; 0: nothing. */
static void account_held(const u32 *mfn, u32 count, enum type type, s32 sign)
{
	for (u32 i = 0; i < count; i++)
		if (mfn[i])
			account_use(mfn[i], type, sign, "the monitor");
}

static void account(s32 sign)
{
	for (u32 mfn = 0; mfn < frame_count; mfn++)
		if (frames[mfn].owner == OWNER_GUEST)
			account_frame(&frames[mfn], sign);
	account_held(&guest.base, 1, TYPE_L3, sign);
	account_held(&guest.vcpu_frame, 1, TYPE_WRITABLE, sign);
	account_held(guest.gdt_frame, ARRAY_SIZE(guest.gdt_frame), TYPE_SEGDESC,
		     sign);
	account_held(guest.ldt_frame, ARRAY_SIZE(guest.ldt_frame), TYPE_SEGDESC,
		     sign);
}

u32 selfcheck(void)
{
	wrong = 0;
	account(-1);
	for (u32 mfn = 0; mfn < frame_count; mfn++) {
		const struct frame *f = &frames[mfn];

		if (f->uses || f->refs)
			WRONG("frame %x, type %u: %d uses, %d references too many\n",
			      mfn, f->type, f->uses, f->refs);
	}
	account(1);
	return wrong;
}

/* Each of its frames has one reference: that it was given it, or shares it. */
u32 frames_held(void)
{
	u32 held = 0;

	for (u32 mfn = 0; mfn < frame_count; mfn++) {
		const struct frame *f = &frames[mfn];

		if (f->owner == OWNER_GUEST && f->refs > 1) {
			held++;
			WRONG("frame %x, type %u, is still held %u times\n",
			      mfn, f->type, f->refs);
		}
	}
	return held;
}
