/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a multiboot loader to 64-bit mode. This is the 32-bit program that the
 * loader sees; the monitor proper, 64-bit code linked elsewhere, is data in it.
 * It checks that the CPU can run the monitor, maps the first GiB
 * twice (at its own addresses and at IMAGE_BASE) and jumps to the monitor's first instruction, entry.S, with the magic number in
 * EDI and the boot information in ESI.
 */
#include <abi/multiboot.h>
#include <x86_64/cpu.h>

#define KERNEL_BASE	0xc0000000	/* as arch/i386/refuse.c is linked */
#define PHYS(symbol)	(symbol - KERNEL_BASE)
#define BIG_PAGE	(PTE_P | PTE_W | PTE_A | 0x40 | PTE_PS)
#define TABLE		(PTE_P | PTE_W)
#define BOOT_CS		8

#define CPUID_NEEDED	(1 << 9 | 1 << 6 | 1 << 5)	/* APIC, PAE, MSR */
#define LONG_MODE	(1 << 29)
#define NX		(1 << 20)

	.code32
	.section .multiboot, "a"
	.align 4
	.long MULTIBOOT_HEADER_MAGIC
	.long MULTIBOOT_HEADER_FLAGS
	.long -(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_HEADER_FLAGS)

	/* `why` is said if one of the bits is set, of what EBX has not. */
	.macro need bits, why
	mov	$\why, %edx
	test	$\bits, %ebx
	jnz	refused
	.endm

	.section .boot, "ax"
	.globl monitor_boot
monitor_boot:
	mov	$PHYS(boot_stack_top), %esp
	push	$EFLAGS_FIXED
	popf
	mov	%eax, %ebp		/* the magic number */
	mov	%ebx, %esi		/* the boot information */

	/* CPUID exists if EFLAGS.ID can be changed. */
	mov	$no_cpuid, %edx
	pushf
	pop	%eax
	mov	%eax, %ecx
	xor	$EFLAGS_ID, %eax
	push	%eax
	popf
	pushf
	pop	%eax
	cmp	%eax, %ecx
	je	refused
	mov	$1, %eax
	cpuid
	mov	%edx, %ebx
	not	%ebx
	need	CPUID_NEEDED, no_apic
	mov	$0x80000000, %eax
	cpuid
	mov	$no_long_mode, %edx
	cmp	$0x80000001, %eax
	jb	refused
	mov	$0x80000001, %eax
	cpuid
	mov	%edx, %ebx
	not	%ebx
	need	LONG_MODE, no_long_mode
	need	NX, no_nx

	mov	$PHYS(boot_l2), %edi
	mov	$BIG_PAGE, %eax
	mov	$512, %ecx
1:	mov	%eax, (%edi)
	add	$8, %edi
	add	$0x200000, %eax
	loop	1b
	movl	$PHYS(boot_l2) + TABLE, PHYS(boot_l3)
	movl	$PHYS(boot_l2) + TABLE, PHYS(boot_l3) + 510 * 8
	movl	$PHYS(boot_l3) + TABLE, PHYS(boot_l4)
	movl	$PHYS(boot_l3) + TABLE, PHYS(boot_l4) + 511 * 8

	mov	$(CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT), %eax
	mov	%eax, %cr4
	mov	$PHYS(boot_l4), %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	mov	$(EFER_LME | EFER_NXE), %eax
	xor	%edx, %edx
	wrmsr
	mov	$(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG), %eax
	mov	%eax, %cr0
	lgdt	PHYS(boot_gdtr)
	ljmp	$BOOT_CS, $PHYS(1f)

	.code64
1:	mov	%ebp, %edi
	mov	%esi, %esi
	mov	$IMAGE_BASE, %rax
	add	$0x200000, %rax
	jmp	*%rax

	.code32
refused:
	mov	$nothing, %ecx
	mov	%esi, %eax
	call	refuse_boot

boot_gdtr:
	.word	2 * 8 - 1
	.long	PHYS(boot_gdt)
	.align 8
boot_gdt:
	.quad	0, 0x00af9b000000ffff

no_cpuid:
	.asciz	"this CPU has no CPUID, the monitor needs 64-bit mode"
no_apic:
	.asciz	"this CPU has no local APIC or no PAE, which the monitor needs"
no_long_mode:
	.asciz	"this CPU has no 64-bit mode, which the monitor needs"
no_nx:
	.asciz	"this CPU has no NX, which the monitor needs"
nothing:
	.asciz	""

	.section .monitor, "a"
	.incbin MONITOR_BIN

	.section .bss, "aw", @nobits
	.align 4096
boot_l4:
	.skip	4096
boot_l3:
	.skip	4096
boot_l2:
	.skip	4096
	.skip	4096
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
