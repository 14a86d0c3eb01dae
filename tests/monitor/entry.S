/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's ELF notes and first instruction (xen-pv-abi 1, 2.1), its traps
 * and events, and the code with which a test does what it must not do and comes
 * back all the same.
 */
#include <abi/xen/elfnote.h>
#include <abi/xen/trap.h>
#include "guest.h"

	note XEN_ELFNOTE_GUEST_OS, .asciz, "attack"
	note XEN_ELFNOTE_LOADER, .asciz, "generic"
	note XEN_ELFNOTE_XEN_VERSION, .asciz, "xen-3.0"
	note XEN_ELFNOTE_PAE_MODE, .asciz, "yes"
	note XEN_ELFNOTE_VIRT_BASE, .long, GUEST_BASE
	note XEN_ELFNOTE_PADDR_OFFSET, .long, 0
	note XEN_ELFNOTE_ENTRY, .long, guest_entry
	note XEN_ELFNOTE_HYPERCALL_PAGE, .long, hypercall_page

	.text
	.globl guest_entry
guest_entry:
	cld
	mov	$stack_top, %esp
	mov	%esi, %eax
	call	main

/* ---- traps ---- */

#include "../stubs.S"

	.globl	on_event, on_failsafe
on_failsafe:
	add	$16, %esp		/* DS, ES, FS, GS */
	push	$0
	push	$VECTOR_FAILSAFE
	jmp	entry
on_event:
	push	$0
	push	$VECTOR_EVENT
entry:	push	%gs
	push	%fs
	push	%es
	push	%ds
	pusha
	mov	$XEN_KERNEL_DS, %eax
	mov	%eax, %ds
	mov	%eax, %es
	cld
	mov	%esp, %eax
	call	trap
	popa
	pop	%ds
	pop	%es
	pop	%fs
	pop	%gs
	add	$8, %esp
	push	%eax
	mov	$XEN_NR_iret, %eax
	int	$XEN_HYPERCALL_VECTOR

/* ---- what must not be done ---- */

/* bool traps(void (*action)(u32), u32 argument): true if it did. */
	.globl	traps, caught
traps:	push	%ebp
	push	%ebx
	push	%esi
	push	%edi
	push	way_back
	mov	%esp, way_back
	mov	%eax, %ecx
	mov	%edx, %eax
	call	*%ecx
	xor	%eax, %eax
	jmp	1f
/* From trap(), instead of going on there. */
caught:	mov	way_back, %esp
	mov	$XEN_KERNEL_DS, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	push	$0x202
	popf
	cld
	inc	%eax
1:	pop	way_back
	pop	%edi
	pop	%esi
	pop	%ebx
	pop	%ebp
	ret

/* Actions for traps(). The first is about nothing but its address. */
	.globl	peek, poke, run, enter, enter_native, push_at, load_fs, far_jump
peek:	mov	(%eax), %eax
	ret
poke:	movl	$POKED, (%eax)
	ret
run:	jmp	*%eax
/* (struct iret_frame *): of the hypercall, and of the instruction. */
enter:	mov	%eax, %esp
	mov	$XEN_NR_iret, %eax
	int	$XEN_HYPERCALL_VECTOR
	ud2
enter_native:
	mov	%eax, %esp
	pop	%eax
	iret
/* A trap on this stack. */
push_at:
	mov	%eax, %esp
	int3
	ud2
load_fs:
	mov	%eax, %fs
	ret
far_jump:
	ljmp	*(%eax)

/* void hypercall_registers(u32 regs[7]): eax, ebx, ecx, edx, esi, edi, ebp */
	.globl	hypercall_registers
hypercall_registers:
	pusha
	mov	%eax, saved_eax
	mov	4(%eax), %ebx
	mov	8(%eax), %ecx
	mov	12(%eax), %edx
	mov	16(%eax), %esi
	mov	20(%eax), %edi
	mov	24(%eax), %ebp
	mov	(%eax), %eax
	int	$XEN_HYPERCALL_VECTOR
	push	%eax
	mov	saved_eax, %eax
	pop	(%eax)
	mov	%ebx, 4(%eax)
	mov	%ecx, 8(%eax)
	mov	%edx, 12(%eax)
	mov	%esi, 16(%eax)
	mov	%edi, 20(%eax)
	mov	%ebp, 24(%eax)
	popa
	ret

/* ---- code for ring 3, one page, independent of its place ---- */

	.balign	64
	.globl	user_code, user_code_end
user_code:
	.macro	user name
	.globl	\name
\name:
	.endm
	user	user_nop
	nop
	user	user_return
	int	$0x80
	user	user_read
	mov	(%ebx), %eax
	int	$0x80
	user	user_write
	mov	%eax, (%ebx)
	int	$0x80
	user	user_hypercall
	int	$XEN_HYPERCALL_VECTOR
	int	$0x80
	user	user_syscall
	syscall
	int	$0x80
	user	user_sysenter
	sysenter
	int	$0x80
	user	user_in
	in	$0x80, %al
	int	$0x80
	user	user_ins
	mov	%ebx, %edi
	mov	$0x61, %edx
	insb
	int	$0x80
	user	user_outs
	mov	%ebx, %esi
	mov	$0x80, %edx
	outsb
	int	$0x80
	user	user_cli
	cli
	int	$0x80
	user	user_hlt
	hlt
	int	$0x80
	user	user_cr3
	mov	%cr3, %eax
	int	$0x80
	user	user_lgdt
	lgdt	(%ebx)
	int	$0x80
	user	user_msr
	rdmsr
	int	$0x80
	user	user_far
	ljmp	*(%ebx)
	user	user_iret
	iret
user_code_end:

	.data
	.globl	way_back
way_back: .long 0
saved_eax: .long 0

	.section .bss.page_aligned, "aw", @nobits
	.globl	hypercall_page, stack_top, stack, trap_stack, trap_stack_top
	.balign	4096
hypercall_page:
	.skip	4096
stack:	.skip	16384
stack_top:
trap_stack:
	.skip	8192
trap_stack_top:

	.section .note.GNU-stack, "", @progbits
