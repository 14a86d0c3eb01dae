/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands in the table, in the IDT and for the stubs of hypercalls while
 * the trace is on. Each stub calls common code, whose return address says which
 * one it was. The common code takes the next event of the ring, fills it in, goes
 * on to what was there before, and adds result and end.
 *
 * All registers stay as they were. Memory is reached through SS: at an entry and
 * before IRET the other segments are the user's. An interrupt or an NMI may come
 * at each instruction and take events of its own. So one instruction takes the
 * number, and an event that has another number by its end was overwritten.
 */
#include <arch/cpu.h>
#include <pv/site.h>
#include <trace/trace.h>

#define EVENT(field)	%ss:TRACE_VA + TRACE_##field(%esi)

/*
 * The next event: %ebx is its number, %esi its place. %ebp is which of its
 * kind, in bytes of stubs. %edi is lost.
 */
	.macro begin kind
	mov	$1, %ebx
	xadd	%ebx, %ss:trace_count
	mov	%ebx, %esi
	and	$TRACE_EVENTS - 1, %esi
	shl	$6, %esi
	mov	%ebx, EVENT(NUMBER)
	lea	\kind(%ebp), %edi
	mov	%edi, EVENT(WHAT)
	mov	%ss:current, %edi
	pushl	%ss:TASK_PID(%edi)
	popl	EVENT(PID)
	pushl	%ss:TASK_COMM(%edi)
	popl	EVENT(COMM)
	pushl	%ss:TASK_COMM + 4(%edi)
	popl	EVENT(COMM + 4)
	movl	$0, EVENT(END)
	movl	$0, EVENT(END + 4)
	.endm

/* When it began. EAX and EDX are lost. */
	.macro stamp
	rdtsc
	mov	%eax, EVENT(START)
	mov	%edx, EVENT(START + 4)
	.endm

	.macro function name
	.globl	\name
	.type	\name, @function
\name:
	.endm

	.macro stubs name, count, bytes
	.text
	.balign	\bytes
	function \name
	.rept	\count
	.balign	\bytes
	call	\name\()_common
	.endr
	.size	\name, . - \name
	.endm

	.macro save
	push	%ebx
	push	%esi
	push	%edi
	push	%edx
	push	%eax
	.endm

	.macro restore
	pop	%eax
	pop	%edx
	pop	%edi
	pop	%esi
	pop	%ebx
	.endm

/* ---- operations ---------------------------------------------------------- */

	stubs	trace_op, PV_NR_shutdown + 1, TRACE_STUB

/*
 * A thunk that saves all registers calls from below them (pv/thunks.S): the site
 * is what called the thunk.
 */
	function trace_op_common
	xchg	%ebp, (%esp)
	save
	sub	$trace_op + 5, %ebp
	begin	TRACE_OP
	mov	%eax, EVENT(ARGS)
	mov	%edx, EVENT(ARGS + 4)
	mov	%ecx, EVENT(ARGS + 8)
	mov	24(%esp), %eax
	cmp	$__pv_thunks, %eax
	jb	1f
	cmp	$__pv_thunks_end, %eax
	jae	1f
	mov	24 + 4 + 32(%esp), %eax
1:	mov	%eax, EVENT(CALLER)
	stamp
	mov	(%esp), %eax
	mov	4(%esp), %edx
	call	*%ss:trace_below(%ebp)
	mov	%eax, (%esp)
	mov	%edx, 4(%esp)
	rdtsc
	cmp	%ebx, EVENT(NUMBER)
	jne	2f
	mov	%eax, EVENT(END)
	mov	%edx, EVENT(END + 4)
	pop	%eax
	pop	%edx
	mov	%eax, EVENT(RESULT)
	mov	%edx, EVENT(RESULT + 4)
	jmp	3f
2:	incl	%ss:trace_ends_lost
	pop	%eax
	pop	%edx
3:	pop	%edi
	pop	%esi
	pop	%ebx
	pop	%ebp
	ret
	.size	trace_op_common, . - trace_op_common

/* It does not come back. Where it is called is always the same. */
	function trace_iret
	push	%ebp
	save
	mov	$TRACE_STUB * PV_NR_iret, %ebp
	begin	TRACE_OP
	movl	$iret_site, EVENT(CALLER)
	mov	24(%esp), %eax
	mov	%eax, EVENT(ARGS)		/* EIP */
	mov	28(%esp), %eax
	mov	%eax, EVENT(ARGS + 4)		/* CS */
	lea	24(%esp), %eax
	mov	%eax, EVENT(ARGS + 8)
	stamp
	restore
	pop	%ebp
	jmp	*%ss:trace_below + TRACE_STUB * PV_NR_iret
	.size	trace_iret, . - trace_iret

/* ---- entries ------------------------------------------------------------- */

	.text
	.balign	TRACE_STUB
	function trace_gate
	.set	n, 0
	.rept	256
	.balign	TRACE_STUB
	.if	n == 8 || (n >= 10 && n <= 14) || n == 17
	call	trace_fault
	.else
	call	trace_trap
	.endif
	.set	n, n + 1
	.endr
	.size	trace_gate, . - trace_gate

/* `error`: 4 if an error code lies below the frame, which is recorded then. */
	.macro entry name, error
	function \name
	xchg	%ebp, (%esp)
	save
	sub	$trace_gate + 5, %ebp
	begin	TRACE_ENTER
	.if	\error
	mov	24(%esp), %eax
	.endif
	mov	%eax, EVENT(ARGS + 8)
	mov	24 + \error(%esp), %eax
	mov	%eax, EVENT(CALLER)		/* EIP */
	mov	28 + \error(%esp), %eax
	mov	%eax, EVENT(ARGS)		/* CS */
	lea	24 + \error(%esp), %eax
	mov	%eax, EVENT(ARGS + 4)
	stamp
	mov	%ss:trace_handler(%ebp), %ebp
	xchg	%ebp, 20(%esp)
	restore
	ret					/* to the handler */
	.size	\name, . - \name
	.endm

	entry	trace_trap, 0
	entry	trace_fault, 4

/* A hypervisor's upcall, as a handler of struct regs at %eax. */
	function trace_upcall
	push	%ebp
	save
	mov	$TRACE_STUB * TRACE_UPCALL, %ebp
	begin	TRACE_ENTER
	mov	REGS_EIP(%eax), %edx
	mov	%edx, EVENT(CALLER)
	mov	REGS_CS(%eax), %edx
	mov	%edx, EVENT(ARGS)
	lea	REGS_EIP(%eax), %edx
	mov	%edx, EVENT(ARGS + 4)
	stamp
	restore
	pop	%ebp
	jmp	*%ss:trace_upcall_below
	.size	trace_upcall, . - trace_upcall

/* ---- hypercalls ---------------------------------------------------------- */

	stubs	trace_call, TRACE_CALLS, TRACE_CALL_STUB

/*
 * Arguments are in EBX, ECX, EDX, ESI, and may be lost. The frame that EBP points
 * to is that of the function which makes the call: who called that is recorded.
 */
	function trace_call_common
	mov	4(%ebp), %eax
	xchg	%ebp, (%esp)
	push	%edi
	push	%esi
	push	%edx
	push	%ebx
	sub	$trace_call + 5, %ebp
	begin	TRACE_CALL
	mov	%eax, EVENT(CALLER)
	mov	(%esp), %eax
	mov	%eax, EVENT(ARGS)
	mov	%ecx, EVENT(ARGS + 4)
	mov	%edx, EVENT(ARGS + 8)
	mov	8(%esp), %eax
	mov	%eax, EVENT(ARGS + 12)
	stamp
	add	%ss:trace_calls_below, %ebp
	mov	%esi, %edi
	xchg	%ebx, (%esp)			/* it keeps the number */
	mov	4(%esp), %edx
	mov	8(%esp), %esi
	call	*%ebp
	pop	%ebx
	mov	%eax, (%esp)
	rdtsc
	cmp	%ebx, %ss:TRACE_VA + TRACE_NUMBER(%edi)
	jne	2f
	mov	%eax, %ss:TRACE_VA + TRACE_END(%edi)
	mov	%edx, %ss:TRACE_VA + TRACE_END + 4(%edi)
	pop	%eax
	mov	%eax, %ss:TRACE_VA + TRACE_RESULT(%edi)
	jmp	3f
2:	incl	%ss:trace_ends_lost
	pop	%eax
3:	pop	%esi
	pop	%edi
	pop	%ebp
	ret
	.size	trace_call_common, . - trace_call_common

	.section .note.GNU-stack, "", @progbits
