/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A boot sector that asks the BIOS how much memory there is, in each way that
 * there is, says it on the serial line in hexadecimal and ends QEMU:
 *
 *	e820 START LENGTH TYPE		each of both in two words, the higher first
 *	e801 AX BX CX DX
 *	88 AX
 */
	.code16
	.globl	_start
_start:	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	mov	$0x7c00, %sp
	xor	%ebx, %ebx
1:	mov	$0xe820, %eax
	mov	$0x534d4150, %edx
	mov	$20, %ecx
	mov	$0x600, %di
	stc
	int	$0x15
	jc	2f
	mov	$0xe820, %eax
	call	number
	.irp	at, 4, 0, 12, 8, 16
	mov	0x600 + \at, %eax
	call	number
	.endr
	call	line
	test	%ebx, %ebx
	jnz	1b

2:	mov	$0xe801, %eax
	call	number
	mov	$0xe801, %ax
	xor	%bx, %bx
	xor	%cx, %cx
	xor	%dx, %dx
	int	$0x15
	jc	3f
	movzwl	%ax, %eax
	call	number
	movzwl	%bx, %eax
	call	number
	movzwl	%cx, %eax
	call	number
	movzwl	%dx, %eax
	call	number
3:	call	line
	mov	$0x88, %eax
	call	number
	mov	$0x88, %ah
	int	$0x15
	movzwl	%ax, %eax
	call	number
	call	line
	mov	$0x10, %al
	out	%al, $0xf4
4:	jmp	4b

/* EAX in hexadecimal, and a blank. */
number:	pushal
	mov	%eax, %ebx
	mov	$8, %cx
1:	rol	$4, %ebx
	mov	%bl, %al
	and	$15, %al
	cmp	$10, %al
	sbb	$0x69, %al
	das
	call	putch
	loop	1b
	mov	$' ', %al
	call	putch
	popal
	ret

line:	mov	$'\n', %al
putch:	push	%dx
	push	%ax
	mov	$0x3fd, %dx
1:	in	%dx, %al
	test	$0x20, %al
	jz	1b
	pop	%ax
	mov	$0x3f8, %dx
	out	%al, %dx
	pop	%dx
	ret

	.org	_start + 510
	.word	0xaa55

	.section .note.GNU-stack, "", @progbits
