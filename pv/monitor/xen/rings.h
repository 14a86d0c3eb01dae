/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two pages that a domU shares with the monitor. The guest writes all of
 * them, the indices too; while the monitor looks, the guest does not run.
 */
#ifndef MONITOR_RINGS_H
#define MONITOR_RINGS_H

#include <abi/xen/rings.h>
#include <monitor/xen/xen.h>

/* Of `size` bytes, a power of 2. */
struct ring {
	char *data;
	u32 size;
	u32 *cons, *prod;
};

/* Both: how many bytes were moved; 0 too if the indices make no sense. */
u32 ring_take(const struct ring *ring, void *to, u32 most);
u32 ring_put(const struct ring *ring, const void *from, u32 bytes);

/* rings.c: begins to serve both; says on which ports the guest has them. */
void rings_init(struct xen_console_ring *console, u32 *console_port,
		struct xen_store_ring *store, u32 *store_port);
/* xenstore.c. True if anything was moved. */
void store_init(u32 console_mfn, u32 console_port);
bool store_serve(const struct ring *requests, const struct ring *responses);

#endif
