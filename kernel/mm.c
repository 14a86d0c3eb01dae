// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Address spaces: the tables of the user half, and the pages in them. vma.c
 * says which addresses may be used, fault.c fills them with pages.
 *
 * A root is an L3 and its slot-3 L2, which has the kernel half. The tables of
 * its user half are in the list of the L3's struct page, the newest first; so a
 * table stands before the one above it. A root whose address space is gone goes
 * to a cache with its tables, and they stay linked: the next address space needs
 * much the same ones.
 *
 * A root that is complete may be in CR3. A backend may have a price for making
 * it so and for each store from then on. So it stays complete in the cache,
 * unless much is to be stored: then it is completed later, or retired before.
 *
 * What must hold:
 *  - Each present or held entry of the user half has one reference to its page.
 *  - A table in a list has been linked, and its `parent` is the entry that
 *    refers to it. The L1 tables of a root in the cache are all zero, and so
 *    is a table in the other cache, which is linked nowhere.
 *  - Whoever clears or restricts a present entry of active_mm flushes before
 *    user code, or a user copy, runs again.
 *  - An address space that is in CR3 (active_mm) has a reference.
 */
#include <arch/switch.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/task.h>
#include <pv/pv.h>

#define TABLE_FLAGS	(PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)
#define CACHE_MAX	32
#define TABLES_MAX	8		/* of a root in the cache */
#define PAGES_MAX	256		/* more are much to store */

struct mm kernel_mm = { .refs = 1 };
struct mm *active_mm = &kernel_mm;

struct cache {
	void *page[CACHE_MAX];
	u32 count;
};
static struct cache zeroed;		/* tables */
static struct cache roots[2];		/* L3 tables; [1]: those complete */

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

/* Forgets what the CPU knows of the address space in use. */
void flush_user(void)
{
	flush_tlb_user(pa(active_mm->tables.l3));
}

static pte_t *root_l2(pte_t *l3)
{
	return va(pte_frame(&l3[L3_INDEX(KERNEL_BASE)]));
}

/* write_cr3 may take the tables from here on. */
void mm_complete(struct mm *mm)
{
	struct page *root = page_of(mm->tables.l3);

	if (root->complete)
		return;
	root->complete = true;
	root_complete(&mm->tables);
}

static void retire(const struct page_tables *t)
{
	struct page *root = page_of(t->l3);

	if (!root->complete)
		return;
	root->complete = false;
	root_retire(t);
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
	return l3;
}

static __noinline void root_destroy(pte_t *l3)
{
	pte_t *l2 = root_l2(l3);

	retire(&(struct page_tables){ .l3 = l3 });
	free_tables(l3, 0);
	unlink_l2(&l3[L3_INDEX(KERNEL_BASE)]);
	page_put(l2);
	page_put(l3);
}

/* The user half is empty, though not of tables. NULL: no memory. */
static pte_t *root_alloc(bool complete)
{
	void *l3 = cache_take(&roots[complete]);

	if (!l3)
		l3 = cache_take(&roots[!complete]);
	return l3 ? l3 : root_create();
}

static void root_free(pte_t *l3)
{
	if (!cache_add(&roots[page_of(l3)->complete], l3))
		root_destroy(l3);
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

static struct mm *space_create(bool complete)
{
	struct mm *mm = kzalloc(sizeof(*mm));

	if (!mm)
		return NULL;
	mm->refs = 1;
	mm->tables.l3 = root_alloc(complete);
	if (mm->tables.l3)
		return mm;
	kfree(mm);
	return NULL;
}

struct mm *mm_create(void)
{
	return space_create(true);
}

/* parent: the empty entry above. The CPU caches L3 entries: hence the flush. */
static __noinline pte_t *add_table(struct mm *mm, pte_t *parent, u32 level)
{
	pte_t *table = table_alloc();
	struct page *page, *root = page_of(mm->tables.l3);

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
		if (mm == active_mm)
			flush_user();
	}
	return table;
}

static pte_t *table_at(struct mm *mm, pte_t *entry, u32 level, bool create)
{
	if (likely(pte_flags(entry) & PTE_P))
		return va(pte_frame(entry));
	return create ? add_table(mm, entry, level) : NULL;
}

pte_t *mm_pte(struct mm *mm, u32 va, bool create)
{
	pte_t *l2 = table_at(mm, &mm->tables.l3[L3_INDEX(va)], 2, create);
	pte_t *l1 = l2 ? table_at(mm, &l2[L2_INDEX(va)], 1, create) : NULL;

	return l1 ? &l1[L1_INDEX(va)] : NULL;
}

/* It is rare: out of line, it takes no registers from the walks. */
static __noinline void *held_page(const pte_t *p)
{
	return va(pte_held_pa(p));
}

/* The page of an entry that has one. No page has frame 0: 0 means held. */
static void *page_in(const pte_t *p)
{
	u32 frame = pte_frame(p);

	return frame ? va(frame) : held_page(p);
}

/*
 * Calls fn for each entry of a range that has a page, up to the first error,
 * which it returns. Addresses without an L1 table are skipped. Must be called
 * in a lazy section. Others run after each table. Areas and tables of this mm
 * stay: of tasks that share it (vfork) all but one wait.
 */
static int for_each_page(struct mm *mm, u32 start, u32 end,
			 int (*fn)(pte_t *p, u32 va, void *arg), void *arg)
{
	int err = 0;

	for (;;) {
		u32 stop = min(end, ALIGN_DOWN(start, L2_SPAN) + L2_SPAN);
		pte_t *p = mm_pte(mm, start, false);

		for (u32 va = start; p && va < stop && !err; va += PAGE_SIZE) {
			if (pte_flags(p) & PTE_MAPPED)
				err = fn(p, va, arg);
			p++;
		}
		start = stop;
		if (start >= end || err)
			return err;
		resched_lazy_point();
	}
}

static int unmap_page(pte_t *p, u32 va_unused, void *arg)
{
	u32 *count = arg;
	void *page = page_in(p);

	clear_pte(p);
	page_put(page);
	++*count;
	return 0;
}

/*
 * Must be called in a lazy section. Pages go back to the allocator before the
 * flush. That is safe: nobody else runs in between, and resched_lazy() flushes.
 */
void __noinline mm_unmap_pages(struct mm *mm, u32 start, u32 end)
{
	u32 count = 0;

	for_each_page(mm, start, end, unmap_page, &count);
	mm->pages -= count;
	if (count && mm == active_mm)
		flush_user();
}

/* Pages get at most the new rights: what is shared is still copied. */
static int protect_page(pte_t *p, u32 va_unused, void *arg)
{
	const struct vma *v = arg;
	u32 frame = pa(page_in(p));
	u64 old = get_pte(p), new = pte_held(frame);

	/* Without any rights the kernel must fault on it too. */
	if (v->prot)
		new = frame | (vma_flags(v) & (old | ~(u64)PTE_W));
	if (!(old & new & PTE_P))
		clear_pte(p);		/* the CPU must not walk half of each */
	set_pte(p, new);
	return 0;
}

void mm_protect_pages(struct mm *mm, const struct vma *v)
{
	for_each_page(mm, v->start, v->end, protect_page, (void *)v);
}

struct fork {
	struct mm *to;
	bool shared;
	pte_t *l1;		/* of `to`, for the region of `base` */
	u32 base;
};

/* A private page becomes read-only in both address spaces: copy on write. */
static int fork_page(pte_t *p, u32 va_, void *arg)
{
	struct fork *f = arg;
	u64 value = get_pte(p);

	if (!f->l1 || va_ - f->base >= L2_SPAN) {
		f->base = ALIGN_DOWN(va_, L2_SPAN);
		f->l1 = mm_pte(f->to, f->base, true);
		if (!f->l1)
			return -ENOMEM;
	}
	if (!f->shared && ((u32)value & PTE_W)) {
		value &= ~(u64)PTE_W;
		set_pte(p, value);
	}
	page_get(pte_pa(value) ? va(pte_pa(value)) : held_page(p));
	set_pte(&f->l1[L1_INDEX(va_)], value);
	return 0;
}

/* The caller flushes: pages of `from` have become read-only. */
static int fork_pages(struct mm *to, struct mm *from)
{
	int err = 0;

	for (struct vma *v = from->vmas; v && !err; v = v->next) {
		struct fork f = { .to = to, .shared = v->shared };

		err = for_each_page(from, v->start, v->end, fork_page, &f);
		resched_lazy_point();
	}
	to->pages = from->pages;
	return err;
}

/* Too much to store in tables that are complete, or to keep in the cache. */
static bool is_large(const struct mm *mm)
{
	return mm->pages > PAGES_MAX || mm->tables.ldt ||
	       page_of(mm->tables.l3)->inuse > TABLES_MAX;
}

/* On an error mm_put takes apart what is there, whatever is missing yet. */
struct mm *mm_fork(struct mm *old)
{
	bool large = is_large(old);
	struct mm *mm = space_create(!large);
	int err;

	if (!mm)
		return NULL;
	if (large)
		retire(&mm->tables);
	mm->brk_start = old->brk_start;
	mm->brk = old->brk;
	err = vma_fork(mm, old);
	if (!err && old->tables.ldt)
		err = ldt_copy(&mm->tables, &old->tables);
	if (!err) {
		lazy_mmu_begin();
		err = fork_pages(mm, old);
		flush_user();
		lazy_mmu_end();
	}
	if (err) {
		mm_put(mm);
		return NULL;
	}
	mm_complete(mm);
	return mm;
}

/*
 * Drops a reference. The last one must not go while the address space is
 * active: it is taken apart then, which may let others run.
 */
void mm_put(struct mm *mm)
{
	struct vma *v;

	if (--mm->refs)
		return;
	BUG_ON(mm == active_mm);
	if (is_large(mm))
		retire(&mm->tables);
	lazy_mmu_begin();
	while ((v = mm->vmas)) {
		mm_unmap_pages(mm, v->start, v->end);
		mm->vmas = v->next;
		kfree(v);
		resched_lazy_point();
	}
	lazy_mmu_end();
	free_tables(mm->tables.l3, TABLES_MAX);
	if (mm->tables.ldt)
		page_put(mm->tables.ldt);
	root_free(mm->tables.l3);
	kfree(mm);
}

/* A backend may delay this until load_esp0. */
void mm_switch(struct mm *mm)
{
	if (mm == active_mm)
		return;
	arch_switch_mm(&active_mm->tables, &mm->tables);
	active_mm = mm;
}
