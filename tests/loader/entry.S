/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Both ends of the loader: how a multiboot loader starts it, and how it starts
 * the kernel, with EFLAGS and EFER as its words say. TF makes each instruction
 * trap until the kernel clears it: the handler just returns.
 */
#include <abi/multiboot.h>
#include <arch/cpu.h>

	.text
	.long MULTIBOOT_HEADER_MAGIC
	.long MULTIBOOT_HEADER_FLAGS
	.long -(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_HEADER_FLAGS)

	.globl loader_entry, start_kernel_at
loader_entry:
	mov	$stack_top, %esp
	mov	%ebx, %eax
	call	loader_main

/* start_kernel_at(entry, info, eflags, efer), arguments as in the kernel */
start_kernel_at:
	mov	%eax, %esi
	mov	%edx, %ebx
	mov	%ecx, %edi
	mov	%cs, %eax
	mov	%ax, debug_gate + 2
	mov	$debug_trap, %eax
	mov	%ax, debug_gate
	shr	$16, %eax
	mov	%ax, debug_gate + 6
	lidt	idtr
	mov	4(%esp), %eax
	test	%eax, %eax
	jz	1f
	mov	$MSR_EFER, %ecx
	xor	%edx, %edx
	wrmsr
1:	mov	$MULTIBOOT_BOOT_MAGIC, %eax
	push	%edi
	popf
	jmp	*%esi

debug_trap:
	iret

	.data
	.align 8
idt:	.quad	0
debug_gate:
	.quad	0x8e0000000000
idtr:	.word	. - idt - 1
	.long	idt

	.bss
	.skip	4096
stack_top:
	.section .note.GNU-stack, "", @progbits
