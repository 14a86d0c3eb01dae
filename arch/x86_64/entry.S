/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The world switch: from the guest into the monitor and back. The CPU changes
 * to the stack in the TSS and pushes SS to EIP. The page tables stay, since the
 * guest's lie under the monitor's. The guest's general registers are saved;
 * its segment registers are not: 64-bit code does not look at them.
 *
 * A system call of the guest's user is the way most often gone, so it has a
 * short one of its own. All others end in trap() or hypercall(), traps.c and
 * hypercall.c.
 */
#include <abi/xen/shared_info.h>
#include <abi/xen/trap.h>
#include <face.h>
#include <x86_64/cpu.h>
#include <monitor/offsets.h>

	.text
	.macro save
	push	%rax
	push	%rcx
	push	%rdx
	push	%rsi
	push	%rdi
	push	%rbp
	push	%rbx
	cld
	.endm

	.macro restore
	pop	%rbx
	pop	%rbp
	pop	%rdi
	pop	%rsi
	pop	%rdx
	pop	%rcx
	pop	%rax
	add	$16, %rsp		/* vector, error */
	.endm

/* One stub a vector, 16 bytes each: 8, 10 to 14, 17 and 21 have an error code. */
	.align 16
	.globl stubs
stubs:
	.set vector, 0
	.rept 256
	.align 16
	.if (vector - 8) * (vector - 17) * (vector - 21) && (vector < 10 || vector > 14)
	push	$0
	.else
	has_error_code
	.endif
	push	$vector
	jmp	entry
	.set vector, vector + 1
	.endr

	.align 16
entry:
	save
	mov	%rsp, %rdi
	testl	$EFLAGS_VM, REGS_EFLAGS(%rsp)
	jnz	vm86
	testb	$3, REGS_CS(%rsp)
	jz	from_monitor
	call	*run_trap
	.globl return_to_guest
return_to_guest:
	/* An upcall is due if the mask, the second byte, is 0 and the first is not. */
	mov	guest + GUEST_VCPU, %rax
	movzwl	(%rax), %eax
	dec	%eax
	cmp	$0xff, %eax
	jb	1f
	cmpb	$0, guest + GUEST_ATTENTION
	jne	1f
10:	restore
6:	iretq
1:	mov	%rsp, %rdi
	call	before_return
11:	restore
7:	iretq

/* From where nothing looks at the guest's frame any more, up to its IRET. */
	.section .rodata
	.align	8
	.globl	returning, returning_end
returning:
	.quad	10b, 6b
	.quad	11b, 7b
	.quad	12f, 8f
returning_end:
	.text

/*
 * The guest's CS or SS is not what IRET takes. Its registers are back; the fault
 * counts as one of the instruction that it was to go on with.
 */
iret_failed:
	push	iret_error
	push	iret_vector
	save
	mov	%rsp, %rdi
	call	iret_fault
	jmp	return_to_guest
	.pushsection .extable, "a"
	.quad	6b, iret_failed
	.quad	7b, iret_failed
	.quad	8f, iret_failed
	.popsection

/*
 * A fault that is allowed for (MAY_FAULT, or an IRET), an interrupt in
 * preempt(), an NMI, or a bug.
 */
from_monitor:
	call	monitor_trap
1:	restore
	iretq
/* resume(regs): the monitor goes on where that interrupted it. */
	.globl	resume
resume:	mov	%rdi, %rsp
	jmp	1b

/*
 * No CPU lets a guest set EFLAGS.VM in 64-bit mode, but an emulator may; its CS
 * is no selector then.
 */
vm86:	call	face_vm86
	jmp	return_to_guest

/* enter_guest(regs): what follows in the monitor begins at its stack's top. */
	.globl enter_guest
enter_guest:
	mov	%rdi, %rsp
	jmp	return_to_guest

/* int HYPERCALL_VECTOR, from ring 1 only. */
	.align 16
	.globl hypercall_entry
hypercall_entry:
	push	$0
	push	$HYPERCALL_VECTOR
	save
	mov	%rsp, %rdi
	call	hypercall
	jmp	return_to_guest

/* A store to the guest's stack. If it faults, the long way ends the guest. */
	.macro to_stack insn:vararg
	.pushsection .extable, "a"
	.quad	9f, no_stack
	.popsection
9:	\insn
	.endm

/*
 * int 0x80 from ring 3: pushes the frame that bounce() in traps.c would, and
 * makes of the frame on this stack the return to the guest's handler. Whatever
 * is not as usual takes the long way.
 */
	.align 16
	.globl syscall_entry
syscall_entry:
	testb	$2, 8(%rsp)
	jz	long_way
	testl	$EFLAGS_VM, 16(%rsp)
	jnz	long_way
	cmpb	$0, guest + GUEST_ATTENTION
	jne	long_way
	push	%rax
	push	%rcx
	push	%rdx
	mov	guest + GUEST_VCPU, %rdx
	load_kernel_sp %ecx
	cmp	%ecx, guest_top
	jb	2f
	sub	$20, %ecx
	jb	2f
	cmpw	$3, guest + GUEST_SYSCALL + TRAP_CS
	jbe	2f
	mov	56(%rsp), %eax		/* SS */
	to_stack mov %eax, 16(%rcx)
	mov	48(%rsp), %eax		/* ESP */
	to_stack mov %eax, 12(%rcx)
	movzwl	32(%rsp), %eax		/* CS, and the mask */
	to_stack mov %eax, 4(%rcx)
	mov	24(%rsp), %eax		/* EIP */
	to_stack mov %eax, (%rcx)
	mov	40(%rsp), %eax		/* EFLAGS: IF is set, IOPL 0 */
	andl	$~(EFLAGS_TF | EFLAGS_NT | EFLAGS_RF | EFLAGS_VM), 40(%rsp)
12:
	cmpb	$0, XEN_VCPU_MASK(%rdx)
	jne	5f
3:	or	guest + GUEST_FRAME_IOPL, %eax
	to_stack mov %eax, 8(%rcx)
	mov	%rcx, 48(%rsp)
	testb	$XEN_TRAP_MASK_EVENTS, guest + GUEST_SYSCALL + TRAP_FLAGS
	jz	4f
	movb	$1, XEN_VCPU_MASK(%rdx)
4:	mov	guest + GUEST_SYSCALL + TRAP_ADDRESS, %eax
	mov	%rax, 24(%rsp)
	movzwl	guest + GUEST_SYSCALL + TRAP_CS, %eax
	mov	%rax, 32(%rsp)
	load_kernel_ss %eax
	mov	%rax, 56(%rsp)
	incq	switches + 8 * SWITCH_SYSCALL
	pop	%rdx
	pop	%rcx
	pop	%rax
8:	iretq
5:	movzbl	XEN_VCPU_MASK(%rdx), %edx
	store_mask
	mov	guest + GUEST_VCPU, %rdx
	and	$~EFLAGS_IF, %eax
	jmp	3b
2:
no_stack:
	pop	%rdx
	pop	%rcx
	pop	%rax
long_way:
	push	$0
	push	$0x80
	jmp	entry

	.section .bss.page_aligned, "aw", @nobits
	.align 4096
	.globl monitor_frame, monitor_stack_top, nmi_stack_top, fault_stack_top
	.skip	4 * 4096 - REGS_SIZE
monitor_frame:
	.skip	REGS_SIZE
monitor_stack_top:
	.skip	4096
nmi_stack_top:
	.skip	4096
fault_stack_top:

	.section .note.GNU-stack, "", @progbits
