/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the client's kernel in ring 0 to the monitor in 64-bit mode, and back.
 *
 * 64-bit mode is entered with paging off, but the client need not have mapped
 * this code at its physical address. So POST has made page tables, one set for
 * each format, in which every linear page is one and the same page, T, with a
 * copy of this code. Once they are loaded the code goes on in T, whatever its
 * address; and at T's own address linear and physical addresses agree, so that
 * paging can be switched off and on.
 *
 *	ROM at linear L		the client's tables
 *	T at linear L		mov to CR3: the tables that are T everywhere
 *	T at T			a jump; then PG off, LME on, PG on
 *	64-bit code		the monitor's first instruction
 *
 * The way back is the same, but its tables are a copy of the client's with T at
 * T: all of the client's state is loaded there, but CR3, which is changed at L.
 *
 * An NMI may come at any instruction. In T it is counted, and becomes the
 * client's. Right after the first mov to CR3 the CPU looks for a gate where the
 * client has its IDT, and for a descriptor where it has its GDT; both are T: so
 * one table at its start is both. A client whose tables do not begin a page is
 * refused.
 */
#include <arch/x86.h>
#include <monitor/vmi/launch.h>
#include "rom.h"

#define CR0_MONITOR	(CR0_PG | CR0_WP | CR0_NE)
#define CR4_KEPT	(CR4_TSD | CR4_DE | CR4_MCE | CR4_OSFXSR | \
			 CR4_OSXMMEXCPT | CR4_OSXSAVE)
#define T(label)	(label - launch_block)
#define COM1		0x3f8
#define COM1_STATUS	0x3fd
#define COM1_READY	0x20
#define MONITOR_ENTRY	0xffffffff80200000	/* arch/x86_64/monitor.ld */

	.section .launch, "ax"
	.balign	T_HALF
	.globl	launch_block
launch_block:
	.quad	0, 0x00cf9b000000ffff, 0, 0, 0, 0, 0, 0x00cf93000000ffff
	.long	0			/* struct trampoline */
	.skip	3 * 10 + 4 * 4
	.word	T(nmi32), T(nmi64), T(leave_nmi), T(leave64)
	.long	T(rom_iret), T(note), T(note_end), T(facts)

/* EDI = T; EBX = CR3, ESI = CR4, EBP = DR7, EDX = CS, ECX = ESP: the client's. */
in_t:
	pop	%eax			/* behind the call at the landing */
	sub	$T(landed), %eax
	lea	T_STACK(%edi), %esp
	sgdt	T_STATE + S_GDTR(%edi)
	sidt	T_STATE + S_IDTR(%edi)
	lgdt	T_IDTR(%edi)
	lidt	T_IDTR(%edi)
	mov	%eax, T_STATE + S_ROM(%edi)
	add	$launch_return - launch_block, %eax
	mov	%eax, T_STATE + S_EIP(%edi)
	mov	%ecx, T_STATE + S_ESP(%edi)
	movl	$EFLAGS_FIXED, T_STATE + S_EFLAGS(%edi)
	.set	at, T_STATE + S_ES
	.irp	r, es, cs, ss, ds, fs, gs
	mov	%\r, at(%edi)
	.set	at, at + 4
	.endr
	mov	%edx, T_STATE + S_CS(%edi)	/* after an NMI here CS is T's */
	sldt	T_STATE + S_LDT(%edi)
	str	T_STATE + S_TR(%edi)
	mov	$T_DS32, %eax
	mov	%eax, %ss
	mov	%eax, %ds
	.irp	n, 0, 1, 2, 3, 6
	mov	%db\n, %eax
	mov	%eax, T_STATE + S_DR + 4 * \n(%edi)
	.endr
	mov	%ebp, T_STATE + S_DR + 28(%edi)
	mov	%cr2, %eax
	mov	%eax, T_STATE + S_CR2(%edi)
	mov	%ebx, T_STATE + S_CR3(%edi)
	mov	%esi, T_STATE + S_CR4(%edi)
	mov	%cr0, %ebx
	mov	%ebx, T_STATE + S_CR0(%edi)

	/* The monitor's paging; the CPU goes on at CS 8 in compatibility mode. */
	push	$T_CS32
	lea	T(2f)(%edi), %eax
	push	%eax
	lret
2:	mov	%ebx, %eax
	and	$~CR0_PG, %eax
	mov	%eax, %cr0
	lgdt	T_GDTR(%edi)
	mov	$T_DS, %eax
	mov	%eax, %ss
	mov	%eax, %ds
	and	$CR4_KEPT, %esi
	or	$CR4_PAE, %esi
	mov	%esi, %cr4
	lea	T_L4(%edi), %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	rdmsr
	mov	%eax, T_STATE + S_EFER(%edi)
	mov	%edx, T_STATE + S_EFER + 4(%edi)
	mov	$(EFER_LME | EFER_NXE), %eax
	xor	%edx, %edx
	wrmsr
	or	$CR0_MONITOR, %ebx
	mov	%ebx, %cr0
	push	$T_CS64
	lea	T(3f)(%edi), %eax
	push	%eax
	lret
	.code64
3:	mov	%edi, %esi
	lea	T_STATE(%rsi), %rdi
	mov	$MONITOR_ENTRY, %rax
	jmp	*%rax

nmi64:	incl	launch_block + T_NMIS(%rip)
	iretq

/*
 * leave64(T), not to return: with T at T, interrupts off, and the tables of the
 * way back in place (launch.c). T's GDT has a code descriptor at the client's
 * selector then, and the gate for NMI has that selector: so one may come before
 * or after each of the client's tables is loaded.
 */
leave64:
	lidt	T_LEAVE_IDTR(%rdi)
	lgdt	T_GDTR(%rdi)
	lea	T_STACK(%rdi), %rsp
	push	$T_CS32
	lea	4f(%rip), %rax
	push	%rax
	lretq
	.code32
4:	mov	%edi, %ebp
	mov	$T_DS, %eax
	mov	%eax, %ss
	mov	%eax, %ds
	mov	%cr0, %eax
	and	$~CR0_PG, %eax
	mov	%eax, %cr0
	mov	$MSR_EFER, %ecx
	mov	T_STATE + S_EFER(%ebp), %eax
	mov	T_STATE + S_EFER + 4(%ebp), %edx
	wrmsr
	mov	T_STATE + S_CR4(%ebp), %eax
	and	$~CR4_PGE, %eax
	mov	%eax, %cr4
	mov	T_LEAVE_CR3(%ebp), %eax
	mov	%eax, %cr3
	mov	T_STATE + S_CR0(%ebp), %eax
	and	$~CR0_WP, %eax
	mov	%eax, %cr0
	pushl	T_STATE + S_CS(%ebp)
	lea	T(5f)(%ebp), %eax
	push	%eax
	lret

	/* All of the client's memory is there. DS may be no segment: so EBP. */
5:	lgdt	T_STATE + S_GDTR(%ebp)
	movzwl	T_STATE + S_TR(%ebp), %eax
	and	$~7, %eax
	jz	6f
	add	T_STATE + S_GDTR + 2(%ebp), %eax
	andb	$~2, %ss:5(%eax)	/* not busy */
	ltr	T_STATE + S_TR(%ebp)
6:	lldt	T_STATE + S_LDT(%ebp)
	/* What the client's table has not, or not any more, is null. */
	.set	at, T_STATE + S_ES
	.irp	r, es, cs, ss, ds, fs, gs
	.ifnc	\r, cs
	mov	at(%ebp), %eax
	verr	%ax
	jz	7f
	xor	%eax, %eax
7:	mov	%eax, %\r
	.endif
	.set	at, at + 4
	.endr
	mov	T_STATE + S_CR2(%ebp), %eax
	mov	%eax, %cr2
	.irp	n, 0, 1, 2, 3, 6
	mov	T_STATE + S_DR + 4 * \n(%ebp), %eax
	mov	%eax, %db\n
	.endr

	/* The rest is for the client's own stack: for POPA and IRET. */
	mov	T_STATE + S_ESP(%ebp), %esp
	pushl	T_STATE + S_EFLAGS(%ebp)
	pushl	T_STATE + S_CS(%ebp)
	pushl	T_STATE + S_EIP(%ebp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	pushl	T_STATE + S_EAX + 4 * \n(%ebp)
	.endr
	mov	T_STATE + S_ROM(%ebp), %eax
	add	$launch_end - launch_block, %eax
	mov	T_STATE + S_CR3(%ebp), %ebx
	mov	T_STATE + S_CR4(%ebp), %edx
	mov	T_STATE + S_CR0(%ebp), %ecx
	mov	T_STATE + S_DR + 28(%ebp), %edi
	lidt	T_STATE + S_IDTR(%ebp)
	xor	%esi, %esi
	xchg	%esi, T_NMIS(%ebp)
	jmp	*%eax

/*
 * With the client's IDT for T's: the frame has the client's selector, which
 * T's GDT lacks.
 */
nmi32:	movl	$T_CS32, %ss:4(%esp)
leave_nmi:
	push	%eax
	call	7f
7:	pop	%eax
	incl	%ss:(T_NMIS - T(7b))(%eax)
	pop	%eax
	iret

	.org	launch_block + T_LANDING
	.globl	landing
landing:
	mov	%eax, %cr3
	lea	T(in_t)(%edi), %eax
	call	*%eax
landed:
	.org	launch_block + T_CODE_END

/*
 * VMI_Init. In ring 0 with paging on; else, or where POST found no room, it fails.
 * No flag of the client stays on the way: NT would stop the monitor's IRET, and
 * there is no handler for the steps of TF.
 */
	.globl	launch
launch:	pushf
	push	$EFLAGS_FIXED
	popf
	push	%ebp
	push	%edi
	push	%esi
	push	%ebx
	call	rom_facts
	mov	HIDDEN_TRAMPOLINE(%eax), %edi
	mov	%cs, %edx
	test	$3, %dl
	jnz	8f
	test	%edi, %edi
	jz	8f
	mov	%cr0, %eax
	test	%eax, %eax
	jns	8f
	sub	$8, %esp
	sgdt	(%esp)
	mov	2(%esp), %eax
	sidt	(%esp)
	or	2(%esp), %eax
	add	$8, %esp
	test	$0xfff, %eax
	jnz	odd_table
	mov	%esp, %ecx
	mov	%cr3, %ebx
	mov	%cr4, %esi
	mov	%db7, %ebp
	xor	%eax, %eax
	mov	%eax, %db7
	mov	%esp, %eax
	and	$(T_HALF - 1), %eax
	cmp	$(T_CODE_END + 64), %eax
	ja	1f
	and	$~(T_HALF - 1), %esp
1:	mov	%esi, %eax
	and	$~CR4_PGE, %eax		/* global pages go as well */
	mov	%eax, %cr4
	lea	T_PD(%edi), %eax
	test	$CR4_PAE, %esi
	jz	landing
	lea	T_PAE_L3(%edi), %eax
	jmp	landing
8:	or	$-1, %eax
launch_return:
	cltd
	pop	%ebx
	pop	%esi
	pop	%edi
	pop	%ebp
	popf
	ret

odd_table:
	call	1f
	.asciz	"VMI monitor: a GDT or IDT does not begin a page\r\n"
1:	pop	%esi
2:	mov	$COM1_STATUS, %edx
	in	%dx, %al
	test	$COM1_READY, %al
	jz	2b
	lodsb
	mov	$COM1, %edx
	out	%al, %dx
	cmpb	$0, (%esi)
	jne	2b
	jmp	8b

/* From T: EBX = CR3, EDX = CR4, ECX = CR0, EDI = DR7, ESI = how many NMIs. */
launch_end:
	mov	%ebx, %cr3
	mov	%edx, %cr4
	mov	%ecx, %cr0
	mov	%edi, %db7
1:	dec	%esi
	js	2f
	int	$2
	jmp	1b
2:	popa
	iret

	.section .note.GNU-stack, "", @progbits
