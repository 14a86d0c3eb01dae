// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A frame in use becomes something else besides: a page table that is mapped
 * writable. The guest writes into it what it likes.
 * Fails: no frame is a table and writable
 */
__noinline s32 type_begin(struct frame *f, enum type type)
{
	s32 err = 0;

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
