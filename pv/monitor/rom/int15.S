/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ROM's int 15h, before the BIOS's: what tells how much memory there is
 * leaves out the hidden part. It keeps nothing in memory. An entry of E820 that
 * has the hidden part inside is told as three: which of them is next is in the
 * two lowest bits of EBX, which is the BIOS's own affair from call to call; what
 * the BIOS gave is above that.
 */
#include "rom.h"

#define HIDDEN(field)	%cs:ROM_FACTS + HIDDEN_##field
#define RAM		1
#define RESERVED	2
#define HIDDEN_NEXT	1
#define REST_NEXT	2

	.code16
	.section .text.int15, "ax"
	.globl	int15
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

/* Back to the caller, whose carry becomes this one. */
give:	push	%bp
	mov	%sp, %bp
	jc	1f
	andb	$~1, 6(%bp)
	jmp	2f
1:	orb	$1, 6(%bp)
2:	pop	%bp
	iret

	.section .note.GNU-stack, "", @progbits
