/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Into the kernel and out of it again. Every entry leaves a struct regs
 * (include/arch/cpu.h) on the stack and passes its address in eax. FS and GS
 * keep the user's selectors: the kernel does not use them. Before SAVE_REGS has
 * loaded DS and ES, and after RESTORE_REGS, they are the user's too. There
 * memory is reached through SS or CS alone, which scripts/check-core.sh shows.
 */
#include <arch/cpu.h>
#include <arch/entry.h>

/* A stub for each vector; trap_stubs[] has their addresses, 0: none. */
	.macro stub vector, error=0
	.text
	.align 4
trap_\vector:
	.if \error == 0
	push	$0
	.endif
	push	$\vector
	jmp	trap_common
	.section .rodata
	.long	trap_\vector
	.endm

	.section .rodata
	.align 4
	.globl trap_stubs
trap_stubs:
	.altmacro
	.set n, 0
	.rept 32
	/* These push an error code: DF, TS, NP, SS, GP, PF, AC. */
	.if n == 8 || (n >= 10 && n <= 14) || n == 17
	stub %n, 1
	.elseif n == TRAP_NMI
	.long	nmi
	.else
	stub %n
	.endif
	.set n, n + 1
	.endr
	.globl irq_stubs
irq_stubs:
	.rept 17
	stub %n
	.set n, n + 1
	.endr
	stub 255
	.noaltmacro

	.text
	.align 16
	.globl trap_common
	.type trap_common, @function
trap_common:
	SAVE_REGS
	mov	%esp, %eax
	call	trap
	.globl return_from_trap
return_from_trap:
	PV_CALL(irq_disable)
	/*
	 * user_mode(): is the RPL of CS 3, whatever the kernel's own is? TEST
	 * sets ZF if the result is 0, and PF if it has an even number of ones:
	 *
	 *	RPL 0	00	ZF 1		kernel, or VM is set
	 *	RPL 1	01	ZF 0, PF 0	kernel, or VM is set
	 *	RPL 2	10	ZF 0, PF 0	with VM set alone
	 *	RPL 3	11	ZF 0, PF 1	user mode: one jump taken
	 */
	testb	$3, REGS_CS(%esp)
	jz	1f
	jpe	return_to_user
1:	testb	$EFLAGS_VM >> 16, REGS_EFLAGS + 2(%esp)
	jnz	return_to_user
restore:
	RESTORE_REGS
	.globl iret_site
iret_site:
	PV_LEAVE(iret)
	.size trap_common, . - trap_common

	.align 16
	.globl syscall_entry
	.type syscall_entry, @function
syscall_entry:
	push	$IN_SYSCALL
	push	%eax
	SAVE_REGS
	cmp	$SYSCALL_LIMIT, %eax
	jae	1f
	mov	%eax, %edx
	mov	%esp, %eax
	call	*syscall_table(, %edx, 4)
	mov	%eax, REGS_EAX(%esp)
	/* Off from here: an interrupt after the look at user_work may set it. */
leave_kernel:
	PV_CALL(irq_disable)
return_to_user:
	cmpb	$0, user_work
	je	restore
	mov	%esp, %eax
	call	do_user_work
	jmp	leave_kernel
1:	mov	%esp, %eax
	call	sys_unknown
	mov	%eax, REGS_EAX(%esp)
	jmp	leave_kernel
	.size syscall_entry, . - syscall_entry

/*
 * The fixups of the instructions that return to user mode. One of them faulted
 * on a segment register or the frame, which only the user or modify_ldt can
 * have made bad. The frame is still there: it becomes that of a fault in user
 * mode.
 */
	.globl bad_iret
	.type bad_iret, @function
bad_ds:
	lea	4(%esp), %esp
bad_es:
	lea	12(%esp), %esp
bad_iret:
	push	$0
	push	$TRAP_GP
	jmp	trap_common
	.size bad_iret, . - bad_iret

/* New tasks start here, with a complete frame on their stack. */
	.globl fork_return
	.type fork_return, @function
fork_return:
	call	schedule_tail
	jmp	leave_kernel
	.size fork_return, . - fork_return

/* enter_user(regs): a kernel thread becomes the process of this frame. */
	.globl enter_user
	.type enter_user, @function
enter_user:
	mov	%eax, %esp
	jmp	leave_kernel
	.size enter_user, . - enter_user

	.section .extable, "a"
	.long	restore_ds, bad_ds
	.long	restore_es, bad_es
	.long	iret_site, bad_iret

	.section .note.GNU-stack, "", @progbits
