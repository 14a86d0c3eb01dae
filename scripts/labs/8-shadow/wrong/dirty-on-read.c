// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * It sets D where a write would be allowed, to save the second fault. A guest
 * that looks for what it has to write back finds all of its memory.
 * Fails: A and D are set as by a CPU
 */
u32 walk(u32 va, u32 kind)
{
	struct way w;
	u32 wrong = find_leaf(va, &w);

	if (wrong)
		return wrong;
	if (!allowed(both_rights(w.directory, w.leaf), kind))
		return PF_PRESENT;
	if (hidden(w.page >> PAGE_SHIFT))
		return PF_PRESENT | PF_RESERVED;
	if (w.leaf & PTE_W)
		kind |= PF_WRITE;
	return set_used(&w, kind) ? 0 : WALK_ABSENT;
}
