/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ROM with the monitor and the BIOS, in real mode: the map of memory in POST,
 * and what is said if there is no place for the monitor.
 *
 * Then the ROM's int 15h, before the BIOS's: what tells how much memory there
 * is leaves out the hidden part. It keeps nothing in memory. An entry of E820 that
 * has the hidden part inside is told as three: which of them is next is in the
 * two lowest bits of EBX, which is the BIOS's own affair from call to call; what
 * the BIOS gave is above that.
 */
#include "rom.h"

#define HIDDEN(field)	%cs:ROM_FACTS + HIDDEN_##field
#define SMAP		0x534d4150
#define RAM		1
#define RESERVED	2
#define HIDDEN_NEXT	1
#define REST_NEXT	2

	.code16
	.section .text.int15, "ax"
	.globl	read_map, complain, bad_cpu, no_room, damaged, int15
/* To the caller's stack, with an entry of type 0 behind it. */
read_map:
	push	%ss
	pop	%es
	mov	%sp, %di
	add	$2, %di
	lea	ROM_MAP_BYTES - 20(%di), %si
	xor	%ebx, %ebx
1:	mov	$0xe820, %eax
	mov	$SMAP, %edx
	mov	$20, %ecx
	int	$0x15
	jc	2f
	cmp	$SMAP, %eax
	jne	2f
	add	$20, %di
	cmp	%si, %di
	je	2f
	test	%ebx, %ebx
	jnz	1b
2:	movl	$0, %es:16(%di)
	ret

/* Says on the screen and the first serial line what CS:SI is; 0: nothing. */
complain:
	test	%si, %si
	jz	2f
1:	mov	%cs:(%si), %al
	inc	%si
	test	%al, %al
	jz	2f
	push	%ax
	xor	%dx, %dx
	mov	$0x01, %ah
	int	$0x14
	pop	%ax
	mov	$7, %bx
	mov	$0x0e, %ah
	int	$0x10
	jmp	1b
2:	ret

bad_cpu: .asciz	"VMI monitor: this CPU has no 64-bit mode or no NX\r\n"
no_room: .asciz	"VMI monitor: no room in memory\r\n"
damaged: .asciz	"VMI monitor: the image in the ROM is damaged\r\n"

int15:	cmp	$0xe820, %ax
	je	map
	cmp	$0xe801, %ax
	je	two_sizes
	cmp	$0x88, %ah
	je	one_size
	ljmp	*HIDDEN(OLD)

	.macro	bios
	pushf
	lcall	*HIDDEN(OLD)
	.endm

/* The lesser of a register and of what is left. */
#define LIMIT(reg, field)						\
	cmp	HIDDEN(field), reg;					\
	jb	9f;							\
	mov	HIDDEN(field), reg;					\
9:

map:	push	%esi
	push	%edx
	mov	%ebx, %esi
	shr	$2, %ebx
	push	%ebx
	bios
	pop	%edx
	jc	5f
	shl	$2, %ebx
	cmpl	$RAM, %es:16(%di)
	jne	4f
	cmpl	$0, %es:4(%di)
	jne	4f
	push	%eax
	mov	HIDDEN(START), %eax
	sub	%es:(%di), %eax		/* so much lies before it */
	jbe	3f
	cmpl	$0, %es:12(%di)
	jne	1f
	cmp	%eax, %es:8(%di)
	jbe	3f
1:	test	$REST_NEXT, %esi
	jnz	2f
	test	$HIDDEN_NEXT, %esi
	movl	$0, %es:12(%di)
	lea	HIDDEN_NEXT(, %edx, 4), %ebx
	mov	%eax, %es:8(%di)
	jz	3f
	add	%eax, %es:(%di)
	mov	HIDDEN(SIZE), %eax
	mov	%eax, %es:8(%di)
	movl	$RESERVED, %es:16(%di)
	lea	REST_NEXT(, %edx, 4), %ebx
	jmp	3f
2:	add	HIDDEN(SIZE), %eax
	add	%eax, %es:(%di)
	sub	%eax, %es:8(%di)
	sbbl	$0, %es:12(%di)
3:	pop	%eax
4:	clc
5:	pop	%edx
	pop	%esi
	jmp	give

two_sizes:
	bios
	jc	give
	LIMIT(%ax, LOW)
	LIMIT(%cx, LOW)
	LIMIT(%bx, HIGH)
	LIMIT(%dx, HIGH)
	clc
	jmp	give

one_size:
	bios
	jc	give
	LIMIT(%ax, KIB)
	clc

/* Back to the caller, whose carry, the lowest bit of its flags, becomes this one. */
give:	push	%bp
	mov	%sp, %bp
	rcrb	$1, 6(%bp)
	rolb	$1, 6(%bp)
	pop	%bp
	iret

	.section .note.GNU-stack, "", @progbits
