/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Grant tables, version 1, as a domain uses them alone. xen-pv-abi 3.3. */
#ifndef ABI_XEN_GRANT_H
#define ABI_XEN_GRANT_H

#include <kernel/types.h>

#define XEN_GRANT_MAP		0
#define XEN_GRANT_UNMAP		1
#define XEN_GRANT_SETUP_TABLE	2
#define XEN_GRANT_QUERY_SIZE	6
#define XEN_GRANT_REPLACE	7	/* unmap, put another entry there */
#define XEN_GRANT_SET_VERSION	8
#define XEN_GRANT_GET_VERSION	10

/* Their status. */
#define XEN_GRANT_OKAY		0
#define XEN_GRANT_ERROR		(-1)
#define XEN_GRANT_BAD_DOMAIN	(-2)
#define XEN_GRANT_BAD_REF	(-3)
#define XEN_GRANT_BAD_HANDLE	(-4)
#define XEN_GRANT_BAD_ADDRESS	(-5)
#define XEN_GRANT_NO_SPACE	(-7)

struct xen_grant_entry {
	u16 flags;
	u16 domid;		/* who may map it */
	u32 mfn;
};
#define XEN_GRANT_TYPE		3
#define XEN_GRANT_PERMIT	1	/* the type */
#define XEN_GRANT_READ_ONLY	4
#define XEN_GRANT_READING	8	/* set while it is mapped */
#define XEN_GRANT_WRITING	16

struct xen_grant_map {
	u64 va;
	u32 flags, ref;
	u16 domid;
	s16 status;		/* this and what follows: results */
	u32 handle;
	u64 bus_address;
} __packed __aligned(4);
#define XEN_GRANT_MAP_DEVICE	1
#define XEN_GRANT_MAP_HOST	2
#define XEN_GRANT_MAP_READ_ONLY	4

struct xen_grant_unmap {
	u64 va;
	u64 other;		/* bus address, or that entry's va */
	u32 handle;
	s16 status;		/* result */
	u16 pad;
} __packed __aligned(4);

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
