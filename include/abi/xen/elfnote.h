/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ELF notes named "Xen", by which the image tells Xen's loader about itself:
 * xen-pv-abi 1. */
#ifndef ABI_XEN_ELFNOTE_H
#define ABI_XEN_ELFNOTE_H

#define XEN_ELFNOTE_ENTRY		1	/* address: first instruction */
#define XEN_ELFNOTE_HYPERCALL_PAGE	2	/* address */
#define XEN_ELFNOTE_VIRT_BASE		3	/* address of PFN 0 */
#define XEN_ELFNOTE_PADDR_OFFSET	4
#define XEN_ELFNOTE_XEN_VERSION		5	/* "xen-3.0" */
#define XEN_ELFNOTE_GUEST_OS		6
#define XEN_ELFNOTE_LOADER		8	/* "generic" */
#define XEN_ELFNOTE_PAE_MODE		9	/* "yes": extended CR3 */
#define XEN_ELFNOTE_FEATURES		10	/* names, with ! if required */
#define XEN_ELFNOTE_HV_START_LOW	12	/* address */
#define XEN_ELFNOTE_MOD_START_PFN	16	/* the initrd need not be mapped */
#define XEN_ELFNOTE_SUPPORTED_FEATURES	17	/* bits */
#define XEN_ELFNOTES			19

#ifdef __ASSEMBLY__
/* note TYPE, DIRECTIVE, VALUE: .long and a number, or .asciz and a string. */
	.macro note type, directive, value:vararg
	.section .note.Xen, "a", @note
	.align 4
	.long 4, 2f - 1f, \type
	.asciz "Xen"
1:	\directive \value
2:	.align 4
	.endm
#endif

#endif
