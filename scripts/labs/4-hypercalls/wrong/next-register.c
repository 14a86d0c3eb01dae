// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Arguments in ECX, EDX, ESI, as a system call of something else may have them.
 * They begin in EBX.
 * Fails: xen: a call that Xen refuses returns its error
 */
__noinline s32 xen_call(u32 nr, u32 a, u32 b, u32 c, u32 d)
{
	s32 result;

	count[nr]++;
	asm volatile("call *%0"
		     : "=a" (result), "+c" (a), "+d" (b), "+S" (c), "+D" (d)
		     : "0" (xen_hypercall_page + nr * XEN_HYPERCALL_SLOT)
		     : "memory", "cc");
	return result;
}
