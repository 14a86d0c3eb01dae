// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a multiboot loader tells us, copied out of its memory before that
 * memory is used for anything else.
 */
#include <abi/multiboot.h>
#include <kernel/boot.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <pv/pv.h>

static struct memory_map loader_map __initdata;

static void __init add_range(u64 start, u64 end, bool usable)
{
	if (end <= start || loader_map.count == MEMORY_RANGES_MAX)
		return;
	loader_map.range[loader_map.count].start = start;
	loader_map.range[loader_map.count].end = end;
	loader_map.range[loader_map.count++].usable = usable;
}

static void __init read_mmap(const struct multiboot_info *info)
{
	const u8 *p = va(info->mmap_addr), *end = p + info->mmap_length;

	while (p + sizeof(struct multiboot_mmap) <= end) {
		const struct multiboot_mmap *m = (const void *)p;

		add_range(m->base, m->base + m->length,
			  m->type == MULTIBOOT_USABLE);
		p += m->size + sizeof(m->size);
	}
}

void __init multiboot_init(u32 magic, u32 info_pa)
{
	const struct multiboot_info *info = va(info_pa);

	if (magic != MULTIBOOT_BOOT_MAGIC)
		return;
	if (info->flags & MULTIBOOT_HAS_CMDLINE)
		cmdline_init(va(info->cmdline));
	if (info->flags & MULTIBOOT_HAS_MMAP) {
		read_mmap(info);
	} else if (info->flags & MULTIBOOT_HAS_MEM) {
		add_range(0, info->mem_lower * 1024ull, true);
		add_range(0x100000, 0x100000 + info->mem_upper * 1024ull, true);
	}
	if ((info->flags & MULTIBOOT_HAS_MODS) && info->mods_count) {
		const struct multiboot_module *m = va(info->mods_addr);

		boot.initrd_start = m->start;
		boot.initrd_end = m->end;
	}
}

void __init multiboot_memory_map(struct memory_map *map)
{
	*map = loader_map;
}
