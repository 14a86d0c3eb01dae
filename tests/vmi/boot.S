/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a multiboot loader to C, in the state that Linux has before it calls
 * VMI_Init (vmi-abi 2.3): 2-level paging, the first 16 MiB of memory at 0 and
 * at 3 GiB, 32 descriptors in a page of their own, interrupts off.
 */
#include <abi/multiboot.h>
#include <arch/cpu.h>
#include "test.h"

#define PHYS(symbol)	(symbol - PAGE_OFFSET)
#define BOOT_TABLES	4
#define CR0_LINUX	(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | \
			 CR0_AM | CR0_PG)

	.section .multiboot, "a"
	.align 4
	.long MULTIBOOT_HEADER_MAGIC
	.long MULTIBOOT_HEADER_FLAGS
	.long -(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_HEADER_FLAGS)

	.text
	.globl _start
_start:	cld
	mov	$PHYS(boot_tables), %edi
	mov	$7, %eax
1:	stosl
	add	$0x1000, %eax
	cmp	$(BOOT_TABLES << 22), %eax
	jb	1b

	mov	$PHYS(boot_tables) + 7, %eax
	mov	$PHYS(swapper), %edi
	mov	$BOOT_TABLES, %ecx
1:	mov	%eax, 768 * 4(%edi)
	stosl
	add	$0x1000, %eax
	loop	1b

	mov	$PHYS(swapper), %eax
	mov	%eax, %cr3
	mov	$CR0_LINUX, %eax
	mov	%eax, %cr0
	lgdt	gdtr
	ljmp	$KERNEL_CS, $1f
1:	mov	$KERNEL_DS, %eax
	mov	%eax, %ss
	mov	%eax, %fs
	mov	$USER_DS, %eax
	mov	%eax, %ds
	mov	%eax, %es
	xor	%eax, %eax
	mov	%eax, %gs
	mov	$stack_top, %esp
	lidt	idtr
	mov	%ebx, %eax
	call	main

	.data
	.globl gdtr, idtr
gdtr:	.word	GDT_ENTRIES * 8 - 1
	.long	gdt
idtr:	.word	256 * 8 - 1
	.long	idt

	.balign	4096
	.globl gdt
gdt:	.fill	GDT_KERNEL_CS, 8, 0
	.quad	0x00cf9b000000ffff, 0x00cf93000000ffff
	.quad	0x00cffb000000ffff, 0x00cff3000000ffff
	.fill	GDT_PERCPU - GDT_USER_DS - 1, 8, 0
	.quad	0x00cf93000000ffff
	.fill	GDT_ENTRIES - GDT_PERCPU - 1, 8, 0
	.balign	4096

	.section .page_aligned, "aw", @nobits
	.globl idt, swapper, stack, stack_top, user_stack_top
	.balign	4096
idt:	.skip	4096
swapper: .skip	4096
boot_tables: .skip BOOT_TABLES * 4096
	.skip	8192
stack_top:
	.skip	8192
user_stack_top:				/* for traps from user mode */

	.section .note.GNU-stack, "", @progbits
