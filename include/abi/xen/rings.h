/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages by which a domU talks to its console and to the xenstore. Indices run
 * freely, and count modulo the size: xen-pv-abi 9.
 */
#ifndef ABI_XEN_RINGS_H
#define ABI_XEN_RINGS_H

#include <kernel/types.h>

struct xen_console_ring {
	char in[1024], out[2048];
	u32 in_cons, in_prod, out_cons, out_prod;
};

struct xen_store_ring {
	char request[1024], response[1024];
	u32 request_cons, request_prod, response_cons, response_prod;
};

/* Followed by `length` bytes, which need not be in the ring at one time. */
struct xen_store_message {
	u32 type, request, transaction, length;
};
#define XEN_STORE_LENGTH_MAX	4096

#define XEN_STORE_DIRECTORY	1
#define XEN_STORE_READ		2
#define XEN_STORE_WATCH		4
#define XEN_STORE_UNWATCH	5
#define XEN_STORE_BEGIN		6	/* a transaction */
#define XEN_STORE_END		7
#define XEN_STORE_WRITE		11
#define XEN_STORE_EVENT		15	/* of a watch: its name and its token */
#define XEN_STORE_ERROR		16	/* its name follows */

#endif
