/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a 32-bit PV guest calls Xen: number in eax, arguments in ebx, ecx, edx,
 * esi, edi, all of which may be lost; the result in eax is 0, positive, or a
 * negative errno. xen-pv-abi 3.1, 3.3.
 */
#ifndef ABI_XEN_HYPERCALL_H
#define ABI_XEN_HYPERCALL_H

#define XEN_HYPERCALL_VECTOR	0x82	/* int, from ring 1 only */
#define XEN_HYPERCALL_SLOT	32	/* bytes of one call in the page */

#define XEN_DOMID_SELF		0x7ff0
#define XEN_DOMID_IO		0x7ff1	/* owns what is no memory */
#define XEN_DOMID_XEN		0x7ff2

#ifdef __ASSEMBLY__
#define XEN_HYPERCALL(nr, name) .set XEN_NR_##name, nr;
#include <abi/xen/hypercalls.def>
#undef XEN_HYPERCALL
#else
#include <kernel/types.h>

enum xen_hypercall {
#define XEN_HYPERCALL(nr, name) XEN_NR_##name = nr,
#include <abi/xen/hypercalls.def>
#undef XEN_HYPERCALL
	XEN_HYPERCALLS
};

/* The list is writable: results are stored, arguments may be lost. */
struct xen_multicall {
	u32 op;
	s32 result;
	u32 args[6];
};

#endif
#endif
