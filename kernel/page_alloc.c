// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Physical memory: which of it we may use, a trivial allocator for the time
 * before the page tables are built, and the allocator of single pages for all
 * the time after. Nothing in the kernel needs more than one page in a row
 * later on, so a list of free pages is all there is.
 *
 * Read next: kernel/kmalloc.c.
 */
#include <kernel/boot.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/sections.h>
#include <kernel/task.h>
#include <pv/pv.h>

#define EARLY_RANGES	48

struct page *mem_map __ro_after_init;
u32 mem_pages __ro_after_init;
u32 total_pages;
u32 direct_end_pa __ro_after_init;

static struct list free_list = LIST_INIT(free_list);
static u32 free_count;

/* Free memory before page_alloc_init: page aligned, in no order. */
static struct {
	u32 start, end;
} early[EARLY_RANGES] __initdata;
static u32 early_count __initdata;

void __init early_free(u32 start_pa, u32 end_pa)
{
	if (start_pa >= end_pa)
		return;
	if (early_count == EARLY_RANGES) {
		printk("memory: %u KiB at %08x ignored, map too fragmented\n",
		       (end_pa - start_pa) >> 10, start_pa);
		return;
	}
	early[early_count].start = start_pa;
	early[early_count++].end = end_pa;
}

/* Takes a range that is in use out of the free ones. */
static void __init early_reserve(u32 start, u32 end)
{
	u32 n = early_count;

	for (u32 i = 0; i < n; i++) {
		u32 s = early[i].start, e = early[i].end;

		if (end <= s || start >= e)
			continue;
		early[i].end = min(e, max(start, s));
		early[i].start = s;
		if (end < e) {
			if (start <= s)
				early[i].start = early[i].end = end;
			early_free(end, e);
		}
	}
}

void *__init early_alloc(u32 bytes)
{
	bytes = ALIGN_UP(bytes, PAGE_SIZE);
	for (u32 i = 0; i < early_count; i++) {
		if (early[i].end - early[i].start >= bytes && bytes) {
			early[i].start += bytes;
			return va(early[i].start - bytes);
		}
	}
	return NULL;
}

/* All pages that bytes of a range lie in; it may end anywhere. */
static void __init reserve_pages(u64 start, u64 end)
{
	start = ALIGN_DOWN(min(start, (u64)DIRECT_MAX), PAGE_SIZE);
	end = ALIGN_UP(min(end, (u64)DIRECT_MAX), PAGE_SIZE);
	early_reserve((u32)start, (u32)end);
}

/* What the direct map can hold, less what is reserved; says what is left. */
static void __init collect(const struct memory_map *map)
{
	u64 usable = 0, unused = 0;

	for (u32 i = 0; i < map->count; i++) {
		u64 start = ALIGN_UP(map->range[i].start, PAGE_SIZE);
		u64 end = ALIGN_DOWN(map->range[i].end, PAGE_SIZE);

		if (!map->range[i].usable || start >= end)
			continue;
		usable += end - start;
		if (end > DIRECT_MAX)
			unused += end - max(start, (u64)DIRECT_MAX);
		end = min(end, (u64)DIRECT_MAX);
		if (start >= end)
			continue;
		early_reserve((u32)start, (u32)end);	/* listed twice? */
		early_free((u32)start, (u32)end);
		direct_end_pa = max(direct_end_pa, (u32)end);
	}
	for (u32 i = 0; i < map->count; i++)
		if (!map->range[i].usable)
			reserve_pages(map->range[i].start, map->range[i].end);
	printk("memory: %u MiB usable", (u32)(usable >> 20));
	if (unused)
		printk(", of which %u MiB lie beyond the direct map and stay unused",
		       (u32)(unused >> 20));
	printk("\n");
}

void __init memory_init(void)
{
	static struct memory_map map __initdata;

	memory_map(&map);
	collect(&map);
	if (!direct_end_pa)
		panic("memory: the loader gave no memory map");
	early_reserve(0, PAGE_SIZE);
	early_reserve(pa(__image_start), pa(__image_end));
	reserve_pages(boot.initrd_start, boot.initrd_end);
	mem_pages = direct_end_pa >> PAGE_SHIFT;
	mem_map = early_alloc(mem_pages * sizeof(*mem_map));
	if (!mem_map)
		panic("memory: not enough for the page array");
	memset(mem_map, 0, mem_pages * sizeof(*mem_map));
	for (u32 i = 0; i < mem_pages; i++)
		mem_map[i].refs = 1;
}

void __init page_alloc_init(void)
{
	u32 n = early_count;

	early_count = 0;
	for (u32 i = 0; i < n; i++)
		for (u32 p = early[i].start; p < early[i].end; p += PAGE_SIZE)
			page_put(va(p));
	total_pages = free_count;
	printk("memory: %u KiB free\n", free_count * (PAGE_SIZE >> 10));
}

void *page_alloc(void)
{
	struct page *p;

	if (unlikely(list_empty(&free_list))) {
		drain_caches();
		if (list_empty(&free_list))
			return NULL;
	}
	p = list_entry(free_list.next, struct page, link);
	list_del(&p->link);
	p->refs = 1;
	free_count--;
	return page_address(p);
}

void *page_alloc_zeroed(void)
{
	void *page = page_alloc();

	if (page)
		memset(page, 0, PAGE_SIZE);
	return page;
}

void page_put(void *page)
{
	struct page *p = page_of(page);

	BUG_ON(!p->refs);
	if (--p->refs)
		return;
	list_add(&free_list, &p->link);
	free_count++;
}

u32 pages_free(void)
{
	return free_count + cached_pages();
}
