// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a frame of the guest is used as. While a frame has uses as one type it
 * cannot get another: so no page table is ever writable (xen-pv-abi 4.1). Going
 * from no use to the first as a table, its contents are checked by tables.c;
 * descriptors by segments.c. paging.h has the short ways in and out.
 */
#include <monitor/xen/paging.h>

u8 tlb_stale;

/*
 * The use is counted while the contents are being checked, so that an entry
 * that refers to the table itself finds what it will be.
 */
__noinline s32 type_begin(struct frame *f, enum type type)
{
	s32 err = 0;

	if (f->uses)
		return -EINVAL;
	if (tlb_stale & (type == TYPE_WRITABLE ? STALE_TABLE : ~0u))
		tlb_flush();
	f->type = type;
	f->uses++;
	if (type == TYPE_SEGDESC)
		err = segdesc_validate(frame_mfn(f));
	else if (type != TYPE_WRITABLE)
		err = table_begin(f, type);
	f->uses--;
	if (err)
		f->type = TYPE_NONE;
	return err;
}

__noinline void type_end(struct frame *f)
{
	if (f->type != TYPE_SEGDESC)
		table_end(f);
	f->type = TYPE_NONE;
	f->flags &= ~FRAME_TOP_L2;
}

/* The guest has returned it, and now its last mapping is gone as well. */
__noinline void frame_unreferenced(struct frame *f)
{
	if (tlb_stale)
		tlb_flush();
	guest.pages--;
	frame_free(frame_mfn(f));
}

/* An L2 of slot 3 has its one use: 4.3. */
s32 frame_use(u32 mfn, enum type type)
{
	struct frame *f = guest_frame(mfn);

	if (f && f->flags & FRAME_TOP_L2 && type == TYPE_L2)
		return -EINVAL;
	return use(f, type);
}

void frame_unuse(u32 mfn)
{
	unuse(&frames[mfn], frames[mfn].type);
}

/* The monitor's own page that the guest may map: never a table. */
void frame_share(u32 mfn)
{
	frames[mfn] = (struct frame){
		.owner = OWNER_GUEST, .type = TYPE_WRITABLE,
		.flags = FRAME_SHARED, .uses = 1, .refs = 1,
	};
}
