// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page tables of address spaces, and the caches that make them cheap. A
 * root is an L3 and its slot-3 L2, which has the kernel half. The tables of its
 * user half are in the list of the L3's struct page, the newest first; so a
 * table stands before the one above it. mm.c fills them.
 *
 * A root whose address space is gone goes to a cache with its tables, and they
 * stay linked: the next address space needs much the same ones. A root that is
 * complete may be in CR3. A backend may have a price for making it so, and for
 * each store from then on. So it stays complete in the cache, unless much is to
 * be stored: then it is completed later, or retired before.
 *
 * What must hold: a table in a list has been linked, and its `parent` is the
 * entry that refers to it. The L1 tables of a root in the cache are all zero,
 * and so is a table in the other cache, which is linked nowhere.
 */
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/task.h>
#include <pv/pv.h>

#define TABLE_FLAGS	(PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)
#define CACHE_MAX	32
#define TABLES_MAX	8		/* of a root in the cache */

struct cache {
	void *page[CACHE_MAX];
	u32 count;
};
static struct cache zeroed;		/* tables */
static struct cache roots[2];		/* L3 tables; [1]: those complete */
static struct list all_roots = LIST_INIT(all_roots);	/* their slot-3 L2s */

static void *cache_take(struct cache *c)
{
	return c->count ? c->page[--c->count] : NULL;
}

static bool cache_add(struct cache *c, void *page)
{
	if (c->count == CACHE_MAX)
		return false;
	c->page[c->count++] = page;
	return true;
}

static void *table_alloc(void)
{
	void *table = cache_take(&zeroed);

	return table ? table : page_alloc_zeroed();
}

/* The table must be unlinked, and all its entries cleared. */
static void table_free(void *table)
{
	if (!cache_add(&zeroed, table))
		page_put(table);
}

void tables_complete(const struct page_tables *t)
{
	struct page *root = page_of(t->l3);

	if (root->complete)
		return;
	root->complete = true;
	root_complete(t);
}

void tables_retire(const struct page_tables *t)
{
	struct page *root = page_of(t->l3);

	if (!root->complete)
		return;
	root->complete = false;
	root_retire(t);
}

bool tables_many(const struct page_tables *t)
{
	return t->ldt || page_of(t->l3)->inuse > TABLES_MAX;
}

/* The CPU caches L3 entries: hence the flush. */
pte_t *table_add(struct page_tables *t, pte_t *parent, u32 level)
{
	pte_t *table = table_alloc();
	struct page *page, *root = page_of(t->l3);

	if (!table)
		return NULL;
	page = page_of(table);
	page->parent = parent;
	list_add(&root->link, &page->link);
	root->inuse++;
	if (level == 1) {
		link_l1(parent, pa(table) | TABLE_FLAGS);
	} else {
		link_l2(parent, pa(table) | PTE_P);
		if (t == &active_mm->tables)
			flush_user();
	}
	return table;
}

/* Takes the newest tables out of a root, all of them empty, but for `keep`. */
static void free_tables(pte_t *l3, u32 keep)
{
	struct page *root = page_of(l3), *page;

	while (root->inuse > keep) {
		page = list_entry(root->link.next, struct page, link);
		list_del(&page->link);
		root->inuse--;
		if (ALIGN_DOWN((u32)page->parent, PAGE_SIZE) == (u32)l3)
			unlink_l2(page->parent);
		else
			unlink_l1(page->parent);
		table_free(page_address(page));
	}
}

static __noinline pte_t *root_create(void)
{
	pte_t *l3 = table_alloc(), *l2 = table_alloc();
	struct page *root;

	if (!l3 || !l2) {
		if (l3)
			table_free(l3);
		return NULL;
	}
	root = page_of(l3);
	list_init(&root->link);
	root->inuse = root->complete = 0;
	root_copy_kernel(l2);
	link_l2(&l3[L3_INDEX(KERNEL_BASE)], pa(l2) | PTE_P);
	page_of(l2)->parent = &l3[L3_INDEX(KERNEL_BASE)];
	list_add(&all_roots, &page_of(l2)->link);
	return l3;
}

static __noinline void root_destroy(pte_t *l3)
{
	pte_t *l2 = va(pte_frame(&l3[L3_INDEX(KERNEL_BASE)]));

	tables_retire(&(struct page_tables){ .l3 = l3 });
	free_tables(l3, 0);
	unlink_l2(&l3[L3_INDEX(KERNEL_BASE)]);
	list_del(&page_of(l2)->link);
	page_put(l2);
	page_put(l3);
}

static void link_kernel_half(pte_t *parent)
{
	root_copy_kernel(va(pte_frame(parent)));
	link_l2(parent, get_pte(parent));
}

void tables_link_again(void)
{
	struct page *l2, *table;

	link_kernel_half(&kernel_mm.tables.l3[L3_INDEX(KERNEL_BASE)]);
	root_complete(&kernel_mm.tables);
	list_for_each(l2, &all_roots, link) {
		pte_t *l3 = (pte_t *)ALIGN_DOWN((u32)l2->parent, PAGE_SIZE);
		struct page *root = page_of(l3);

		link_kernel_half(l2->parent);
		list_for_each(table, &root->link, link) {
			pte_t *p = table->parent;

			if (ALIGN_DOWN((u32)p, PAGE_SIZE) == (u32)l3)
				link_l2(p, get_pte(p));
			else
				link_l1(p, get_pte(p));
		}
		if (root->complete)
			root_complete(&(struct page_tables){ .l3 = l3 });
	}
}

bool tables_alloc(struct page_tables *t, bool complete)
{
	t->l3 = cache_take(&roots[complete]);
	if (!t->l3)
		t->l3 = cache_take(&roots[!complete]);
	if (!t->l3)
		t->l3 = root_create();
	return t->l3;
}

void tables_free(struct page_tables *t)
{
	free_tables(t->l3, TABLES_MAX);
	if (t->ldt)
		page_put(t->ldt);
	if (!cache_add(&roots[page_of(t->l3)->complete], t->l3))
		root_destroy(t->l3);
}

/* Called when no page is free, from any page_alloc: it may not allocate. */
void drain_caches(void)
{
	void *page;

	stack_cache_drain();
	while ((page = cache_take(&roots[0])) || (page = cache_take(&roots[1])))
		root_destroy(page);
	while ((page = cache_take(&zeroed)))
		page_put(page);
}

static u32 pages_in(const struct cache *c)
{
	u32 n = 2 * c->count;

	for (u32 i = 0; i < c->count; i++)
		n += page_of(c->page[i])->inuse;
	return n;
}

u32 cached_pages(void)
{
	return zeroed.count + pages_in(&roots[0]) + pages_in(&roots[1]) +
	       stack_cache_pages();
}
