/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done often to page tables (mmu.c): entries, and lazy sections. A thunk
 * has saved all registers for the first two.
 */
#include <abi/vmi.h>

	.bss
	.align	4
lazy:	.long	0			/* sections that are open */
/* Updates to come in them before the ROM is told; 0: it is, or none is open. */
alone:	.long	0

	.text
	.irp	name, set_pte, clear_pte, lazy_mmu_begin, lazy_mmu_end
	.globl	vmi_\name
	.type	vmi_\name, @function
	.endr

vmi_set_pte:				/* ECX:EDX to (%eax) */
	xchg	%eax, %ecx
	xchg	%eax, %edx
1:	cmpl	$0, alone
	jne	3f
2:	push	$VMI_PAGE_PT
	call	*vmi_target + 4 * VMI_SetPxELong
	pop	%ecx
	ret
3:	decl	alone
	jne	2b
	pusha
	mov	$VMI_LAZY_MMU, %eax
	call	*vmi_target + 4 * VMI_SetLazyMode
	popa
	jmp	2b

vmi_clear_pte:
	mov	%eax, %ecx
	xor	%eax, %eax
	xor	%edx, %edx
	jmp	1b

vmi_lazy_mmu_begin:
	incl	lazy
	cmpl	$1, lazy
	jne	1f
	movl	$2, alone
1:	ret

vmi_lazy_mmu_end:
	decl	lazy
	jne	1f
	cmpl	$0, alone
	movl	$0, alone
	jne	1f
	pusha
	mov	$VMI_LAZY_NONE, %eax
	call	*vmi_target + 4 * VMI_SetLazyMode
	popa
1:	ret

	.section .note.GNU-stack, "", @progbits
