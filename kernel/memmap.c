// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sets of physical memory. Each change writes all ranges anew: there are few,
 * and only at boot. They ascend, do not touch and are not empty. If one more is
 * needed than there is room for, the smallest goes: to lose memory is safe.
 */
#include <arch/x86.h>
#include <kernel/memmap.h>

static u64 __init size_of(const struct memory_range *r)
{
	return r->end - r->start;
}

/* `start` must be above all ranges in the map. */
static void __init append(struct memory_map *map, u64 start, u64 end)
{
	struct memory_range *r = map->range, *last = r + map->count;
	struct memory_range new = { start, end }, *least = &new;

	if (start >= end)
		return;
	if (map->count < MEMORY_RANGES_MAX) {
		map->range[map->count++] = new;
		return;
	}
	for (; r < last; r++)
		if (size_of(r) < size_of(least))
			least = r;
	map->dropped += size_of(least);
	if (least == &new)
		return;
	for (; least + 1 < last; least++)
		least[0] = least[1];
	*least = new;
}

void __init memmap_add(struct memory_map *map, u64 start, u64 end)
{
	const struct memory_map old = *map;
	const struct memory_range *r = old.range, *last = r + old.count;

	if (start >= end)
		return;
	map->count = 0;
	for (; r < last && r->end < start; r++)
		append(map, r->start, r->end);
	for (; r < last && r->start <= end; r++) {
		start = min(start, r->start);
		end = max(end, r->end);
	}
	append(map, start, end);
	for (; r < last; r++)
		append(map, r->start, r->end);
}

void __init memmap_remove(struct memory_map *map, u64 start, u64 end)
{
	const struct memory_map old = *map;
	const struct memory_range *r;

	if (start >= end)
		return;
	map->count = 0;
	for (r = old.range; r < old.range + old.count; r++) {
		append(map, r->start, min(r->end, start));
		append(map, max(r->start, end), r->end);
	}
}

void __init memmap_whole_pages(struct memory_map *map, u64 limit)
{
	const struct memory_map old = *map;
	const struct memory_range *r;

	map->count = 0;
	for (r = old.range; r < old.range + old.count && r->start < limit; r++)
		append(map, ALIGN_UP(r->start, PAGE_SIZE),
		       ALIGN_DOWN(min(r->end, limit), PAGE_SIZE));
}

u64 __init memmap_size(const struct memory_map *map)
{
	u64 size = 0;

	for (u32 i = 0; i < map->count; i++)
		size += size_of(&map->range[i]);
	return size;
}
