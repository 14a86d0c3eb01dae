/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trap entry and exit with Linux's inline sites (vmi-abi 3.3), the code that
 * calls a function with known registers, and what user mode executes.
 */
#include <arch/cpu.h>
#include "test.h"

/* ---- sites: {address, call, length} in .sites ---- */

	.macro site call
	.pushsection .sites, "a"
	.long	8f, NR_\call, 9f - 8f
	.popsection
8:
	.endm

#define VMI_CALL(number, name, changes)	.set NR_##name, number;
#include <abi/vmi.def>

/* As in 2.6.22: what is saved here is gone when the site is patched. */
	.macro	irq_site name, call
	.globl	\name
\name:	site	\call
	push	%ecx
	push	%edx
	call	*ops + 4 * NR_\call
	pop	%edx
	pop	%ecx
9:	ret
	.endm

	.text
	irq_site site_irq_enable, EnableInterrupts
	irq_site site_irq_disable, DisableInterrupts
	irq_site site_save_fl, GetInterruptMask
	irq_site site_restore_fl, SetInterruptMask

/* As in 2.6.21: rewritten as two calls, whatever the answers. 0x100: both. */
	.globl	site_irq_save
	.set	NR_both, 0x100
site_irq_save:
	site	both
	push	%ecx
	push	%edx
	call	*ops + 4 * NR_GetInterruptMask
	push	%eax
	call	*ops + 4 * NR_DisableInterrupts
	pop	%eax
	pop	%edx
	pop	%ecx
9:	ret

/* Nobody may come here before these are patched. */
iret_site:
	site	IRET
	jmp	*%cs:poison
9:
sysexit_site:
	site	SYSEXIT
	jmp	*%cs:poison + 4
9:
	.data
poison:	.long	0x0badbab0, 0xfeedbab0

/* ---- traps ---- */

	.text
#include "../stubs.S"

entry:	push	%fs
	push	%es
	push	%ds
	pusha
	mov	$USER_DS, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	$PERCPU_SEL, %eax
	mov	%eax, %fs
	cld
	mov	%esp, %eax
	call	trap
restore_all:
	call	site_irq_disable
	popa
	pop	%ds
	pop	%es
	pop	%fs
	add	$8, %esp
	jmp	iret_site

/* (struct frame *), which lies at the top of the stack that the next trap from
 * user mode is to have. */
	.globl	enter_user
enter_user:
	mov	%eax, %esp
	jmp	restore_all

/* (u32 eip) */
	.globl	sysexit_user
sysexit_user:
	mov	$SYSEXIT_ESP, %ecx
	mov	%eax, %edx
	jmp	sysexit_site

/* SYSENTER: on the stack that its MSR names, interrupts off. As if by INT,
 * so that both look alike; eip is user code's EDX, esp its ECX. */
	.globl	sysenter_entry
sysenter_entry:
	push	$USER_DS
	push	%ecx
	push	$EFLAGS_FIXED
	push	$USER_CS
	push	%edx
	push	$0
	push	$VECTOR_SYSENTER
	jmp	entry

/* ---- calls with known registers ---- */

	.bss
	.balign	4
caller_esp: .skip 4
registers: .skip 4
function: .skip	4
	.text

	.macro	save_caller
	push	%ebx
	push	%esi
	push	%edi
	push	%ebp
	mov	%esp, caller_esp
	.endm

	/* EDX = struct gpr */
	.macro	load_gpr
	mov	%edx, registers
	mov	(%edx), %eax
	mov	4(%edx), %ecx
	mov	12(%edx), %ebx
	mov	16(%edx), %esi
	mov	20(%edx), %edi
	mov	24(%edx), %ebp
	mov	8(%edx), %edx
	.endm

	.macro	store_gpr_and_return
	push	%ebp
	mov	registers, %ebp
	mov	%eax, (%ebp)
	mov	%ecx, 4(%ebp)
	mov	%edx, 8(%ebp)
	mov	%ebx, 12(%ebp)
	mov	%esi, 16(%ebp)
	mov	%edi, 20(%ebp)
	pop	24(%ebp)
	pushf
	pop	28(%ebp)
	cld
	mov	%esp, %eax
	sub	caller_esp, %eax
	mov	%eax, 32(%ebp)
	mov	%ds, 36(%ebp)
	mov	%es, 40(%ebp)
	mov	%fs, 44(%ebp)
	mov	%gs, 48(%ebp)
	mov	%ss, 52(%ebp)
	mov	caller_esp, %esp
	pop	%ebp
	pop	%edi
	pop	%esi
	pop	%ebx
	ret
	.endm

/* (function, struct gpr *, u32 stack0, u32 stack1) */
	.globl	invoke
invoke:	save_caller
	mov	%eax, function
	push	20(%esp)
	push	%ecx
	pushf				/* but for the arithmetic flags */
	mov	28(%edx), %eax
	or	%eax, (%esp)
	load_gpr
	popf
	call	*function
	store_gpr_and_return

/* (struct gpr *): a frame to the kernel, with all of regs->flags */
	.globl	iret_kernel
iret_kernel:
	save_caller
	mov	%eax, %edx
	push	28(%edx)
	push	%cs
	push	$1f
	load_gpr
	jmp	iret_site
1:	store_gpr_and_return

/*
 * (void (*action)(u32), u32): makes that call and returns 0, or 1 if it ended
 * in caught().
 */
	.globl	traps, caught
traps:	push	%ebx
	push	%esi
	push	%edi
	push	%ebp
	mov	%eax, %ecx
	mov	%edx, %eax
	movl	$1, trying
	mov	%esp, trying_esp
	call	*%ecx
	xor	%eax, %eax
1:	movl	$0, trying
	pop	%ebp
	pop	%edi
	pop	%esi
	pop	%ebx
	ret

caught:	mov	trying_esp, %esp
	mov	$1, %eax
	jmp	1b

	.bss
	.globl	trying
trying:	.skip	4
trying_esp: .skip 4
	.text

/* ---- user mode: anywhere, with EBX as set ---- */

	.macro	user name
	.globl	\name
\name:
	.endm

	.globl	user_code, user_code_end
user_code:
	user user_return
	int	$VECTOR_SYSCALL
	user user_read
	mov	(%ebx), %eax
	int	$VECTOR_SYSCALL
	user user_write
	mov	%ebx, (%ebx)
	int	$VECTOR_SYSCALL
	user user_jump
	jmp	*%ebx
	user user_in
	mov	%ebx, %edx
	in	%dx, %al
	int	$VECTOR_SYSCALL
	user user_ins
	mov	%ebx, %edi
	mov	$0x61, %edx
	insb
	int	$VECTOR_SYSCALL
	user user_outs
	mov	%ebx, %esi
	mov	$0xe0, %edx
	outsb
	int	$VECTOR_SYSCALL
	user user_hlt
	hlt
	user user_gate
	int	$VECTOR_IRQ0
	user user_gs
	mov	%gs:(%ebx), %eax
	int	$VECTOR_SYSCALL
	user user_sysenter
	mov	%esp, %ecx
	call	1f
1:	pop	%edx
	add	$(2f - 1b), %edx
	sysenter
2:	int	$VECTOR_SYSCALL
user_code_end:

	.section .note.GNU-stack, "", @progbits
