/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel/memmap.c: a set of bytes of physical memory, as ranges in ascending
 * order that do not touch. Usable ranges must all be added first, then reserved
 * ones removed. So reserved wins, whatever the order in which a loader lists
 * them.
 */
#ifndef KERNEL_MEMMAP_H
#define KERNEL_MEMMAP_H

#include <kernel/types.h>

#define MEMORY_RANGES_MAX	64

struct memory_map {
	u32 count;
	u64 dropped;			/* bytes left out for want of a range */
	struct memory_range {
		u64 start, end;		/* end exclusive */
	} range[MEMORY_RANGES_MAX];
};

/* The bytes from `start` to before `end`; none if end is not above start. */
void memmap_add(struct memory_map *map, u64 start, u64 end);
void memmap_remove(struct memory_map *map, u64 start, u64 end);
/* Keeps whole pages below `limit`. */
void memmap_whole_pages(struct memory_map *map, u64 limit);
u64 memmap_size(const struct memory_map *map);

#endif
