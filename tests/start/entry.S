/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The head of a guest that looks at what it was started with: what it says of
 * itself (xen-pv-abi 1), in one of three forms, and its first instructions,
 * which keep every register.
 *
 *   FORM_notes	notes, with no more than are required
 *   FORM_pfn	notes, for an initrd that is not mapped and a high M2P window
 *   FORM_legacy	the string of old, by a kernel linked from address 0 on
 */
#include <abi/xen/elfnote.h>

#ifdef FORM_legacy
	.section __xen_guest, "", @progbits
	.ascii "GUEST_OS=start,LOADER=generic,XEN_VER=xen-3.0,VIRT_BASE=0x0,"
	.ascii "ELF_PADDR_OFFSET=0x0,HYPERCALL_PAGE=0x101,"
	.asciz "PAE=yes[extended-cr3]"
#else
	note XEN_ELFNOTE_LOADER, .asciz, "generic"
	note XEN_ELFNOTE_XEN_VERSION, .asciz, "xen-3.0"
	note XEN_ELFNOTE_PAE_MODE, .asciz, "yes"
	note XEN_ELFNOTE_VIRT_BASE, .long, base, 0
	note XEN_ELFNOTE_ENTRY, .long, start_entry
	note XEN_ELFNOTE_HYPERCALL_PAGE, .long, hypercall_page
#endif
#ifdef FORM_pfn
	note XEN_ELFNOTE_HV_START_LOW, .long, 0xf5800000
	note XEN_ELFNOTE_MOD_START_PFN, .byte, 1
	note XEN_ELFNOTE_FEATURES, .asciz, "!writable_page_tables|pae_pgdir_above_4gb"
#endif

	.section .head, "ax"
	.globl start_entry
start_entry:
	mov	%eax, registers
	mov	%ebx, registers + 4
	mov	%ecx, registers + 8
	mov	%edx, registers + 12
	mov	%edi, registers + 16
	mov	%ebp, registers + 20
	mov	%esp, registers + 24
	pushf
	pop	registers + 28
	mov	%cs, registers + 32
	mov	%ss, registers + 36
	mov	%ds, registers + 40
	mov	%es, registers + 44
	mov	%fs, registers + 48
	mov	%gs, registers + 52
	cld
	mov	$stack_top, %esp
	mov	%esi, %eax
	call	main

	.section .bss.page_aligned, "aw", @nobits
	.globl hypercall_page
hypercall_page:
	.skip	4096
	.globl registers
registers:
	.skip	56
	.skip	4096
stack_top:

	.section .note.GNU-stack, "", @progbits
