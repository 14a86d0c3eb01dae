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

static u32 wrong;

static void __printf(1, 2) report_wrong(const char *fmt, ...)
{
	va_list ap;
	char line[100];

	if (wrong++ >= SHOWN)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	printk("selfcheck: %s\n", line);
}

static void account_use(u64 mfn, enum type type, s32 sign, const char *who)
{
	struct frame *f = guest_frame(mfn);

	if (!f || f->type != type) {
		if (sign < 0)
			report_wrong("%s uses frame %x as type %u, it is %u", who,
				     (u32)mfn, type, f ? f->type : TYPES);
		return;
	}
	f->uses += sign;
	f->refs += sign;
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
			report_wrong("an L1 of frame %x maps frame %x",
				     mfn_of(t), (u32)mfn);
	}
}

/* An entry that points to an L2 is linear: 4.4. */
static void account_l2(const struct frame *table, s32 sign)
{
	const u64 *t = table_of(table);
	u32 end = table->flags & FRAME_TOP_L2 ? top_first() : ENTRIES;

	for_each_present(i, t, end) {
		u64 mfn = PTE_MFN(t[i]);
		const struct frame *f = guest_frame(mfn);

		if (f == table && !(t[i] & PTE_W))
			continue;
		account_use(mfn, f && f->type == TYPE_L2 && !(t[i] & PTE_W) ?
			    TYPE_L2 : TYPE_L1, sign, "an L2");
	}
	for (u32 i = end; i < ENTRIES && sign < 0; i++)
		if ((t[i] ^ top_slots[i]) & ~(u64)(PTE_A | PTE_D))
			report_wrong("L2 of frame %x: entry %u is not ours",
				     mfn_of(t), i);
}

static void account_l3(const u64 *t, s32 sign)
{
	for_each_present(i, t, ENTRIES) {
		if (i >= L3_ENTRIES && sign < 0)
			report_wrong("L3 of frame %x: entry %u", mfn_of(t), i);
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

static void account(s32 sign)
{
	for (u32 mfn = 0; mfn < frame_count; mfn++)
		if (frames[mfn].owner == OWNER_GUEST)
			account_frame(&frames[mfn], sign);
	if (guest.base)
		account_use(guest.base, TYPE_L3, sign, "the base pointer");
	if (guest.vcpu_frame)
		account_use(guest.vcpu_frame, TYPE_WRITABLE, sign, "vcpu_info");
	for (u32 i = 0; i < ARRAY_SIZE(guest.gdt_frame); i++)
		if (guest.gdt_frame[i])
			account_use(guest.gdt_frame[i], TYPE_SEGDESC, sign,
				    "the GDT");
	for (u32 i = 0; i < ARRAY_SIZE(guest.ldt_frame); i++)
		if (guest.ldt_frame[i])
			account_use(guest.ldt_frame[i], TYPE_SEGDESC, sign,
				    "the LDT");
}

u32 selfcheck(void)
{
	wrong = 0;
	account(-1);
	for (u32 mfn = 0; mfn < frame_count; mfn++) {
		const struct frame *f = &frames[mfn];

		if (f->uses || f->refs)
			report_wrong("frame %x, type %u: %d uses, %d references "
				     "too many", mfn, f->type, f->uses, f->refs);
	}
	account(1);
	return wrong;
}

/* The monitor's own, in a place that Xen leaves to the architecture. */
s32 hc_self_check(struct call *c)
{
	return selfcheck();
}
