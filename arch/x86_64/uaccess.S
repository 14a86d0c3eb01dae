/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instructions that may fault in the monitor, on a bad MSR or selector. extable
 * pairs each with where to go on after a fault.
 */
	.macro may_fault at, fixup
	.pushsection .extable, "a"
	.quad	\at, \fixup
	.popsection
	.endm

	.text
failed:
	xor	%eax, %eax
	ret

/* bool rdmsr_safe(u32 msr, u64 *value) */
	.globl rdmsr_safe
rdmsr_safe:
	mov	%edi, %ecx
1:	rdmsr
	mov	%eax, (%rsi)
	mov	%edx, 4(%rsi)
	mov	$1, %eax
	ret
	may_fault 1b, failed

/* bool wrmsr_safe(u32 msr, u64 value) */
	.globl wrmsr_safe
wrmsr_safe:
	mov	%edi, %ecx
	mov	%esi, %eax
	mov	%rsi, %rdx
	shr	$32, %rdx
1:	wrmsr
	mov	$1, %eax
	ret
	may_fault 1b, failed

/* bool xsetbv_safe(u32 xcr, u32 low, u32 high) */
	.globl xsetbv_safe
xsetbv_safe:
	mov	%edi, %ecx
	mov	%esi, %eax
1:	xsetbv
	mov	$1, %eax
	ret
	may_fault 1b, failed

/*
 * bool load_segments(const u16 selector[4]): DS, ES, FS and GS; one that faults
 * becomes 0, and the result false.
 */
	.globl load_segments
load_segments:
	mov	$1, %eax
	xor	%ecx, %ecx
1:	mov	(%rdi), %ds
2:	mov	2(%rdi), %es
3:	mov	4(%rdi), %fs
4:	mov	6(%rdi), %gs
	ret
5:	mov	%ecx, %ds
	xor	%eax, %eax
	jmp	2b
6:	mov	%ecx, %es
	xor	%eax, %eax
	jmp	3b
7:	mov	%ecx, %fs
	xor	%eax, %eax
	jmp	4b
8:	mov	%ecx, %gs
	xor	%eax, %eax
	ret
	may_fault 1b, 5b
	may_fault 2b, 6b
	may_fault 3b, 7b
	may_fault 4b, 8b

	.section .note.GNU-stack, "", @progbits
