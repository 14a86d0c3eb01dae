/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Macros of the kernel entries, for assembly: arch/i386/entry.S and the entry
 * of a backend that has one of its own.
 */
#ifndef ARCH_ENTRY_H
#define ARCH_ENTRY_H

#include <arch/cpu.h>
#include <pv/site.h>

/* The rest of struct regs, below the CPU's frame, error code and vector. */
	.macro SAVE_REGS
	cld
	push	%es
	push	%ds
	push	%eax
	push	%ebp
	push	%edi
	push	%esi
	push	%edx
	push	%ecx
	push	%ebx
	mov	$USER_DS, %ecx
	mov	%ecx, %ds
	mov	%ecx, %es
	.endm

	.macro RESTORE_REGS
	pop	%ebx
	pop	%ecx
	pop	%edx
	pop	%esi
	pop	%edi
	pop	%ebp
	pop	%eax
restore_ds:
	pop	%ds
restore_es:
	pop	%es
	add	$8, %esp
	.endm

#endif
