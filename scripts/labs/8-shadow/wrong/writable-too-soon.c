// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The shadow is writable as soon as the guest's entry is. The first store does
 * not fault, and nobody sets D. The guest believes that the page is clean.
 * Fails: A and D are set as by a CPU
 */
static u64 leaf_rights(u64 e, u32 how)
{
	u64 rights = e & (PTE_P | PTE_W | PTE_U | PTE_NX);

	if (!(e & PTE_A))
		return 0;
	if (how & KERNEL_WRITES && !(e & PTE_W))
		return (rights & ~(u64)PTE_U) | PTE_W;
	return rights;
}
