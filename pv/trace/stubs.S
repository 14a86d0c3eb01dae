/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands in the table, in the IDT and for the stubs of hypercalls while
 * the trace is on. Each stub calls common code, whose return address says
 * which one it was. The common code has the next event recorded, goes on to
 * what was there before, and adds result and end.
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

	.text

	.macro function name
	.globl	\name
	.type	\name, @function
\name:
	.endm

	.macro stubs name, count, bytes
	.balign	\bytes
	function \name
	.rept	\count
	.balign	\bytes
	call	\name\()_common
	.endr
	.endm

	stubs	trace_op, PV_NR_shutdown + 1, TRACE_STUB
	stubs	trace_gate, TRACE_IRET + 1, TRACE_STUB
	stubs	trace_call, 64, TRACE_CALL_STUB

/*
 * Begins an event: %ebp is what, %edi the caller; %eax, %edx, %ecx and %esi
 * are the arguments. On return %edi is its place, %ebp its number; %eax and
 * %edx are lost.
 */
	function trace_begin
	push	%ebx
	mov	$1, %ebx
	xadd	%ebx, %ss:trace_count
	push	%ebx
	and	$TRACE_EVENTS - 1, %ebx
	shl	$6, %ebx
	xchg	%ebx, %edi
	mov	%ebx, EVENT(8)		/* caller */
	mov	%ebp, EVENT(4)		/* what */
	mov	%eax, EVENT(24)		/* arg */
	mov	%edx, EVENT(28)
	mov	%ecx, EVENT(32)
	mov	%esi, EVENT(36)
	mov	%ss:current, %ebx
	pushl	%ss:TASK_PID(%ebx)
	popl	EVENT(12)		/* pid */
	pushl	%ss:TASK_COMM(%ebx)
	popl	EVENT(16)		/* comm */
	pushl	%ss:TASK_COMM + 4(%ebx)
	popl	EVENT(20)
	movl	$0, EVENT(56)		/* end */
	movl	$0, EVENT(60)
	pop	%ebp
	mov	%ebp, EVENT(0)		/* number */
	pop	%ebx
	rdtsc
	mov	%eax, EVENT(48)		/* start */
	mov	%edx, EVENT(52)
	ret

/*
 * An operation. A thunk that saves all registers calls from below them
 * (pv/thunks.S): the site is what called the thunk.
 */
	function trace_op_common
	pusha
	mov	STUB, %ebp
	sub	$trace_op + 5, %ebp
	mov	PUSHED(%esp), %edi
	cmp	$__pv_thunks, %edi
	jb	1f
	cmp	$__pv_thunks_end, %edi
	jae	1f
	mov	PUSHED + 4 + 32(%esp), %edi
1:	mov	%ss:trace_below(%ebp), %ebx
	mov	%ebx, STUB
	/* Fall through. */

/* Calls what is in place of STUB, with the registers as PUSHA saved them. */
	function trace_around
	call	trace_begin
	mov	SAVED_EAX, %eax
	mov	SAVED_EDX, %edx
	call	*STUB
	mov	%eax, SAVED_EAX
	mov	%edx, SAVED_EDX
	rdtsc
	cmp	%ebp, EVENT(0)		/* number */
	jne	1f
	mov	%eax, EVENT(56)		/* end */
	mov	%edx, EVENT(60)
	mov	SAVED_EAX, %eax
	mov	%eax, EVENT(40)		/* result */
	mov	SAVED_EDX, %edx
	mov	%edx, EVENT(44)
2:	popa
	add	$4, %esp
	ret
1:	incl	%ss:trace_ends_lost
	jmp	2b

/*
 * A hypercall: its arguments in EBX, ECX, EDX, ESI may be lost. The frame of
 * EBP is that of the function that makes it: the caller is who called that.
 */
	function trace_call_common
	pusha
	mov	4(%ebp), %edi
	mov	STUB, %ebp
	sub	$trace_call + 5, %ebp
	mov	%ebp, %eax
	add	%ss:trace_calls_below, %eax
	mov	%eax, STUB
	add	$TRACE_CALL, %ebp
	mov	%ebx, %eax
	jmp	trace_around

/*
 * An entry, or IRET. Arguments are what lies on the stack, and EAX. For an
 * upcall that is a struct regs, and arguments are what lies there.
 */
	function trace_gate_common
	pusha
	mov	STUB, %ebp
	sub	$trace_gate + 5, %ebp
	mov	%ss:trace_handler(%ebp), %esi
	mov	%esi, STUB
	lea	PUSHED(%esp), %edi
	cmp	$TRACE_STUB * TRACE_UPCALL, %ebp
	jne	1f
	lea	REGS_EIP(%eax), %edi
1:	add	$TRACE_ENTER, %ebp
	mov	%eax, %esi
	mov	%ss:(%edi), %eax
	mov	%ss:4(%edi), %edx
	mov	%ss:8(%edi), %ecx
	call	trace_begin
	popa
	ret				/* to the handler */

	.section .note.GNU-stack, "", @progbits
