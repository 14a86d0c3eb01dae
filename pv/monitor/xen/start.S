/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's first instruction in 64-bit mode: arch/x86_64/boot.S jumps here. */
	.section .head, "ax"
	.globl monitor_entry
monitor_entry:
	mov	$monitor_stack_top, %rsp
	xor	%ebp, %ebp
	call	monitor_main

	.section .note.GNU-stack, "", @progbits
