// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A read-only mapping takes no reference. When the guest returns the frame it
 * becomes somebody else's, and the mapping is still there.
 * Fails: a tree is checked as a whole
 */
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
	return 0;
}
