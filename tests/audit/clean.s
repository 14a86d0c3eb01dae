# SPDX-License-Identifier: GPL-2.0-or-later
#
# Nothing here is sensitive, and the audit must not say so: instructions whose
# names or bytes look like those of planted.s, padding, a jump table, a fixup.

	.text
	.globl clean
	.type clean, @function
clean:
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	pop	%ds
	pop	%gs
	mov	%eax, %ss:4(%ecx)
	mov	%cs:(%eax), %eax
	inc	%eax
	std
	stc
	cld
	rep stosl
	rep movsb
	leave
	lea	(%eax), %eax
	lahf
	sahf
	int3
	into
	ud2
	shl	%cl, %eax
	setb	%al
	popl	%eax
	pusha
	popa
	lock cmpxchg8b (%eax)
	fnstsw	%ax
	mov	$0xfafbf4cf, %eax	/* cli, sti, hlt, iret: never reached */
	.byte	0x3e, 0x74, 0x00	/* a jump with a hint */
	cmp	$2, %eax
	ja	3f
	jmp	*table(, %eax, 4)
1:	nop
2:	ret
	.balign 16
3:	call	clean_other
4:	mov	(%eax), %eax
	ret
	.size clean, . - clean

	.balign 16
	.type clean_other, @function
clean_other:
	mov	$clean, %eax
	jmp	*%eax
	.size clean_other, . - clean_other

	.pushsection .text.unlikely, "ax"
5:	xor	%eax, %eax
	jmp	2b
	.popsection
	.pushsection .extable, "a"
	.long	4b, 5b
	.popsection

	.section .rodata
table:
	.long	1b, 2b, 3b

	.section .note.GNU-stack, "", @progbits
