/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls of the ROM that has the monitor inside, for a client in ring 1: part
 * of rom.S. What they share with the monitor is the page at VMI_TOP
 * (vmi/shared.h). Those that the client makes with the user's segments loaded
 * use SS alone. vmi-abi 3.1, 6.
 */

	.macro monitor_call name
	push	%ebx
	mov	$VMI_\name, %ebx
	int	$HYPERCALL_VECTOR
	pop	%ebx
	ret
	.endm

	.macro GET_TABLE at
	mov	VMI_TOP + \at, %cx
	mov	%cx, (%eax)
	mov	VMI_TOP + \at + 2, %ecx
	mov	%ecx, 2(%eax)
	.endm

	/* Of what EAX is. */
	.macro NOTE what
	mov	%eax, %edx
	mov	$\what, %eax
	jmp	note
	.endm

#define CALL(name, ...)		function name; __VA_ARGS__; ret;
#define FUNC(name)
#define HYPER(name)		function name; monitor_call name;
#define NOP(name)
#include "guest.def"

	function EnableInterrupts
	movb	$0, %ss:VMI_TOP + SHARED_MASK
	cmpb	$0, %ss:VMI_TOP + SHARED_PENDING
	jne	1f
	ret
1:	monitor_call EnableInterrupts

	function SetInterruptMask
	testb	$2, %ah
	jnz	EnableInterrupts
	movb	$1, %ss:VMI_TOP + SHARED_MASK
	ret

/*
 * [ESP] = return address, then the frame. The address stays until the last, for
 * the monitor to tell where a frame was that the CPU refuses. An interrupt that
 * comes at the IRET itself is delivered as if it came after.
 */
	function IRET
	testb	$2, 13(%esp)		/* EFLAGS.IF */
	setz	%ss:VMI_TOP + SHARED_MASK
	cmpb	$0, %ss:VMI_TOP + SHARED_PENDING
	jne	1f
	add	$4, %esp
	.globl	rom_iret
rom_iret:
	iret
1:	push	%ebx
	mov	$VMI_IRET, %ebx
	int	$HYPERCALL_VECTOR

/* At each context switch, and nearly always the same. */
	function SetIOPLMask
	cmp	%eax, VMI_TOP + SHARED_IOPL
	jne	1f
	ret
1:	monitor_call SetIOPLMask

/* EDX = EIP, ECX = ESP. */
	function SYSEXIT
	pushl	%ss:VMI_TOP + SHARED_SYSEXIT_SS
	push	%ecx
	pushf				/* IF is set, as it is outside the monitor */
	pushl	%ss:VMI_TOP + SHARED_SYSEXIT_CS
	push	%edx
	push	$0
	jmp	IRET

/*
 * EAX = QUEUE_*, EDX = about what. Whatever interrupts this may note as much as
 * it likes: the monitor takes the note itself first, and this goes on at its end.
 */
	function note
	mov	VMI_TOP + SHARED_TAIL, %ecx
	sub	VMI_TOP + SHARED_HEAD, %ecx
	cmp	$SHARED_QUEUE_SIZE, %ecx
	jae	1f
	mov	VMI_TOP + SHARED_TAIL, %ecx
	and	$SHARED_QUEUE_SIZE - 1, %ecx
	mov	%edx, VMI_TOP + SHARED_QUEUE + 4(, %ecx, 8)
	mov	%eax, VMI_TOP + SHARED_QUEUE(, %ecx, 8)
	incl	VMI_TOP + SHARED_TAIL
	.globl	note_end
note_end:
	ret
1:	push	%ebx
	mov	$VMI_Note, %ebx
	int	$HYPERCALL_VECTOR
	pop	%ebx
	ret

/*
 * What was not present no shadow has. The entry is stored before its change is
 * noted, for whoever flushes then.
 */
	function SetPxE
	mov	(%edx), %ecx
	mov	%eax, (%edx)
	testb	$1, %cl
	jz	1f
	mov	$QUEUE_ENTRY, %eax
	jmp	note
1:	ret

	function SetPxELong
	push	(%ecx)
	call	store_long
	pop	%eax
	testb	$1, %al
	jz	1f
	mov	%ecx, %edx
	mov	$QUEUE_ENTRY, %eax
	jmp	note
1:	ret

