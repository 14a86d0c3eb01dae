// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Self-tests of the page allocator and the heap, and of everything that makes
 * address spaces and tasks when there is no memory left: each allocation on
 * the way is made to fail once. A test that takes all of memory gives it back
 * before it ends; the runner compares.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/sections.h>
#include <kernel/selftest.h>
#include <kernel/task.h>
#include <pv/pv.h>

/* A page that a test holds. The number is at both ends of it. */
struct held {
	struct held *next;
	u32 number;
	u32 middle[PAGE_SIZE / 4 - 3];
	u32 last;
};
static struct held *held;

/* Takes pages until `keep` are left; returns how many. */
static u32 hold(u32 keep)
{
	struct held *page;
	u32 n = 0;

	while (pages_free() > keep && (page = page_alloc())) {
		page->next = held;
		page->number = page->last = n++;
		held = page;
	}
	return n;
}

static void let_go(void)
{
	while (held) {
		struct held *page = held;

		held = page->next;
		page_put(page);
	}
}

/* The caches are empty before, so that every page needed is a page held. */
static void hold_drained(u32 keep)
{
	drain_caches();
	hold(keep);
}

static void idle_thread(void *unused)
{
}

static void fill_caches(void)
{
	struct mm *mm = mm_create();
	struct task *t = kthread_create("test", idle_thread, NULL);
	int status;

	EXPECT(mm && mm_pte(mm, 0, true));
	EXPECT(t && do_wait(t->pid, 0, &status) == t->pid);
	if (mm)
		mm_put(mm);
}

/* A page given out twice would have the later number, and a loop after it. */
static u32 wrong_numbers(u32 n)
{
	u32 wrong = 0;

	for (struct held *page = held; page && n--; page = page->next)
		wrong += page->number != n || page->last != n ||
			 page_of(page)->refs != 1;
	return wrong;
}

SELFTEST(pages_once, "memory: no page is handed out twice, all come back")
{
	u32 free, taken;

	fill_caches();
	EXPECT(cached_pages() > 0);
	free = pages_free();
	taken = hold(0);
	EXPECT_EQ(taken, free);
	EXPECT_EQ(wrong_numbers(taken), 0);
	EXPECT_EQ(pages_free(), 0);
	let_go();
	EXPECT_EQ(pages_free(), free);
}

SELFTEST(pages_out, "memory: without memory page_alloc and kmalloc give NULL")
{
	hold_drained(0);
	EXPECT(!page_alloc());
	EXPECT(!page_alloc_zeroed());
	EXPECT(!kmalloc(PAGE_SIZE));
	EXPECT(!kzalloc(PAGE_SIZE));
	EXPECT_EQ(pages_free(), 0);
	let_go();
}

static bool within(u32 at, const void *start, const void *end)
{
	return at >= (u32)start && at < (u32)end;
}

/* Below 1 MiB a PC has its video memory and BIOS; others have memory there. */
static bool misplaced(u32 at)
{
	if (pa((void *)at) < PAGE_SIZE || pa((void *)at) >= direct_end_pa)
		return true;
	if (within(at, mem_map, mem_map + mem_pages))
		return true;
	if (within(at, va(0xa0000), va(0x100000)))
		return on_a_pc();
	return within(at, __image_start, __image_end) &&
	       !within(at, __init_text_start, __init_text_end) &&
	       !within(at, __init_data_start, __init_data_end);
}

SELFTEST(pages_place, "memory: no free page is in the kernel, its page array, "
	 "page 0 or a PC's hole")
{
	u32 wrong = 0;

	hold_drained(0);
	for (struct held *page = held; page; page = page->next)
		wrong += misplaced((u32)page);
	EXPECT_EQ(wrong, 0);
	let_go();
}

SELFTEST(page_references, "memory: a page stays until its last reference goes")
{
	u32 free = pages_free();
	u32 *page = page_alloc(), *other;

	if (!page) {
		FAIL("a page");
		return;
	}
	page_get(page);
	page_get(page);
	EXPECT_EQ(page_of(page)->refs, 3);
	page_put(page);
	page_put(page);
	EXPECT_EQ(pages_free(), free - 1);
	other = page_alloc();
	EXPECT(other && other != page);
	page_put(page);
	EXPECT_EQ(pages_free(), free - 1);
	page_put(other);
	EXPECT_EQ(pages_free(), free);
}

static bool filled(const u8 *p, u8 with, u32 size)
{
	while (size--)
		if (*p++ != with)
			return false;
	return true;
}

SELFTEST(pages_zeroed, "memory: page_alloc_zeroed and kzalloc clear old bytes")
{
	u8 *page = page_alloc(), *object = kmalloc(100);

	EXPECT(page && object);
	if (page)
		memset(page, 0xa5, PAGE_SIZE);
	if (object)
		memset(object, 0xa5, 100);
	page_put(page);
	kfree(object);
	page = page_alloc_zeroed();
	object = kzalloc(100);
	EXPECT(page && filled(page, 0, PAGE_SIZE));
	EXPECT(object && filled(object, 0, 100));
	page_put(page);
	kfree(object);
}

#define SMALLEST	16u
#define MANY		(PAGE_SIZE / 4)

/* More than three pages of objects, or as many as one page has pointers. */
static u32 objects_of(u32 size)
{
	u32 per_page = PAGE_SIZE / max(size, SMALLEST);

	return min(3 * per_page + 1, (u32)MANY);
}

static u8 pattern(u32 i, u32 size)
{
	return (u8)(i * 7 + size + 1);
}

/* Allocates every `step`th object and fills it to its end. */
static void fill_objects(u8 **p, u32 size, u32 step)
{
	u32 unaligned = 0;

	for (u32 i = 0; i < objects_of(size); i += step) {
		p[i] = kmalloc(size);
		if (!p[i]) {
			FAIL("an object");
			continue;
		}
		unaligned += (u32)p[i] & 7;
		memset(p[i], pattern(i, size), size);
	}
	EXPECT_EQ(unaligned, 0);
}

static void free_objects(u8 **p, u32 size, u32 step)
{
	u32 spoilt = 0;

	for (u32 i = 0; i < objects_of(size); i += step) {
		spoilt += p[i] && !filled(p[i], pattern(i, size), size);
		kfree(p[i]);
	}
	EXPECT_EQ(spoilt, 0);
}

SELFTEST(heap_overlap, "memory: heap objects of every size are aligned, "
	 "overlap nothing, and go back")
{
	u8 **p = page_alloc();
	u32 free = pages_free();

	if (!p) {
		FAIL("a page");
		return;
	}
	for (u32 size = SMALLEST; size <= PAGE_SIZE; size *= 2) {
		const u32 sizes[] = { size / 2 + 1, size - 1, size };

		for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
			fill_objects(p, sizes[i], 1);
			free_objects(p, sizes[i], 2);
			fill_objects(p, sizes[i], 2);
			free_objects(p, sizes[i], 1);
			EXPECT_EQ(pages_free(), free);
		}
	}
	page_put(p);
}

SELFTEST(heap_whole_pages, "memory: a heap page goes back with its last "
	 "object, not before")
{
	u32 free = pages_free();
	u8 *first = kmalloc(PAGE_SIZE / 2), *second = kmalloc(PAGE_SIZE / 2);
	u32 used = free - pages_free();

	EXPECT(first && second && first != second);
	kfree(NULL);
	EXPECT(used == 1 || used == 2);
	kfree(first);
	EXPECT(pages_free() < free);
	kfree(second);
	EXPECT_EQ(pages_free(), free);
}

struct link {
	struct link *next;
};

/* Objects until there are none; with one freed there is one again. */
static void exhaust_class(u32 size, u32 pages)
{
	struct link *all = NULL, *object;
	u32 n = 0;

	while ((object = kmalloc(size))) {
		object->next = all;
		all = object;
		n++;
	}
	EXPECT(n >= pages * (PAGE_SIZE / size));
	EXPECT_EQ(pages_free(), 0);
	object = all;
	if (object) {
		all = object->next;
		kfree(object);
		object = kmalloc(size);
		EXPECT(object && !kmalloc(size));
		kfree(object);
	}
	for (; all; all = object) {
		object = all->next;
		kfree(all);
	}
	EXPECT_EQ(pages_free(), pages);
}

SELFTEST(heap_out, "memory: a heap without memory gives NULL and recovers, "
	 "in every size")
{
	hold_drained(8);
	for (u32 size = SMALLEST; size <= PAGE_SIZE; size *= 2)
		exhaust_class(size, 8);
	let_go();
}

SELFTEST(caches, "memory: cached pages count as free, drain_caches frees them")
{
	u32 free;

	fill_caches();
	free = pages_free();
	EXPECT(cached_pages() > 0);
	drain_caches();
	EXPECT_EQ(cached_pages(), 0);
	EXPECT_EQ(pages_free(), free);
}

SELFTEST(roots, "memory: an address space leaves a root with few tables, all of "
	 "them empty")
{
	struct mm *mm;
	u32 kept;

	drain_caches();
	mm = mm_create();
	for (u32 i = 0; mm && i < 20; i++)
		EXPECT(mm_pte(mm, 0x10000000 + i * L2_SPAN, true));
	if (mm)
		mm_put(mm);
	mm = mm_create();
	for (u32 i = kept = 0; mm && i < 20; i++) {
		const pte_t *p = mm_pte(mm, 0x10000000 + i * L2_SPAN, false);

		kept += !!p;
		for (u32 n = 0; p && n < L2_SPAN / PAGE_SIZE; n++)
			EXPECT(!p[n].lo && !p[n].hi);
	}
	EXPECT(kept > 0 && kept < 10);
	if (mm)
		mm_put(mm);
}

/* Areas far apart, so that the tables are many; a written page in each. */
#define AREAS		6
#define AREA_PAGES	3

static u32 area_start(u32 i)
{
	return 0x10000000 + i * 0x1d000000;
}

static void sample_area(struct mm *mm, u32 i)
{
	struct vma area = {
		.start = area_start(i),
		.end = area_start(i) + AREA_PAGES * PAGE_SIZE,
		.prot = PROT_READ | PROT_WRITE,
		.shared = i == 1,
	};

	EXPECT_EQ(vma_map(mm, &area), 0);
	for (u32 at = area.start; at < area.end; at += PAGE_SIZE)
		EXPECT_EQ(mm_fault(mm, at, PF_WRITE | PF_USER), 0);
}

static struct mm *sample_mm(void)
{
	struct mm *mm = mm_create();

	if (!mm) {
		FAIL("an address space");
		return NULL;
	}
	for (u32 i = 0; i < AREAS; i++)
		sample_area(mm, i);
	mm->tables.ldt = page_alloc_zeroed();
	EXPECT(mm->tables.ldt);
	return mm;
}

/* How many of the sample's pages have not `refs` references. */
static u32 wrong_refs(struct mm *mm, u32 refs)
{
	u32 wrong = 0;

	for (u32 i = 0; i < AREAS * AREA_PAGES; i++) {
		pte_t *p = mm_pte(mm, area_start(i / AREA_PAGES) +
				  i % AREA_PAGES * PAGE_SIZE, false);

		wrong += !p || page_of(va(pte_pa(get_pte(p))))->refs != refs;
	}
	return wrong;
}

#define KEEP_MAX	100

SELFTEST(fork_out, "memory: mm_fork fails cleanly at each of its allocations")
{
	struct mm *old = sample_mm(), *new = NULL;
	u32 keep, lost = 0, refs = 0;

	if (!old)
		return;
	for (keep = 0; keep < KEEP_MAX; keep++) {
		hold_drained(keep);
		new = mm_fork(old);
		if (new)
			break;
		lost += pages_free() != keep;
		refs += wrong_refs(old, 1);
		let_go();
	}
	let_go();
	EXPECT_EQ(lost, 0);
	EXPECT_EQ(refs, 0);
	/* Two for the root, and a page or more for each distant area. */
	EXPECT(new && keep > AREAS);
	if (new) {
		EXPECT_EQ(new->pages, AREAS * AREA_PAGES);
		EXPECT_EQ(wrong_refs(old, 2), 0);
		mm_put(new);
	}
	EXPECT_EQ(wrong_refs(old, 1), 0);
	mm_put(old);
}

SELFTEST(spaces_out, "memory: address spaces until memory is gone, all "
	 "come back")
{
	static struct mm *mm[KEEP_MAX];
	u32 n = 0;

	hold_drained(KEEP_MAX);
	while (n < KEEP_MAX && (mm[n] = mm_create()))
		n++;
	EXPECT(n > KEEP_MAX / 4 && n <= KEEP_MAX / 2);
	EXPECT(!mm_create());
	while (n--)
		mm_put(mm[n]);
	EXPECT_EQ(pages_free(), KEEP_MAX);
	let_go();
}

/* Faults in distant pages until an L1 table or a page is missing. */
static void exhaust_tables(u32 keep)
{
	u32 free = pages_free(), at = 0x10000000;
	struct vma area = { .start = at, .end = at + 128 * L2_SPAN,
			    .prot = PROT_READ | PROT_WRITE };
	struct mm *mm;
	int err = 0;

	drain_caches();			/* or it comes with tables */
	mm = mm_create();
	if (!mm || vma_map(mm, &area)) {
		FAIL("an address space");
		return;
	}
	hold_drained(keep);
	for (; at < area.end && !err; at += L2_SPAN)
		err = mm_fault(mm, at, PF_WRITE | PF_USER);
	EXPECT_EQ(err, -ENOMEM);
	EXPECT_EQ(mm->pages, (keep - 1) / 2);
	EXPECT_EQ(pages_free(), 0);
	EXPECT(!mm_pte(mm, area.end, true));
	EXPECT(!mm_pte(mm, 0x80000000, true));
	mm_put(mm);
	let_go();
	EXPECT_EQ(pages_free(), free);
}

SELFTEST(tables_out, "memory: without memory for tables mm_pte gives NULL, "
	 "mm_fault -ENOMEM")
{
	exhaust_tables(20);
	exhaust_tables(21);
}

static u32 children(void)
{
	struct task *t;
	u32 n = 0;

	list_for_each(t, &current->children, sibling)
		n++;
	return n;
}

SELFTEST(task_out, "memory: task_create fails cleanly at each of its "
	 "allocations")
{
	struct task *t = NULL;
	u32 keep, lost = 0;

	for (keep = 0; keep < 8; keep++) {
		hold_drained(keep);
		t = task_create();
		if (t)
			break;
		lost += pages_free() != keep || children();
		let_go();
	}
	let_go();
	EXPECT_EQ(lost, 0);
	EXPECT(t && keep >= 2);
	if (t)
		task_free(t);
	EXPECT_EQ(children(), 0);
}

static void count_thread(void *count)
{
	++*(u32 *)count;
}

SELFTEST(threads_out, "memory: kernel threads until memory is gone, all run "
	 "and all comes back")
{
	u32 made = 0, ran = 0, waited = 0;
	int status;

	hold_drained(KEEP_MAX);
	while (made < KEEP_MAX &&
	       kthread_create("test", count_thread, &ran))
		made++;
	EXPECT(made > KEEP_MAX / 4 && made <= KEEP_MAX / 2);
	EXPECT(!kthread_create("test", count_thread, &ran));
	while (do_wait(-1, 0, &status) > 0)
		waited++;
	EXPECT_EQ(ran, made);
	EXPECT_EQ(waited, made);
	EXPECT_EQ(pages_free(), KEEP_MAX);
	let_go();
}

SELFTEST(memory_total, "memory: the total has the pages of the initrd's files, "
	 "which may become free")
{
	int err;
	struct inode *dir = lookup("/tests", true, &err);
	struct entry *e;
	u32 pages = 0;

	if (!dir) {
		selftest_skip("there are none");
		return;
	}
	list_for_each(e, &dir->children, link)
		pages += e->inode->pages;
	EXPECT(pages > 50);
	EXPECT(total_pages >= pages_free() + pages);
}
