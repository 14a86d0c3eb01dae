// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory map that a multiboot loader gives to a kernel, or to the monitor.
 * multiboot.c of either finds it, and takes away what it cannot use.
 */
#include <abi/multiboot.h>
#include <kernel/kernel.h>
#include <kernel/memmap.h>

/* Adds the usable ranges, or removes the others. */
static void __init read_mmap(struct memory_map *map, bool usable, const u8 *p,
			     const u8 *end)
{
	while (p + sizeof(struct multiboot_mmap) <= end) {
		const struct multiboot_mmap *m = (const void *)p;
		u64 last = min(m->length, ~m->base);

		if (m->size < sizeof(*m) - sizeof(m->size) ||
		    m->size > (u32)(end - p) - sizeof(m->size))
			panic("multiboot: memory map has an entry of %u bytes",
			      m->size);
		if (usable && m->type == MULTIBOOT_USABLE)
			memmap_add(map, m->base, m->base + last);
		if (!usable && m->type != MULTIBOOT_USABLE)
			memmap_remove(map, m->base, m->base + last);
		p += m->size + sizeof(m->size);
	}
}

void __init loader_memory_map(struct memory_map *map,
			      const struct multiboot_info *info,
			      const void *mmap)
{
	if (mmap) {
		read_mmap(map, true, mmap, mmap + info->mmap_length);
		read_mmap(map, false, mmap, mmap + info->mmap_length);
	} else if (info->flags & MULTIBOOT_HAS_MEM) {
		memmap_add(map, 0, info->mem_lower * 1024ull);
		memmap_add(map, 0x100000,
			   0x100000 + info->mem_upper * 1024ull);
	}
}
