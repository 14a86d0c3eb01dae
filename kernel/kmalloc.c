// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel heap: a page is cut into objects of one size class. struct page
 * has the class and the list of free objects. Objects are aligned to their
 * size.
 *
 * What must hold: partial[class] has exactly the heap pages of that class that
 * have a free object and one in use. A page whose objects are all free goes
 * back to the page allocator at once.
 */
#include <kernel/kernel.h>
#include <kernel/mm.h>

#define CLASSES		9		/* 16 bytes to one page */
#define SMALLEST	16

#define NONE(class)	LIST_INIT(partial[class])
static struct list partial[CLASSES] = {
	NONE(0), NONE(1), NONE(2), NONE(3), NONE(4), NONE(5), NONE(6), NONE(7),
	NONE(8),
};

/*
 * Sizes up to 16 are class 0, up to 32 class 1, up to 64 class 2. 32 - clz(n)
 * is the number of bits of n. For 17 to 32, size - 1 is 16 to 31, of 5 bits: 5
 * - 4.
 */
static u32 class_of(u32 size)
{
	return size <= SMALLEST ? 0 : 32 - __builtin_clz(size - 1) - 4;
}

/* Links the objects of a fresh page, in order of address. */
static bool refill(u32 class)
{
	u32 size = SMALLEST << class;
	u8 *base = page_alloc();
	struct page *page;
	void *next = NULL;

	if (!base)
		return false;
	for (u32 at = PAGE_SIZE; at; at -= size) {
		*(void **)(base + at - size) = next;
		next = base + at - size;
	}
	page = page_of(base);
	page->class = class + 1;
	page->inuse = 0;
	page->objects = next;
	list_add(&partial[class], &page->link);
	return true;
}

void *kmalloc(u32 size)
{
	u32 class = class_of(size);
	struct page *page;
	void **object;

	BUG_ON(class >= CLASSES);
	if (list_empty(&partial[class]) && !refill(class))
		return NULL;
	page = list_entry(partial[class].next, struct page, link);
	object = page->objects;
	page->objects = *object;
	page->inuse++;
	if (!page->objects)
		list_del(&page->link);
	return object;
}

void *kzalloc(u32 size)
{
	void *p = kmalloc(size);

	if (p)
		memset(p, 0, size);
	return p;
}

void kfree(void *p)
{
	struct page *page;

	if (!p)
		return;
	page = page_of(p);
	BUG_ON(!page->class || !page->inuse);
	if (!page->objects)
		list_add(&partial[page->class - 1], &page->link);
	*(void **)p = page->objects;
	page->objects = p;
	if (--page->inuse)
		return;
	list_del(&page->link);
	page->class = 0;
	page_put((void *)ALIGN_DOWN((u32)p, PAGE_SIZE));
}
