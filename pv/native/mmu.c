// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page-table operations that are more than one instruction. On hardware
 * that is one: global entries survive a load of CR3, and only a change of
 * CR4.PGE drops them (Intel SDM volume 3, 4.10.4.1).
 */
#include <pv/pv.h>
#include <native/insn.h>

void native_flush_tlb_all(void)
{
	u32 cr4 = native_read_cr4();

	if (!(cr4 & CR4_PGE)) {
		native_flush_tlb_user();
		return;
	}
	native_write_cr4(cr4 & ~CR4_PGE);
	native_write_cr4(cr4);
}
