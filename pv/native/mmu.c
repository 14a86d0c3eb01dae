// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The one page-table operation that is more than an instruction or two. Global
 * entries survive a load of CR3; a change of CR4.PGE drops them (Intel SDM
 * volume 3, 4.10.4.1).
 */
#include <arch/cpu.h>
#include <native/native.h>

void native_flush_tlb_all(void)
{
	u32 cr4 = read_cr4();

	if (!(cr4 & CR4_PGE)) {
		write_cr3(read_cr3());
		return;
	}
	write_cr4(cr4 & ~CR4_PGE);
	write_cr4(cr4);
}
