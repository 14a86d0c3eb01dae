// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Physical memory: which of it may be used, a trivial allocator until the page
 * tables are built, and the allocator of single pages, which takes from it
 * until then. The kernel never needs two pages in a row afterwards, so a list of
 * free pages is enough.
 *
 * What must hold: a page is in free_list exactly if its refs are 0. A page that
 * the allocator was not given (yet) has one reference. Interrupt handlers do
 * not allocate.
 */
#include <kernel/boot.h>
#include <kernel/kernel.h>
#include <kernel/memmap.h>
#include <kernel/mm.h>
#include <kernel/sections.h>
#include <kernel/task.h>
#include <pv/pv.h>

struct page *mem_map __ro_after_init;
u32 mem_pages __ro_after_init;
u32 total_pages;
u32 direct_end_pa __ro_after_init;

static struct list free_list = LIST_INIT(free_list);
static u32 free_count;
static u32 early_count;			/* what page_alloc took from `early` */

/* Free memory before page_alloc_init, and the memory of the initrd. */
static struct memory_map early __initdata, loaded __initdata;

void __init early_free(u32 start_pa, u32 end_pa)
{
	memmap_add(&early, start_pa, end_pa);
}

void __init early_free_initrd(void)
{
	for (u32 i = 0; i < loaded.count; i++)
		memmap_add(&early, loaded.range[i].start, loaded.range[i].end);
}

void *__init early_alloc(u32 bytes)
{
	bytes = ALIGN_UP(bytes, PAGE_SIZE);
	for (u32 i = 0; i < early.count; i++) {
		struct memory_range *r = &early.range[i];

		if (r->end - r->start >= bytes && bytes) {
			r->start += bytes;
			return va(r->start - bytes);
		}
	}
	return NULL;
}

/*
 * Finds the memory that the direct map can hold, and says what is left out. The
 * image is mapped even if the loader's map does not have it.
 */
static void __init collect(void)
{
	u64 usable;

	memory_map(&early);
	memmap_whole_pages(&early, PTE_PFN_MASK);
	usable = memmap_size(&early);
	memmap_whole_pages(&early, DIRECT_MAX);
	printk("memory: %llu MiB usable", usable >> 20);
	usable -= memmap_size(&early);
	if (usable)
		printk(", of which %llu MiB lie beyond the direct map and stay unused",
		       usable >> 20);
	printk("\n");
	if (!early.count)
		panic("memory: none that the kernel can use");
	direct_end_pa = max(early.range[early.count - 1].end,
			    (u64)pa(__image_end));
}

void __init memory_init(void)
{
	u64 initrd, initrd_end;

	collect();
	initrd = ALIGN_DOWN(boot.initrd_start, PAGE_SIZE);
	initrd_end = ALIGN_UP((u64)boot.initrd_end, PAGE_SIZE);
	memmap_remove(&early, 0, PAGE_SIZE);
	memmap_remove(&early, pa(__image_start), pa(__image_end));
	loaded = early;
	memmap_remove(&early, initrd, initrd_end);
	memmap_remove(&loaded, 0, initrd);
	memmap_remove(&loaded, initrd_end, DIRECT_MAX);
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
	u32 before = free_count;

	for (u32 i = 0; i < early.count; i++)
		for (; early.range[i].start < early.range[i].end;
		     early.range[i].start += PAGE_SIZE)
			page_put(va(early.range[i].start));
	total_pages = early_count + free_count - before;
	printk("memory: %u KiB free\n", free_count * (PAGE_SIZE >> 10));
	if (early.dropped)
		printk("memory: %llu KiB in small pieces stay unused\n",
		       early.dropped >> 10);
}

/* During boot the pages are still in `early`, where no cache is. */
static bool refill(void)
{
	void *page = total_pages ? NULL : early_alloc(PAGE_SIZE);

	if (page) {
		page_put(page);
		early_count++;
	} else {
		drain_caches();
	}
	return !list_empty(&free_list);
}

void *page_alloc(void)
{
	struct page *p;

	if (unlikely(list_empty(&free_list)) && !refill())
		return NULL;
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
