/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For assembly alone: what 32-bit code begins with that a multiboot loader
 * starts.
 */
#ifndef ARCH_BOOT_H
#define ARCH_BOOT_H

#include <abi/multiboot.h>
#include <arch/x86.h>

	/* What the loader looks for, at the start of the file. */
	.macro multiboot_header
	.section .multiboot, "a"
	.align 4
	.long MULTIBOOT_HEADER_MAGIC
	.long MULTIBOOT_HEADER_FLAGS
	.long -(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_HEADER_FLAGS)
	.endm

	/* CPUID exists if EFLAGS.ID can be changed. EAX and ECX are lost. */
	.macro need_cpuid otherwise
	pushf
	pop	%eax
	mov	%eax, %ecx
	xor	$EFLAGS_ID, %eax
	push	%eax
	popf
	pushf
	pop	%eax
	cmp	%eax, %ecx
	je	\otherwise
	.endm

#endif
