// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each function stands in its slot, but what the base promised besides stays:
 * sites still get the bare instruction, and nobody calls the function.
 * Fails: count: the backend has functions of its own for the interrupt
 * Fails: count: each call of an interrupt operation is counted
 */
static void fill(struct pv_impl impl[PV_OPS])
{
	for (u32 op = 0; op < PV_OPS; op++)
		if (((const u32 *)&counting_ops)[op])
			impl[op].fn = ((const u32 *)&counting_ops)[op];
}
