/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands in the table, in the IDT and for the stubs of hypercalls while
 * the trace is on. Each stub calls the code of its kind, whose return address
 * says which one it was. That finds out caller and arguments. trace_record
 * records the event, goes on to what was there before, and adds result and end.
 *
 * All registers stay as they were. Memory is reached through SS: at an entry
 * and before IRET the other segments are the user's. An interrupt or an NMI
 * may come at each instruction and record events of its own. So one
 * instruction takes the number, and an event that has another number by its
 * end was overwritten.
 */
#include <arch/cpu.h>
#include <pv/site.h>
#include <trace/trace.h>

/* A field of the event at %edi, by its offset in struct trace_event. */
#define EVENT(at)	%ss:TRACE_VA + at(%edi)

/* What PUSHA leaves on the stack, and what was there before it. */
#define SAVED_EDX	20(%esp)
#define SAVED_EAX	28(%esp)
#define STUB		32(%esp)	/* its return address; then where it goes on */
#define PUSHED		36

	.macro stubs kind, count, bytes
	.rept	\count
	call	trace_\kind
	.balign	\bytes
	.endr
	.endm

	.text
	.balign	32
	.globl	trace_stubs
trace_stubs:
	stubs	op, TRACE_CALL, TRACE_STUB
	stubs	call, 64, (TRACE_STUB * TRACE_CALL_STUBS)
	stubs	gate, (TRACE_IRET + 1 - TRACE_ENTER), TRACE_STUB

/*
 * An operation. A thunk that saves all registers calls from below them
 * (pv/thunks.S): the site is what called the thunk.
 */
trace_op:
	pusha
	mov	PUSHED(%esp), %edi
	cmp	$__pv_thunks, %edi
	jb	trace_record
	cmp	$__pv_thunks_end, %edi
	jae	trace_record
	mov	PUSHED + 4 + 32(%esp), %edi
	/* Fall through. */

/*
 * After PUSHA: %edi is the caller; %eax, %edx, %ecx and %esi are the arguments.
 * From then on %edi is the event's place, %ebp its number.
 */
trace_record:
	mov	$1, %ebp
	xadd	%ebp, %ss:trace_count
	push	%edi
	mov	%ebp, %edi
	and	$TRACE_EVENTS - 1, %edi
	shl	$6, %edi
	popl	EVENT(8)		/* caller */
	mov	%eax, EVENT(24)		/* arg */
	mov	%edx, EVENT(28)
	mov	%ecx, EVENT(32)
	mov	%esi, EVENT(36)
	mov	STUB, %eax
	sub	$trace_stubs + 5, %eax
	mov	%eax, EVENT(4)		/* what */
	cmp	$TRACE_STUB * TRACE_ENTER, %eax		/* for JAE: MOV keeps flags */
	mov	%ss:trace_below(%eax), %eax
	mov	%eax, STUB
	mov	%ss:current, %eax
	mov	%ss:TASK_PID(%eax), %edx
	mov	%edx, EVENT(12)		/* pid */
	mov	%ss:TASK_COMM(%eax), %edx
	mov	%edx, EVENT(16)		/* comm */
	mov	%ss:TASK_COMM + 4(%eax), %edx
	mov	%edx, EVENT(20)
	movl	$0, EVENT(56)		/* end */
	movl	$0, EVENT(60)
	mov	%ebp, EVENT(0)		/* number */
	rdtsc
	mov	%eax, EVENT(48)		/* start */
	mov	%edx, EVENT(52)
	jae	3f
	mov	SAVED_EAX, %eax
	mov	SAVED_EDX, %edx
	call	*STUB
	mov	%eax, SAVED_EAX
	mov	%edx, SAVED_EDX
	cmp	%ebp, EVENT(0)		/* number */
	jne	1f
	mov	%eax, EVENT(40)		/* result */
	mov	%edx, EVENT(44)
	rdtsc
	mov	%eax, EVENT(56)		/* end */
	mov	%edx, EVENT(60)
2:	popa
	add	$4, %esp
	ret
1:	incl	%ss:trace_ends_lost
	jmp	2b
3:	popa				/* an entry or IRET has no end */
	ret				/* to STUB */

/*
 * A hypercall: its arguments are in EBX, ECX, EDX, ESI. The frame of EBP is
 * that of the function that makes it: the caller is who called that.
 */
trace_call:
	pusha
	mov	4(%ebp), %edi
	mov	%ebx, %eax
	jmp	trace_record

/*
 * An entry, or IRET. Arguments are what lies on the stack, and EAX. For an
 * upcall that is a struct regs, and arguments are what lies there.
 */
trace_gate:
	pusha
	lea	PUSHED(%esp), %edi
	cmpl	$trace_stubs + TRACE_STUB * TRACE_UPCALL + 5, STUB
	jne	1f
	lea	REGS_EIP(%eax), %edi
1:	mov	%eax, %esi
	mov	%ss:(%edi), %eax
	mov	%ss:4(%edi), %edx
	mov	%ss:8(%edi), %ecx
	jmp	trace_record

	.section .note.GNU-stack, "", @progbits
