/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interrupt flag and the ways between Xen and the kernel. The flag is a
 * byte that we share with Xen, the mask: events that come while it is set only
 * become pending, so whoever clears it must look (xen-pv-abi 7.2). Xen sets it
 * as it enters us, and the frame's EFLAGS.IF says what it was (6.2). DS and ES
 * are the user's on the way in and out: there, only SS is good for memory.
 *
 * Read next: arch/i386/entry.S, then irq.c.
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

/* Pending in bits 7:0, mask in bit 8: the difference has bit 9 if it is 0. */
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
 * Called right after unmasking, when something is pending: makes the frame of
 * an upcall that came as the caller goes on, so that there is no need to ask
 * Xen for one. If Xen was faster, nothing is pending any more, and no harm is
 * done. All registers and flags stay.
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
 * The event callback. An upcall in the middle of xen_iret came, for all that
 * matters, in what that returns to: its own frame goes, the one above counts,
 * and the frames on the stack do not pile up. That one may be the same again,
 * if an NMI had come there.
 */
	function xen_upcall
1:	testb	$2, 4(%esp)
	jnz	2f			/* from user mode */
	testb	$EFLAGS_VM >> 16, 10(%esp)
	jnz	2f			/* as user_mode() */
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
	call	xen_events
	jmp	return_from_trap
	.size xen_upcall, . - xen_upcall

/*
 * The way out, by the CPU alone; the mask is set as we come here. What is
 * between the labels may be interrupted and not resumed.
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
 * Page fault. What a lazy section delays may be the reason: it goes to Xen, and
 * the instruction is tried again.
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
 * Xen could not reload a segment register when it resumed us, since the user
 * changed the LDT. It is 0 now, and its user will see: 6.4.
 */
	function xen_failsafe
	add	$16, %esp
	jmp	xen_iret
	.size xen_failsafe, . - xen_failsafe

	.section .note.GNU-stack, "", @progbits
