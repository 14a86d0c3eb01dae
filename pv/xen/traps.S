/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interrupt flag, and the entries from Xen and the way back.
 *
 * The flag is a byte that Xen and the kernel share, the mask. Events that come
 * while it is set become pending and nothing more, so code that clears it must
 * look for them afterwards (xen-pv-abi 7.2). Xen sets the mask when it enters
 * the kernel, and EFLAGS.IF in the frame says what it was (6.2). On the way in
 * and out DS and ES are the user's: there memory is reached through SS.
 */
#include <abi/xen/hypercall.h>
#include <abi/xen/shared_info.h>
#include <arch/entry.h>

#define PENDING		xen_shared_info + XEN_VCPU_PENDING
#define MASK		xen_shared_info + XEN_VCPU_MASK
#define IF_BIT		9
#define NO_VECTOR	-1

	.macro function name
	.text
	.align 4
	.globl \name
	.type \name, @function
\name:
	.endm

/*
 * EFLAGS_IF (bit 9) if the mask is 0. The word at xen_shared_info has pending,
 * 0 to 0xff, in its first byte, the mask, 0 or 1, in the second, then zeros:
 *
 *	mask 0:		0x2ff - 0x0pp is from 0x200 to 0x2ff: bit 9 is set
 *	mask 1:		0x2ff - 0x1pp is from 0x100 to 0x1ff: bit 9 is clear
 *
 * Only bit 9 means anything.
 */
	function xen_save_fl
	mov	$EFLAGS_IF + 0xff, %eax
	sub	xen_shared_info, %eax
	ret
	.size xen_save_fl, . - xen_save_fl

	function xen_irq_disable
	movb	$1, MASK
	ret
	.size xen_irq_disable, . - xen_irq_disable

	function xen_restore_fl
	bt	$IF_BIT, %eax
	setnc	MASK
	jc	1f
	ret
	.size xen_restore_fl, . - xen_restore_fl

	function xen_irq_enable
	movb	$0, MASK
1:	cmpb	$0, PENDING
	jne	xen_irq_pending
	ret
	.size xen_irq_enable, . - xen_irq_enable

/*
 * Called after unmasking, when something is pending. It builds the frame of an
 * upcall that came at the return to the caller, so Xen need not be asked for
 * one. If Xen was faster nothing is pending any more, which does no harm. All
 * registers and flags stay.
 */
	function xen_irq_pending
	push	%cs
	push	4(%esp)
	pushf
	pop	8(%esp)			/* eip, cs, eflags */
	orl	$EFLAGS_IF, 8(%esp)
	movb	$1, MASK
	/* Fall through. */
	.size xen_irq_pending, . - xen_irq_pending

/*
 * The event callback. An upcall between the labels of xen_iret counts as one
 * after the IRET. So its frame is dropped and the frame above it, that of the
 * IRET, is used; frames on the stack do not pile up. That one may lie between
 * the labels as well, if an NMI had come there.
 */
	function xen_upcall
1:	testb	$2, 4(%esp)
	jnz	2f			/* from user mode */
	testb	$EFLAGS_VM >> 16, 10(%esp)
	jnz	2f			/* user mode too: user_mode() */
	cmpl	$xen_iret_unmasked, (%esp)
	jb	2f
	cmpl	$xen_iret_end, (%esp)
	jae	2f
	add	$12, %esp
	jmp	1b
2:	push	$0
	push	$NO_VECTOR
	SAVE_REGS
	mov	%esp, %eax
	call	*xen_on_upcall
	jmp	return_from_trap
	.size xen_upcall, . - xen_upcall

/*
 * The way out, by the CPU's own IRET. The mask must be set here. Between the
 * labels an upcall may come, and it does not resume here.
 */
	function xen_iret
	testb	$EFLAGS_IF >> 8, 9(%esp)
	jz	1f
	movb	$0, %ss:MASK
	.globl xen_iret_unmasked, xen_iret_end
xen_iret_unmasked:
	cmpb	$0, %ss:PENDING
	jne	2f
1:	iret
2:	movb	$1, %ss:MASK
xen_iret_end:
	jmp	xen_upcall
	.pushsection .extable, "a"
	.long	1b, bad_iret
	.popsection
	.size xen_iret, . - xen_iret

/* Device not available: Xen has cleared TS, 6.2. */
	function xen_no_fpu
	movb	$0, %ss:xen_ts
	push	$0
	push	$TRAP_NO_FPU
	jmp	trap_common
	.size xen_no_fpu, . - xen_no_fpu

/*
 * Page fault. The reason may be an update that a lazy section delays. So what
 * waits goes to Xen, and the instruction is tried again.
 */
	function xen_page_fault
	push	$TRAP_PAGE_FAULT
	cmpl	$0, %ss:xen_waiting
	je	trap_common
	SAVE_REGS
	call	xen_flush
	jmp	return_from_trap
	.size xen_page_fault, . - xen_page_fault

/*
 * Xen could not reload a segment register when it resumed this guest, since the
 * LDT had changed (6.4). The register is 0 now, and who uses it gets a fault.
 * The four saved selectors are dropped.
 */
	function xen_failsafe
	add	$16, %esp
	jmp	xen_iret
	.size xen_failsafe, . - xen_failsafe

	.section .note.GNU-stack, "", @progbits
