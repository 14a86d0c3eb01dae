// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * GDT and LDT of a guest that speaks Xen's ABI are pages of its own, which
 * nobody may write while they are in use (TYPE_SEGDESC). xen-pv-abi 5.1.
 * Before: ../segments.c.
 */
#include <monitor/xen/hypercall.h>

#define LDT_PAGES	16
#define LDT_L1(page)	(16 + (page))	/* index in desc_l1 */

s32 segdesc_validate(u32 mfn)
{
	u64 *page = mfn_va(mfn);

	for (u32 i = 0; i < 512; i++) {
		u64 d = page[i];

		if (d && !descriptor_allowed(&d))
			return -EINVAL;
	}
	for (u32 i = 0; i < 512; i++)
		descriptor_allowed(&page[i]);
	return 0;
}

/* ---- the GDT --------------------------------------------------------------- */

static void drop_gdt(const u32 *frame)
{
	for (u32 i = 0; i < GDT_GUEST_PAGES; i++)
		if (frame[i])
			frame_unuse(frame[i]);
}

/* Each of these is 0, for a page of zeros, or has a use. */
static void use_gdt(const u32 *frame)
{
	for (u32 i = 0; i < GDT_GUEST_PAGES; i++)
		gdt_page(i, frame[i]);
	drop_gdt(guest.gdt_frame);
	memcpy(guest.gdt_frame, frame, sizeof(guest.gdt_frame));
}

s32 hc_set_gdt(struct call *c)
{
	u32 entries = c->args[1], pages = (entries + 511) / 512;
	u32 frame[GDT_GUEST_PAGES] = { 0 };

	if (entries > GDT_GUEST_PAGES * 512)
		return -EINVAL;
	if (!guest_read(frame, c->args[0], pages * 4))
		return -EFAULT;
	for (u32 i = 0; i < pages; i++)
		if (frame_use(frame[i], TYPE_SEGDESC)) {
			memset(&frame[i], 0, sizeof(frame) - i * 4);
			drop_gdt(frame);
			return -EINVAL;
		}
	use_gdt(frame);
	return 0;
}

/* In a table that is in use, or in an ordinary page. */
s32 hc_update_descriptor(struct call *c)
{
	u64 at = get64(c->args), d = get64(c->args + 2);
	u32 mfn = at >> PAGE_SHIFT;
	enum type type;

	if (at & 7 || at >> 32 || mfn >= frame_count || !descriptor_allowed(&d))
		return -EINVAL;
	type = frames[mfn].uses && frames[mfn].type == TYPE_SEGDESC ?
	       TYPE_SEGDESC : TYPE_WRITABLE;
	if (frame_use(mfn, type))
		return -EINVAL;
	*(u64 *)phys(at) = d;
	frame_unuse(mfn);
	return 0;
}

/* ---- the LDT --------------------------------------------------------------- */

void ldt_forget(void)
{
	if (!guest.ldt_entries)
		return;
	for (u32 page = 0; page < LDT_PAGES; page++) {
		if (!guest.ldt_frame[page])
			continue;
		desc_l1[LDT_L1(page)] = 0;
		invlpg(LDT_BASE + page * PAGE_SIZE);
		frame_unuse(guest.ldt_frame[page]);
		guest.ldt_frame[page] = 0;
	}
}

s32 set_ldt(u32 va, u32 entries)
{
	if (va & (PAGE_SIZE - 1) || entries > LDT_PAGES * 512 ||
	    !guest_range(va, entries * 8))
		return -EINVAL;
	ldt_forget();
	guest.ldt_base = va;
	guest.ldt_entries = entries;
	ldt_register(entries);
	return 0;
}

bool ldt_fault(u64 va)
{
	u32 page = (va - LDT_BASE) >> PAGE_SHIFT, mfn;
	const u64 *l1;

	if (va < LDT_BASE || page >= LDT_PAGES || guest.ldt_frame[page])
		return false;
	l1 = l1_entry(guest.ldt_base + page * PAGE_SIZE);
	if (!l1 || !(*l1 & PTE_P))
		return false;
	mfn = PTE_MFN(*l1);
	if (frame_use(mfn, TYPE_SEGDESC))
		return false;
	guest.ldt_frame[page] = mfn;
	desc_l1[LDT_L1(page)] = (u64)mfn << PAGE_SHIFT | PTE_P | PTE_W | PTE_A |
				PTE_D | PTE_NX;
	return true;
}

void segments_destroy(void)
{
	set_ldt(0, 0);
	use_gdt((u32 [GDT_GUEST_PAGES]){ 0 });
}
