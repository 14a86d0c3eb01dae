/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VMI option ROM for bare hardware: every call is carried out by the
 * instruction that it stands for, in ring 0. It exists to run, measure and
 * test the client's side of VMI with nothing underneath. Numbers of sections
 * are those of vmi-abi.
 *
 * Here: the headers, the entry of the BIOS, the two entries of the client, the
 * table that GetRelocationInfo answers from, and the calls that are a few
 * instructions. All of it is linked at address 0: a symbol is an offset.
 *
 * Limits: there is one alarm (time.c). A second CPU starts only by the client's
 * own trampoline. A frame that the CPU refuses to return to faults in the ROM,
 * where Linux has no fixup for it.
 */
#include <abi/vmi.h>
#include "rom.h"
#ifdef VMI_MONITOR
#include <monitor/vmi/shared.h>
#endif

#if defined(VMI_MONITOR)
#define PRODUCT		"VMI monitor"
#elif defined(VMI_CALLS)
#define PRODUCT		"VMI calls"
#else
#define PRODUCT		"VMI native"
#endif

/* 1.3 */
	.section .rom, "ax"
	.globl rom
rom:	.word	VMI_OPTION_ROM
	.byte	rom_blocks
	.code16
	jmp	post
	.code32
	.org	rom + 8
	.long	VMI_SIGNATURE
	.byte	VMI_API_MINOR, VMI_API_MAJOR
#ifdef VMI_MONITOR
	.skip	2
	.long	VMI_TOP
	.skip	2
#else
	.skip	8			/* virtual_top 0: nothing is ours */
#endif
	.word	licence - rom, pcir - rom, pnp - rom
	.long	0

pcir:	.long	VMI_PCIR		/* 1.4 */
	.word	VMI_PCI_VENDOR, VMI_PCI_DEVICE, 0, pnp - pcir
	.byte	1, 0x00, 0x80, 0x05	/* class: other memory controller */
	.word	rom_blocks
	.byte	0, 1, 0, 0x80, 0, 0	/* version 1.0; x86, the last image */

	/* The bytes of the PnP header have the sum 0. */
#define SUM	'$' + 'P' + 'n' + 'P' + 1 + 2 + maker - rom + product - rom
pnp:	.long	VMI_PNP			/* 1.5 */
	.byte	1, 2, 0, 0, 0, -(SUM) & 0xff
	.long	0
	.word	maker - rom, product - rom
	.skip	14

licence: .asciz "GPL"
maker:	.asciz	"pv86"
product: .asciz	PRODUCT

	.org	rom + 0x80		/* VMI_Init */
#ifdef VMI_MONITOR
	jmp	launch
#else
	xor	%eax, %eax		/* there is nothing to do */
	xor	%edx, %edx		/* Linux takes the result for 64 bits */
	ret
#endif
	.org	rom + 0x88
	jmp	get_reloc
	.org	rom + ROM_FACTS
	.globl	facts
facts:	.skip	24			/* struct rom_facts: by post.c */
#ifdef VMI_MONITOR
hidden:	.long	0, 0, 0, 0		/* struct rom_hidden: by hide.c */
	.word	0, 0, 0, int15 - rom
	.long	launch_block - rom, blob - rom, blob_end - blob, blob_sum
	.word	bad_cpu - rom, no_room - rom, damaged - rom
#endif

/*
 * EAX = number of a call; the answer in EDX:EAX. 2.1. A row of the table has
 * the offset of the code, the type, and the offset of a word of the ROM that
 * must not be 0, else the type is NONE: a fact, or the first word, which never
 * is.
 */
get_reloc:
	cmp	$ROWS, %eax
	jae	2f
	call	1f
1:	pop	%ecx
	movzbl	(table - 1b + 3)(%ecx, %eax, 4), %edx
	cmpl	$0, (rom - 1b)(%ecx, %edx)
	je	2f
	movzbl	(table - 1b + 2)(%ecx, %eax, 4), %edx
	movzwl	(table - 1b)(%ecx, %eax, 4), %eax
	lea	(rom - 1b)(%ecx, %eax), %eax
	ret
2:	xor	%eax, %eax
	xor	%edx, %edx
	ret

	.globl rom_facts
rom_facts:
	call	1f
1:	pop	%eax
	add	$(facts - 1b), %eax
	ret

/* Answers, as in calls.def; with what POST must have found, in byte 1. */
#if defined(VMI_CALLS) || defined(VMI_MONITOR)
	.set	NONE, VMI_RELOC_CALL
	.set	APIC, VMI_RELOC_CALL | 0x94 << 8	/* facts: apic */
	.set	TIME, VMI_RELOC_CALL | 0xa4 << 8	/* facts: pit_mul */
#else
	.set	NONE, VMI_RELOC_NONE
	.set	APIC, VMI_RELOC_NONE
	.set	TIME, VMI_RELOC_NONE
#endif
	.set	CALL, VMI_RELOC_CALL
	.set	JUMP, VMI_RELOC_JUMP

#ifdef VMI_MONITOR
#define CALL(name, ...)		FUNC(name)
#define HYPER(name)		FUNC(name)
#define FUNC(name)		.set ANSWER_##name, CALL;
#define NOP(name)		.set ANSWER_##name, VMI_RELOC_NOP; .set name, rom;
#include "guest.def"
	.irp	name, GetCycleFrequency, GetCycleCounter, SetAlarm, CancelAlarm, GetWallclockTime, WallclockUpdated
	.set	ANSWER_\name, TIME
	.endr
#else
#define CALL(name, answer, ...)	FUNC(name, answer)
#define JUMP(name, ...)		FUNC(name, JUMP)
#define FUNC(name, answer)	.set ANSWER_##name, answer;
#include "calls.def"
#endif

	.macro row name
	.ifndef ANSWER_\name
	.set	ANSWER_\name, VMI_RELOC_NONE
	.endif
	.if	ANSWER_\name
	.word	\name - rom, ANSWER_\name
	.else
	.long	0
	.endif
	.endm

	.balign	4
table:
#define VMI_CALL(number, name, changes)	row name;
#include <abi/vmi.def>
#ifdef VMI_MONITOR
	.org	table + 4 * VMI_Leave
	row	Leave
	row	Switches
	row	Trace
#endif
	.set	ROWS, (. - table) / 4

/*
 * The BIOS, in real mode: write down what a client cannot be asked. C wants
 * flat segments, so that is done in protected mode; SI, DI and BP keep the way
 * back. Where the image cannot be written to, there is nothing to do.
 */
	.code16
post:	pushal
	push	%ds
	push	%es
	pushfl
	cli
	cld
#ifdef VMI_MONITOR
	sub	$ROM_MAP_BYTES, %sp
	call	read_map
#endif
	mov	%ss, %si
	mov	%cs, %di
	movzwl	%di, %eax
	shl	$4, %eax
	mov	%eax, %edx
	shr	$16, %edx
	mov	%ax, %cs:base16 - rom
	mov	%dl, %cs:base16 - rom + 2
	cmp	%dl, %cs:base16 - rom + 2
	jne	4f
	sub	$8, %sp
	mov	%sp, %bp
	sgdtl	(%bp)
	lea	(gdt - rom)(%eax), %ecx
	pushl	%ecx
	pushw	$gdt_end - gdt - 1
	movzwl	%sp, %esp
	lgdtl	(%esp)
	movzwl	%si, %ebx
	shl	$4, %ebx
	add	%esp, %ebx
	mov	%cr0, %ecx
	inc	%cx			/* PE */
	mov	%ecx, %cr0
	lea	(1f - rom)(%eax), %ecx
	pushl	$CODE32
	pushl	%ecx
	lretl

	.code32
1:	mov	$DATA32, %ecx
	mov	%ecx, %ds
	mov	%ecx, %es
	mov	%ecx, %ss
	mov	%ebx, %esp
#ifdef VMI_MONITOR
	lea	(hidden - rom)(%eax), %edx
	lea	(6 + 8)(%ebx), %ecx
	push	%eax
	push	%ecx
	call	rom_hide
	pop	%ecx
	mov	%eax, (%ecx)
	pop	%eax
#endif
	lea	(facts - rom)(%eax), %edx
	call	rom_post
	ljmp	$CODE16, $2f - rom

	.code16
2:	mov	$DATA16, %cx
	mov	%cx, %ds
	mov	%cx, %es
	mov	%cx, %ss
	mov	%cr0, %ecx
	dec	%cx
	mov	%ecx, %cr0
	mov	%si, %ss
	movzwl	%bp, %esp
	push	%di
	push	$3f - rom
	lret
3:	lgdtl	(%bp)
	add	$8, %sp
#ifdef VMI_MONITOR
	mov	%sp, %bp
	mov	(%bp), %si		/* what rom_hide() had to say */
	call	complain
4:	add	$ROM_MAP_BYTES, %sp
#else
4:
#endif
	popfl
	pop	%es
	pop	%ds
	popal
	lret

	.balign	8
gdt:	.quad	0, 0x00cf9b000000ffff, 0x00cf93000000ffff
	.word	0xffff
base16:	.word	0, 0x9b00, 0
	.quad	0x000093000000ffff
gdt_end:
	.set	CODE32, 8
	.set	DATA32, 16
	.set	CODE16, 24
	.set	DATA16, 32

	.code32
	.macro function name
	.section .text.\name, "ax"
	.globl	\name
\name:
	.endm

#ifdef VMI_MONITOR
#define STORE_LONG		store_long
#include "guest.S"
#else
#define STORE_LONG		SetPxELong
#define CALL(name, answer, ...)	function name; __VA_ARGS__; ret;
#define JUMP(name, ...)		function name; __VA_ARGS__;
#define FUNC(name, answer)

#define WRITE_ENTRY		mov %ecx, (%eax, %edx, 8);		\
				mov 4(%esp), %ecx;			\
				mov %ecx, 4(%eax, %edx, 8)
#include "calls.def"

/* 5.4: EAX, EDX to ss0, esp0 of the TSS in use. Before SetTR there is none. */
	function UpdateKernelStack
	str	%ecx
	jecxz	1f
	and	$~7, %ecx
	push	%eax
	sub	$8, %esp
	sgdt	(%esp)
	add	2(%esp), %ecx
	mov	1(%ecx), %eax		/* byte 7 and 2 to 4 are the base */
	mov	7(%ecx), %al
	ror	$8, %eax
	add	$8, %esp
	pop	8(%eax)
	mov	%edx, 4(%eax)
1:	ret

	function FlushTLB
	test	$VMI_FLUSH_TLB, %al
	jz	2f
	test	$VMI_FLUSH_GLOBAL, %al
	jz	1f
	mov	%cr4, %ecx
	mov	%ecx, %eax
	btr	$7, %eax		/* PGE */
	jnc	1f
	mov	%eax, %cr4
	mov	%ecx, %cr4
	ret
1:	mov	%cr3, %eax
	mov	%eax, %cr3
2:	ret

/* EAX = 1: a reset of all the machine, where the chipset knows port 0xcf9. */
	function Reboot
	cli
	test	%eax, %eax
	jz	1f
	mov	$0xcf9, %edx
	mov	$2, %al
	out	%al, %dx
	mov	$6, %al
	out	%al, %dx
1:	push	$0
	push	$0
	lidt	(%esp)
	int3				/* a triple fault resets the CPU */

#endif

/*
 * EDX:EAX to (%ecx). The present bit comes last and goes first. An entry that
 * stays present changes at once: by its lower half if the upper is the same,
 * else in a second try, as the first one reads it.
 */
	function STORE_LONG
	testb	$1, %al
	jz	1f
	testb	$1, (%ecx)
	jz	2f
	cmp	%edx, 4(%ecx)
	jne	3f
2:	mov	%edx, 4(%ecx)
	mov	%eax, (%ecx)
	ret
1:	mov	%eax, (%ecx)
	mov	%edx, 4(%ecx)
	ret
3:	push	%ebx
	push	%esi
	mov	%ecx, %esi
	mov	%eax, %ebx
	mov	%edx, %ecx
4:	lock cmpxchg8b (%esi)
	jne	4b
	pop	%esi
	pop	%ebx
	ret

	function GetDR
	.irp	n, 0, 1, 2, 3, 6, 7
	cmp	$\n, %eax
	jne	1f
	mov	%db\n, %eax
	ret
1:
	.endr
	xor	%eax, %eax
	ret

	function SetDR
	.irp	n, 0, 1, 2, 3, 6, 7
	cmp	$\n, %eax
	jne	1f
	mov	%edx, %db\n
1:
	.endr
	ret

	function GetCycleFrequency
	call	rom_facts
	mov	12(%eax), %edx		/* tsc_hz */
	mov	8(%eax), %eax
	ret

#ifdef VMI_MONITOR
	.section .blob, "a"
blob:	.incbin	MONITOR_BIN
blob_end:
#endif

	.section .note.GNU-stack, "", @progbits
