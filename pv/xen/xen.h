/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this backend share: a function xen_NAME for each row of the
 * list that setup.c names, and memory as a guest sees it.
 */
#ifndef PV_XEN_XEN_H
#define PV_XEN_XEN_H

#include <abi/xen/shared_info.h>
#include <abi/xen/start_info.h>
#include <pv/pv.h>

#define PV_OP(group, name, class, ret, params)			\
	PV_TYPE_##class(ret) ret xen_##name(PV_PROTO_##params);
#include <pv/ops.def>

/* entry.S: Xen writes its stubs here, 32 bytes a call (xen-pv-abi 3.1). */
extern u8 xen_hypercall_page[];

/* setup.c */
extern const struct xen_start_info *xen_start;	/* NULL: no Xen underneath */
extern struct xen_shared_info xen_shared_info;	/* Xen's own page, seen here */
void __noreturn xen_refuse(const char *what, s32 error);

/*
 * mmu.c. The p2m list has the machine frame of each pseudo-physical one. Bit 31
 * says that the page holds a table that Xen uses (page table, GDT, LDT) and so
 * must be read-only at every address.
 */
#define XEN_P2M_TABLE	0x80000000
extern u32 *xen_p2m;
extern u32 xen_cr3;		/* what read_cr3 says */

/* The machine address of something in the direct map or the image. */
u64 xen_maddr(const void *va);
u32 xen_mfn(const void *va);

/*
 * xen_protect makes a page read-only in the direct map, and in every mapping of
 * it from then on. xen_unprotect makes it ordinary memory again, at once. Each
 * does nothing if the page is so already.
 */
void xen_protect(void *page);
void xen_unprotect(void *page);

void xen_mmu_init(void);	/* at the start: the p2m list */
void xen_build_map(struct memory_map *map);

#endif
