// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Address spaces: the pages in the user half. Their tables come from tables.c.
 * vma.c says which addresses may be used, fault.c fills them with pages.
 *
 * What must hold:
 *  - Each present or held entry of the user half has one reference to its page.
 *  - Whoever clears or restricts a present entry of active_mm flushes before
 *    user code, or a user copy, runs again.
 *  - An address space that is in CR3 (active_mm) has a reference.
 */
#include <arch/switch.h>
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/task.h>
#include <pv/pv.h>

#define PAGES_MAX	256		/* more are much to store */

struct mm kernel_mm = { .refs = 1 };
struct mm *active_mm = &kernel_mm;

/* Forgets what the CPU knows of the address space in use. */
void flush_user(void)
{
	flush_tlb_user(pa(active_mm->tables.l3));
}

static struct mm *space_create(bool complete)
{
	struct mm *mm = kzalloc(sizeof(*mm));

	if (!mm)
		return NULL;
	mm->refs = 1;
	if (tables_alloc(&mm->tables, complete))
		return mm;
	kfree(mm);
	return NULL;
}

struct mm *mm_create(void)
{
	return space_create(true);
}

static pte_t *table_at(struct mm *mm, pte_t *entry, u32 level, bool create)
{
	if (likely(pte_flags(entry) & PTE_P))
		return va(pte_frame(entry));
	return create ? table_add(&mm->tables, entry, level) : NULL;
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

/* Too much to store, one by one, in tables that are complete. */
static bool is_large(const struct mm *mm)
{
	return mm->pages > PAGES_MAX || tables_many(&mm->tables);
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
		tables_retire(&mm->tables);
	mm->brk_start = old->brk_start;
	mm->brk = old->brk;
	mm->args = old->args;
	mm->exe = old->exe;
	if (mm->exe)
		mm->exe->writers--;
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
	tables_complete(&mm->tables);
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
		tables_retire(&mm->tables);
	lazy_mmu_begin();
	while ((v = mm->vmas)) {
		mm_unmap_pages(mm, v->start, v->end);
		mm->vmas = v->next;
		kfree(v);
		resched_lazy_point();
	}
	lazy_mmu_end();
	tables_free(&mm->tables);
	if (mm->exe && !++mm->exe->writers)
		inode_unused(mm->exe);
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
