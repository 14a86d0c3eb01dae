/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The context switch itself. Arguments are in EAX, EDX, ECX (regparm). What a
 * C call may change needs no saving; the rest of the registers is on the stack,
 * and FPU, segments and address space are the caller's business (sched.c).
 */
#include <arch/cpu.h>

	.text
/*
 * switch_stacks(from, to), with interrupts off: returns on the stack of `to`,
 * where `to` called it, or to what fork.c or task.c have put there.
 */
	.globl switch_stacks
	.type switch_stacks, @function
	.align 16
switch_stacks:
	push	%ebp
	push	%ebx
	push	%esi
	push	%edi
	mov	%esp, (%eax)		/* struct arch_task: esp */
	mov	(%edx), %esp
	pop	%edi
	pop	%esi
	pop	%ebx
	pop	%ebp
	ret
	.size switch_stacks, . - switch_stacks

/* The first return of a kernel thread: ebx = function, esi = argument. */
	.globl kthread_entry
	.type kthread_entry, @function
kthread_entry:
	call	schedule_tail
	mov	%esi, %eax
	call	*%ebx
	xor	%eax, %eax
	call	do_exit
	.size kthread_entry, . - kthread_entry

	.section .note.GNU-stack, "", @progbits
