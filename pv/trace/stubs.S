/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands in the table, in the IDT and for the stubs of hypercalls while
 * the trace is on. Each stub calls common code, whose return address says which
 * one it was. The common code has the next event recorded, goes on to what was
 * there before, and adds result and end.
 *
 * All registers stay as they were. Memory is reached through SS: at an entry and
 * before IRET the other segments are the user's. An interrupt or an NMI may come
 * at each instruction and record events of its own. So one instruction takes the
 * number, and an event that has another number by its end was overwritten.
 */
#include <arch/cpu.h>
#include <pv/site.h>
#include <trace/trace.h>

#define EVENT(field)	%ss:TRACE_VA + TRACE_##field(%esi)

/* What PUSHA leaves on the stack, and what was there before it. */
#define SAVED_ESI	4(%esp)
#define SAVED_EBX	16(%esp)
#define SAVED_EDX	20(%esp)
#define SAVED_ECX	24(%esp)
#define SAVED_EAX	28(%esp)
#define STUB		32(%esp)
#define PUSHED		36

	.macro function name
	.text
	.globl	\name
	.type	\name, @function
\name:
	.endm

	.macro stubs name, count, bytes
	function \name
	.rept	\count
	.balign	\bytes
	call	\name\()_common
	.endr
	.size	\name, . - \name
	.endm

	stubs	trace_op, PV_NR_shutdown + 1, TRACE_STUB
	stubs	trace_gate, 256, TRACE_STUB
	stubs	trace_call, TRACE_CALLS, TRACE_CALL_STUB

/*
 * Begins an event: %ebp is what, %edi the caller, %eax, %edx, %ecx and %esi are
 * the arguments. On return %esi is its place, %ebx its number, %eax, %edx and
 * %edi are lost.
 */
	function trace_begin
	push	%esi
	mov	$1, %ebx
	xadd	%ebx, %ss:trace_count
	mov	%ebx, %esi
	and	$TRACE_EVENTS - 1, %esi
	shl	$6, %esi
	mov	%ebx, EVENT(NUMBER)
	mov	%ebp, EVENT(WHAT)
	mov	%edi, EVENT(CALLER)
	mov	%eax, EVENT(ARGS)
	mov	%edx, EVENT(ARGS + 4)
	mov	%ecx, EVENT(ARGS + 8)
	popl	EVENT(ARGS + 12)
	mov	%ss:current, %edi
	pushl	%ss:TASK_PID(%edi)
	popl	EVENT(PID)
	pushl	%ss:TASK_COMM(%edi)
	popl	EVENT(COMM)
	pushl	%ss:TASK_COMM + 4(%edi)
	popl	EVENT(COMM + 4)
	movl	$0, EVENT(END)
	movl	$0, EVENT(END + 4)
	rdtsc
	mov	%eax, EVENT(START)
	mov	%edx, EVENT(START + 4)
	ret
	.size	trace_begin, . - trace_begin

/* Ends it; SAVED_EAX and SAVED_EDX of the caller are the result. */
	function trace_finish
	rdtsc
	cmp	%ebx, EVENT(NUMBER)
	jne	1f
	mov	%eax, EVENT(END)
	mov	%edx, EVENT(END + 4)
	mov	4 + SAVED_EAX, %eax
	mov	%eax, EVENT(RESULT)
	mov	4 + SAVED_EDX, %edx
	mov	%edx, EVENT(RESULT + 4)
	ret
1:	incl	%ss:trace_ends_lost
	ret
	.size	trace_finish, . - trace_finish

/*
 * An operation. A thunk that saves all registers calls from below them
 * (pv/thunks.S): the site is what called the thunk.
 */
	function trace_op_common
	pusha
	mov	STUB, %ebp
	sub	$trace_op + 5 - TRACE_OP, %ebp
	mov	PUSHED(%esp), %edi
	cmp	$__pv_thunks, %edi
	jb	1f
	cmp	$__pv_thunks_end, %edi
	jae	1f
	mov	PUSHED + 4 + 32(%esp), %edi
1:	call	trace_begin
	mov	SAVED_EAX, %eax
	mov	SAVED_EDX, %edx
	call	*%ss:trace_below - TRACE_OP(%ebp)
	mov	%eax, SAVED_EAX
	mov	%edx, SAVED_EDX
	call	trace_finish
	popa
	add	$4, %esp
	ret
	.size	trace_op_common, . - trace_op_common

/* It does not come back. Its arguments are EIP, CS, and where they are. */
	function trace_iret
	pusha
	mov	$TRACE_OP + TRACE_STUB * PV_NR_iret, %ebp
	mov	$iret_site, %edi
	mov	32(%esp), %eax
	mov	36(%esp), %edx
	lea	32(%esp), %ecx
	call	trace_begin
	popa
	jmp	*%ss:trace_below + TRACE_STUB * PV_NR_iret
	.size	trace_iret, . - trace_iret

/* An entry. Arguments are the last that the CPU pushed, and EAX. */
	function trace_gate_common
	pusha
	mov	STUB, %ebp
	sub	$trace_gate + 5 - TRACE_ENTER, %ebp
	mov	%eax, %esi
	lea	PUSHED(%esp), %edi
	mov	PUSHED(%esp), %eax
	mov	PUSHED + 4(%esp), %edx
	mov	PUSHED + 8(%esp), %ecx
	call	trace_begin
	mov	%ss:trace_handler - TRACE_ENTER(%ebp), %eax
	mov	%eax, STUB
	popa
	ret				/* to the handler */
	.size	trace_gate_common, . - trace_gate_common

/* A hypervisor's upcall, as a handler of struct regs: the same for its frame. */
	function trace_upcall
	pusha
	mov	$TRACE_ENTER + TRACE_STUB * TRACE_UPCALL, %ebp
	lea	REGS_EIP(%eax), %edi
	mov	(%edi), %eax
	mov	4(%edi), %edx
	call	trace_begin
	popa
	jmp	*%ss:trace_upcall_below
	.size	trace_upcall, . - trace_upcall

/*
 * A hypercall: arguments in EBX, ECX, EDX, ESI may be lost. The frame of EBP is
 * that of the function that makes it: the caller is who called that.
 */
	function trace_call_common
	pusha
	mov	4(%ebp), %edi
	mov	STUB, %ebp
	sub	$trace_call + 5 - TRACE_CALL, %ebp
	mov	%ebx, %eax
	xchg	%ecx, %edx
	call	trace_begin
	lea	-TRACE_CALL(%ebp), %eax
	add	%ss:trace_calls_below, %eax
	mov	%esi, %edi
	mov	%ebx, %ebp
	mov	SAVED_EBX, %ebx
	mov	SAVED_EDX, %edx
	mov	SAVED_ECX, %ecx
	mov	SAVED_ESI, %esi
	call	*%eax
	mov	%eax, SAVED_EAX
	mov	%edi, %esi
	mov	%ebp, %ebx
	call	trace_finish
	popa
	add	$4, %esp
	ret
	.size	trace_call_common, . - trace_call_common

	.section .note.GNU-stack, "", @progbits
