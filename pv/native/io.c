// SPDX-License-Identifier: GPL-2.0-or-later
/* Many bytes to one port. REP OUTSB uses ESI, which is no operand of INSN. */
#include <native/native.h>

void native_outsb(const void *from, u32 port, u32 count)
{
	asm volatile("rep outsb"
		     : "+S" (from), "+c" (count) : "d" (port) : "memory");
}
