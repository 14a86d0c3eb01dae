/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this backend share: a function xen_NAME for each row of the
 * list that setup.c names, and the guest's view of memory.
 */
#ifndef PV_XEN_XEN_H
#define PV_XEN_XEN_H

#include <abi/xen/shared_info.h>
#include <abi/xen/start_info.h>
#include <pv/pv.h>

#define PV_OP(group, name, class, ret, params)			\
	PV_TYPE_##class ret xen_##name(PV_PROTO_##params);
#define PV_JUMP(group, name) void xen_##name(void);
#include <pv/ops.def>
#undef PV_OP
#undef PV_JUMP

/* entry.S: Xen writes its stubs here, 32 bytes a call (xen-pv-abi 3.1). */
extern u8 xen_hypercall_page[];

/* setup.c */
extern const struct xen_start_info *xen_start;	/* NULL: no Xen underneath */
extern struct xen_shared_info xen_shared_info;	/* Xen's own page, seen here */
void __noreturn xen_refuse(const char *what, s32 error);

/*
 * mmu.c. The p2m list: machine frame of each pseudo-physical one, and whether
 * the page holds a table of Xen's concern (page table, GDT, LDT), which must
 * be read-only at every address.
 */
#define XEN_P2M_TABLE	0x80000000
extern u32 *xen_p2m;
extern u32 xen_cr3;		/* what read_cr3 says */

/* The machine address of something in the direct map or the image. */
u64 xen_maddr(const void *va);
u32 xen_mfn(const void *va);

/*
 * The page becomes read-only in the direct map and so in every mapping that is
 * made of it; or ordinary memory again. They do nothing if it is so already.
 */
void xen_protect(void *page);
void xen_unprotect(void *page);

void xen_mmu_init(void);	/* start of day: the p2m list */
void xen_build_map(struct memory_map *map);

#endif
