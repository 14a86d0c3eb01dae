/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Macros of the kernel entries, for assembly: arch/i386/entry.S and the entry
 * of a backend that has one of its own.
 */
#ifndef ARCH_ENTRY_H
#define ARCH_ENTRY_H

#include <arch/cpu.h>
#include <pv/site.h>

/* An operation without arguments or result, of class SAVED. */
#ifdef PV_OFF
#define PV_CALL(name)	native_asm_##name
	.macro native_asm_irq_disable
	cli
	.endm
	.macro native_asm_irq_enable
	sti
	.endm
#else
	.macro pv_call_site name
771:	call	*pv_ops + 4 * PV_NR_\name
	.pushsection .pv_sites, "a"
	.long	771b
	.byte	PV_NR_\name, PV_SITE_MIN, PV_SITE_CALL, 0
	.popsection
	.endm
#define PV_CALL(name)	pv_call_site name
#endif

/* On top of the CPU's frame, error code and vector: struct regs. */
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
