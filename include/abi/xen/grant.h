/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Grant tables, version 1: what a domain sets up alone. xen-pv-abi 3.3. */
#ifndef ABI_XEN_GRANT_H
#define ABI_XEN_GRANT_H

#include <kernel/types.h>

#define XEN_GRANT_SETUP_TABLE	2
#define XEN_GRANT_QUERY_SIZE	6
#define XEN_GRANT_SET_VERSION	8
#define XEN_GRANT_GET_VERSION	10

/* Their status. */
#define XEN_GRANT_OKAY		0
#define XEN_GRANT_ERROR		(-1)
#define XEN_GRANT_BAD_DOMAIN	(-2)
#define XEN_GRANT_BAD_ADDRESS	(-5)

struct xen_grant_setup {
	u16 domid;
	u32 count;
	s16 status;		/* result */
	u32 frames;		/* address of u32 mfn[count] */
};

struct xen_grant_size {
	u16 domid;
	u32 count, max;		/* results */
	s16 status;
};

struct xen_grant_version {
	u16 domid, pad;
	u32 version;		/* result */
};

#endif
