/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands between a site and a call of the ROM, where that is short or must
 * change no register.
 */
#include <abi/vmi.h>

/*
 * vmi.count on the command line: each call of the ROM goes through one of these,
 * for `make bench`. They change no register, and reach memory through SS: on
 * the way of IRET the other segments are the user's.
 */

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
	.irp	name, iret, set_pte, clear_pte, lazy_mmu_begin, lazy_mmu_end
	.globl	vmi_\name
	.type	vmi_\name, @function
	.endr

/*
 * Where the ROM wants IRET to be called (vmi-abi 6.2): it drops the address of
 * the return, and a frame that it refuses is a fault 5 bytes before that.
 */
vmi_iret:
	push	$1f
1:	jmp	*%ss:vmi_target + 4 * VMI_IRET

/*
 * Page-table entries; a thunk has saved all registers. Lazy sections: the ROM is
 * told of one when it is known to have more than one update.
 */
	.lcomm	lazy, 4			/* sections that are open */
	.lcomm	alone, 4		/* updates to come before it is told */

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

	.section .extable, "a"
	.long	vmi_iret, bad_iret

	.section .note.GNU-stack, "", @progbits
