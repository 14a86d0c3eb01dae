/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ELF notes that Xen's loader reads (xen-pv-abi 1), and the entry: ring 1,
 * flat segments, paging on, esi = start_info (2.1).
 */
#include <abi/xen/elfnote.h>
#include <arch/page.h>

	note XEN_ELFNOTE_GUEST_OS, .asciz, "pv86"
	note XEN_ELFNOTE_LOADER, .asciz, "generic"
	note XEN_ELFNOTE_XEN_VERSION, .asciz, "xen-3.0"
	note XEN_ELFNOTE_PAE_MODE, .asciz, "yes"
	note XEN_ELFNOTE_VIRT_BASE, .long, KERNEL_BASE
	note XEN_ELFNOTE_PADDR_OFFSET, .long, 0
	note XEN_ELFNOTE_ENTRY, .long, xen_entry
	note XEN_ELFNOTE_HYPERCALL_PAGE, .long, xen_hypercall_page

	.section .init.text, "ax"
	.type xen_entry, @function
xen_entry:
	cld
	mov	$boot_stack_top, %esp
	mov	%esi, %eax
	xor	%ebp, %ebp
	push	$0			/* ends the backtrace */
	call	start_xen
	.size xen_entry, . - xen_entry

	.section .bss.text, "aw", @nobits	/* page-aligned by the linker */
	.globl xen_hypercall_page
xen_hypercall_page:
	.skip	4096

	.section .note.GNU-stack, "", @progbits
