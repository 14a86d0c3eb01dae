/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel/memmap.c: a set of bytes of physical memory, as ranges in ascending
 * order that do not touch. Whoever fills one adds all that is usable and then
 * removes all that is reserved: so reserved wins, in whatever order and how
 * often ranges are listed.
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

/* The bytes from `start` to before `end`; nothing if that is not above it. */
void memmap_add(struct memory_map *map, u64 start, u64 end);
void memmap_remove(struct memory_map *map, u64 start, u64 end);
/* Removes what is not below `limit`, and then all but whole pages. */
void memmap_whole_pages(struct memory_map *map, u64 limit);
u64 memmap_size(const struct memory_map *map);

#endif
