// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rights are right, and the frame is whatever the guest wrote into its
 * table: one of the monitor's, too. walk() asks that on each fault, but
 * entries are also made anew without one.
 * Fails: a random guest that does not gets no page of the monitor
 */
static u64 leaf(u64 e, u64 cache, u32 how)
{
	u64 rights = leaf_rights(e, how);

	if (!(rights & PTE_P))
		return 0;
	if (guarded(PTE_MFN(e)))
		rights &= ~(u64)PTE_W;
	return (e & PTE_FRAME) | (e & cache) | rights | PTE_A | PTE_D;
}
