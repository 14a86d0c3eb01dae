/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multiboot specification 0.6.96, sections 3.1 (header), 3.2 (machine state)
 * and 3.3 (boot information). All addresses are physical.
 */
#ifndef ABI_MULTIBOOT_H
#define ABI_MULTIBOOT_H

#define MULTIBOOT_HEADER_MAGIC	0x1badb002
#define MULTIBOOT_HEADER_FLAGS	0x00000003	/* page-align, memory map */
#define MULTIBOOT_BOOT_MAGIC	0x2badb002

#define MULTIBOOT_HAS_MEM	0x001
#define MULTIBOOT_HAS_CMDLINE	0x004
#define MULTIBOOT_HAS_MODS	0x008
#define MULTIBOOT_HAS_MMAP	0x040

#ifndef __ASSEMBLY__
#include <kernel/types.h>

struct multiboot_info {
	u32 flags;
	u32 mem_lower, mem_upper;	/* KiB, from 0 and from 1 MiB */
	u32 boot_device;
	u32 cmdline;
	u32 mods_count, mods_addr;
	u32 syms[4];
	u32 mmap_length, mmap_addr;
};

struct multiboot_module {
	u32 start, end, string, reserved;
};

#define MULTIBOOT_USABLE	1

/* `size` does not count itself. */
struct multiboot_mmap {
	u32 size;
	u64 base, length;
	u32 type;
} __packed;

/* arch/i386/multiboot.c */
struct memory_map;
void multiboot_init(u32 magic, u32 info_pa);
void multiboot_memory_map(struct memory_map *map);
/* loader.c: of the info, and of the map that it tells of, NULL: it does not. */
void loader_memory_map(struct memory_map *map, const struct multiboot_info *info,
		       const void *mmap);
#endif
#endif
