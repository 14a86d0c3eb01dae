/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies that may fault on a user address. A fault that can't be resolved goes
 * on at the fixup, and the caller gets the error. The caller must have checked
 * the range: kernel/uaccess.c.
 */

	.text
/* user_copy(dst, src, bytes): 0 or -errno. */
	.globl user_copy
	.type user_copy, @function
	.align 16
user_copy:
	push	%edi
	push	%esi
	mov	%eax, %edi
	mov	%edx, %esi
	mov	%ecx, %edx
	cmp	$4, %ecx
	jb	2f
	shr	$2, %ecx
1:	rep movsl
	mov	%edx, %ecx
	and	$3, %ecx
2:	rep movsb
	mov	%ecx, %eax
	pop	%esi
	pop	%edi
	ret
3:	pop	%esi
	pop	%edi
	jmp	user_error
	.section .extable, "a"
	.long	1b, 3b
	.long	2b, 3b
	.previous
	.size user_copy, . - user_copy

/* user_clear(dst, bytes): 0 or -errno. */
	.globl user_clear
	.type user_clear, @function
	.align 16
user_clear:
	push	%edi
	mov	%eax, %edi
	mov	%edx, %ecx
	xor	%eax, %eax
1:	rep stosb
	pop	%edi
	ret
2:	pop	%edi
	jmp	user_error
	.section .extable, "a"
	.long	1b, 2b
	.previous
	.size user_clear, . - user_clear

/* user_strncpy(dst, src, size): bytes before the end, size, or -errno. */
	.globl user_strncpy
	.type user_strncpy, @function
	.align 16
user_strncpy:
	push	%edi
	push	%esi
	mov	%eax, %edi
	mov	%edx, %esi
	xor	%edx, %edx
1:	cmp	%ecx, %edx
	je	3f
2:	mov	(%esi, %edx), %al
	mov	%al, (%edi, %edx)
	test	%al, %al
	jz	3f
	inc	%edx
	jmp	1b
3:	mov	%edx, %eax
	pop	%esi
	pop	%edi
	ret
4:	pop	%esi
	pop	%edi
	jmp	user_error
	.section .extable, "a"
	.long	2b, 4b
	.previous
	.size user_strncpy, . - user_strncpy

	.section .note.GNU-stack, "", @progbits
