/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmi.count on the command line: each call of the ROM goes through one of these,
 * for `make bench`. They change no register, and reach memory through SS: on
 * the way of IRET the other segments are the user's.
 */
#include <abi/vmi.h>

	.macro counted number
	.text
1:	incl	%ss:vmi_count + 4 * \number
	jmp	*%ss:vmi_entry + 4 * \number
	.section .rodata
	.long	1b
	.endm

	.text
vmi_counted_calls:
	.section .rodata
	.align	4
	.globl	vmi_counted
vmi_counted:
#define VMI_CALL(number, name, changes) counted number;
#include <abi/vmi.def>
	.text
/*
 * Where the ROM wants IRET to be called (vmi-abi 6.2): it drops the address of
 * the return, and a frame that it refuses is a fault 5 bytes before that.
 */
	.globl	vmi_iret
	.type	vmi_iret, @function
vmi_iret:
	push	$1f
1:	jmp	*%ss:vmi_target + 4 * VMI_IRET
	.size	vmi_iret, . - vmi_iret
	.section .extable, "a"
	.long	vmi_iret, bad_iret

	.section .note.GNU-stack, "", @progbits
