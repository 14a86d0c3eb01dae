/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a multiboot loader to C. The loader leaves paging and interrupts off,
 * flat segments, the magic number in EAX and the boot information in EBX. All
 * else is undefined and is set here.
 *
 * This checks that the CPU can do PAE, maps memory with 2 MiB pages, turns
 * paging on and calls start_native (start.c). Until paging_init the first 3 GiB
 * are mapped at their own addresses, where the loader's data lie. The first GiB
 * is mapped at KERNEL_BASE too. The instructions from __early_start to
 * __early_end run before there is a table of operations.
 */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/page.h>

#define PHYS(symbol)	(symbol - KERNEL_BASE)
#define BIG_PAGE	0xe3		/* present, writable, A, D, PS */
#define NX		(1 << 20)	/* CPUID leaf 0x80000001, EDX */
#define LONG_MODE	(1 << 29)

	multiboot_header

	.section .boot, "ax"
	.globl multiboot_entry, __early_start, __early_end
__early_start:
multiboot_entry:
	mov	$PHYS(boot_stack_top), %esp
	push	$EFLAGS_FIXED
	popf
	mov	%eax, %ebp

	need_cpuid no_pae
	mov	%ebx, %edi
	mov	$1, %eax
	cpuid
	test	$(1 << 6), %edx
	jz	no_pae_edi

	/* One L2 of 2 MiB pages for each GiB; L3 slots 0 and 3 share theirs. */
	mov	$PHYS(boot_l2), %edx
	mov	$BIG_PAGE, %eax
1:	mov	%eax, (%edx)
	add	$8, %edx
	add	$L2_SPAN, %eax
	cmp	$(KERNEL_BASE + BIG_PAGE), %eax
	jb	1b
	movl	$PHYS(boot_l2) + PTE_P, PHYS(boot_l3)
	movl	$PHYS(boot_l2) + PAGE_SIZE + PTE_P, PHYS(boot_l3) + 8
	movl	$PHYS(boot_l2) + 2 * PAGE_SIZE + PTE_P, PHYS(boot_l3) + 16
	movl	$PHYS(boot_l2) + PTE_P, PHYS(boot_l3) + 24

	mov	$(CR4_PAE | CR4_PSE), %eax
	mov	%eax, %cr4
	mov	$PHYS(boot_l3), %eax
	mov	%eax, %cr3

	/*
	 * EFER: NX if the CPU has it, and long mode off, which a loader may
	 * have left on. EFER exists if the CPU has either.
	 */
	mov	$0x80000000, %eax
	cpuid
	cmp	$0x80000001, %eax
	jb	1f
	mov	$0x80000001, %eax
	cpuid
	and	$(NX | LONG_MODE), %edx
	jz	1f
	shr	$9, %edx		/* NX, bit 20, becomes EFER_NXE, bit 11 */
	and	$EFER_NXE, %edx
	mov	%edx, %eax
	xor	%edx, %edx
	mov	$MSR_EFER, %ecx
	wrmsr
1:
	mov	$(CR0_PE | CR0_MP | CR0_NE | CR0_WP | CR0_AM | CR0_PG), %eax
	mov	%eax, %cr0
	lgdt	boot_gdt
	ljmp	$KERNEL_CS, $1f
1:	mov	$KERNEL_DS, %eax
	mov	%eax, %ss
	mov	%eax, %ds
	mov	%eax, %es
	mov	$boot_stack_top, %esp
	mov	%ebp, %eax
	mov	%edi, %edx
	xor	%ebp, %ebp
	push	$0			/* ends the backtrace */
	call	start_native

boot_gdt:
	.word	GDT_ENTRIES * 8 - 1
	.long	gdt

no_pae_edi:
	mov	%edi, %ebx
no_pae:
	mov	%ebx, %eax
	call	refuse_no_pae
__early_end:

	.section .init.bss, "aw", @nobits	/* page-aligned by the linker */
boot_l2:
	.skip	3 * 4096

	.section .bss.page_aligned, "aw", @nobits
	.align 4096
	.globl boot_guard, boot_stack, boot_stack_top
boot_guard:				/* left unmapped by paging_init */
	.skip	4096
boot_stack:
	.skip	8192
boot_stack_top:
	.bss
	.align 32
boot_l3:
	.skip	32

	.section .note.GNU-stack, "", @progbits
