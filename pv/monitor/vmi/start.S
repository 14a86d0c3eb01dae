/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monitor's first instruction after VMI_Init: rom/launch.S jumps here, with
 * the state of the client in RDI and T in RSI, both as addresses in 64-bit mode
 * and physically. The monitor may have run before: its data begins as it did
 * the first time.
 */
#include <monitor/vmi/launch.h>

	.section .head, "ax"
	.globl	vmi_start
vmi_start:
	mov	%rdi, %r8
	mov	%rsi, %r9
	mov	$data_start, %rsi
	mov	$data_copy, %rdi
	cmpl	$0, T_LAUNCHES(%r9)
	je	1f
	xchg	%rsi, %rdi
1:	incl	T_LAUNCHES(%r9)
	mov	$data_end, %rcx
	sub	$data_start, %rcx
	rep movsb
	mov	$bss_start, %rdi
	mov	$bss_end, %rcx
	sub	%rdi, %rcx
	shr	$3, %rcx
	xor	%eax, %eax
	rep stosq
	mov	$vmi_stack_top, %rsp
	xor	%ebp, %ebp
	mov	%r8, %rdi
	mov	%r9, %rsi
	call	vmi_main

	.section .bss.page_aligned, "aw", @nobits
	.skip	4096
vmi_stack_top:

	.section .note.GNU-stack, "", @progbits
