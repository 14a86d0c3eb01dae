// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a multiboot loader says. It is checked, and copied before the memory
 * that it lies in is used for anything else.
 */
#include <abi/multiboot.h>
#include <arch/page.h>
#include <kernel/boot.h>
#include <kernel/kernel.h>
#include <kernel/memmap.h>

/* boot.S maps memory below this at its own address. */
#define REACH	KERNEL_BASE

/* Screen and ROMs of a PC: never memory, whatever a map says. */
#define HOLE_START	0xa0000
#define HOLE_END	0x100000

static u32 started_by __initdata;	/* boot information; 0: none */

static bool __init reached(u32 at, u32 bytes)
{
	return at < REACH && bytes <= REACH - at;
}

/* Loader data at a physical address, valid until paging_init; or a panic. */
static const void *__init find(const char *what, u32 at, u32 bytes)
{
	if (!reached(at, bytes))
		panic("multiboot: %s at %08x, %u bytes, is not below 3 GiB",
		      what, at, bytes);
	return (const void *)at;
}

/* There is no console yet: multiboot_memory_map says what is out of reach. */
void __init multiboot_init(u32 magic, u32 info_pa)
{
	const struct multiboot_info *info = (const void *)info_pa;

	if (magic != MULTIBOOT_BOOT_MAGIC)
		return;
	started_by = info_pa;
	if (reached(info_pa, sizeof(*info)) &&
	    info->flags & MULTIBOOT_HAS_CMDLINE &&
	    reached(info->cmdline, CMDLINE_MAX))
		cmdline_init((const char *)info->cmdline);
}

static void __init read_modules(const struct multiboot_info *info)
{
	const struct multiboot_module *m;

	if (!(info->flags & MULTIBOOT_HAS_MODS) || !info->mods_count)
		return;
	m = find("list of modules", info->mods_addr, sizeof(*m));
	boot.initrd = find("module", m->start, m->end - m->start);
	boot.initrd_start = m->start;
	boot.initrd_end = m->end;
	if (info->mods_count > 1)
		printk("multiboot: only the first of %u modules is used\n",
		       info->mods_count);
}

void __init multiboot_memory_map(struct memory_map *map)
{
	const struct multiboot_info *info;
	const void *mmap = NULL;

	if (!started_by)
		panic("multiboot: no such loader started this kernel");
	info = find("boot information", started_by, sizeof(*info));
	if (info->flags & MULTIBOOT_HAS_CMDLINE)
		find("command line", info->cmdline, CMDLINE_MAX);
	if (info->flags & MULTIBOOT_HAS_MMAP)
		mmap = find("memory map", info->mmap_addr, info->mmap_length);
	loader_memory_map(map, info, mmap);
	memmap_remove(map, HOLE_START, HOLE_END);
	read_modules(info);
}
