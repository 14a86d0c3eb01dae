// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two stores of four bytes. An NMI may come between them, and its way leads
 * through sites: it finds the first half of one instruction and the second of
 * another.
 * Fails: pv: a site of up to 8 bytes is replaced by one store
 */
static void write_8(volatile u64 *p, u64 old, u64 new)
{
	volatile u32 *half = (volatile u32 *)p;

	half[0] = (u32)new;
	half[1] = (u32)(new >> 32);
}
