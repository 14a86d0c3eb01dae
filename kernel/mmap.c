// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The system calls that shape an address space: brk, mmap2 (anonymous memory
 * only), munmap, mprotect, madvise.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/uaccess.h>

#define MAP_SHARED	0x01
#define MAP_PRIVATE	0x02
#define MAP_TYPE	0x0f
#define MAP_FIXED	0x10
#define MAP_ANONYMOUS	0x20
#define MMAP_LOWEST	0x10000		/* for MAP_FIXED */
#define MADV_DONTNEED	4
#define PROT_SEM	8		/* means nothing on this CPU */

static bool range_ok(u32 start, u32 len)
{
	return !(start % PAGE_SIZE) && len && start <= USER_END &&
	       len <= USER_END - start;
}

static bool is_free(struct mm *mm, u32 start, u32 len)
{
	struct vma *v = vma_find(mm, start);
	u32 gap = v && v->grows_down ? STACK_GAP : 0;

	return !v || v->start - gap >= start + len;
}

/* The highest gap of the mmap area that is large enough; 0: none. */
static u32 find_gap(struct mm *mm, u32 len)
{
	u32 below = MMAP_BOTTOM, best = 0;

	for (struct vma *v = vma_find(mm, MMAP_BOTTOM); ; v = v->next) {
		u32 end = v ? min(v->start, (u32)MMAP_TOP) : MMAP_TOP;

		if (end > below && end - below >= len)
			best = end - len;
		if (!v || v->start >= MMAP_TOP)
			return best;
		below = v->end;
	}
}

int sys_brk(struct regs *r)
{
	struct mm *mm = current->mm;
	u32 old = ALIGN_UP(mm->brk, PAGE_SIZE), new = ALIGN_UP(r->ebx, PAGE_SIZE);
	struct vma area = {
		.start = old, .end = new, .prot = PROT_READ | PROT_WRITE,
	};

	if (r->ebx < mm->brk_start || r->ebx > MMAP_BOTTOM)
		return mm->brk;
	if (new < old && vma_unmap(mm, new, old))
		return mm->brk;
	if (new > old &&
	    (!is_free(mm, old, new - old) || vma_map(mm, &area)))
		return mm->brk;
	mm->brk = r->ebx;
	return mm->brk;
}

/* All that a shared area needs, before it exists: its pages and tables. */
static int take_pages(struct mm *mm, const struct vma *area,
		      struct list *pages)
{
	for (u32 at = area->start; at < area->end; at += PAGE_SIZE) {
		void *page = page_alloc_zeroed();

		if (!page)
			return -ENOMEM;
		list_add(pages, &page_of(page)->link);
		if (!mm_pte(mm, at, true))
			return -ENOMEM;
		if (resched_point())
			return -EINTR;
	}
	return 0;
}

/* Maps them all: a fork shares only pages that exist. */
static void put_pages(struct mm *mm, const struct vma *area,
		      struct list *pages)
{
	u32 at = area->start;

	lazy_mmu_begin();
	while (!list_empty(pages)) {
		struct page *page = list_entry(pages->next, struct page, link);

		list_del(&page->link);
		set_pte(mm_pte(mm, at, false), area->prot ?
			pa(page_address(page)) | vma_flags(area) :
			pte_held(pa(page_address(page))));
		mm->pages++;
		at += PAGE_SIZE;
		resched_lazy_point();
	}
	flush_user();
	lazy_mmu_end();
}

static int map_area(const struct vma *area, bool fixed)
{
	return fixed ? vma_replace(current->mm, area) :
	       vma_map(current->mm, area);
}

/* An error leaves all as it was: memory is taken before anything changes. */
static __noinline int map_shared(const struct vma *area, bool fixed)
{
	struct list pages = LIST_INIT(pages);
	int err = take_pages(current->mm, area, &pages);

	if (!err)
		err = map_area(area, fixed);
	if (!err)
		put_pages(current->mm, area, &pages);
	while (!list_empty(&pages)) {
		struct page *page = list_entry(pages.next, struct page, link);

		list_del(&page->link);
		page_put(page_address(page));
	}
	return err;
}

/* Where to map; -errno in the order of Linux. */
static int choose_address(u32 start, u32 len, bool fixed)
{
	if (!fixed) {
		start = ALIGN_DOWN(start, PAGE_SIZE);
		if (start < MMAP_LOWEST || !range_ok(start, len) ||
		    !is_free(current->mm, start, len))
			start = find_gap(current->mm, len);
		return start ? (int)start : -ENOMEM;
	}
	if (start > USER_END - len)
		return -ENOMEM;
	if (start % PAGE_SIZE)
		return -EINVAL;
	return start < MMAP_LOWEST ? -EPERM : (int)start;
}

/* ebx address, ecx length, edx protection, esi flags, edi fd. */
int sys_mmap2(struct regs *r)
{
	u32 len = ALIGN_UP(r->ecx, PAGE_SIZE), flags = r->esi;
	u32 type = flags & MAP_TYPE;
	struct file *f = flags & MAP_ANONYMOUS ? NULL : fd_file(r->edi);
	struct vma area;
	int start, err;

	if (!f && !(flags & MAP_ANONYMOUS))
		return -EBADF;
	if (!r->ecx)
		return -EINVAL;
	if (!len || len > USER_END)
		return -ENOMEM;
	start = choose_address(r->ebx, len, flags & MAP_FIXED);
	if ((u32)start > USER_END)
		return start;
	if (type != MAP_SHARED && type != MAP_PRIVATE)
		return -EINVAL;
	if (f)
		return may_read(f) ? -ENODEV : -EACCES;
	area = (struct vma){
		.start = start, .end = start + len, .prot = r->edx & 7,
		.shared = type == MAP_SHARED,
	};
	err = area.shared ? map_shared(&area, flags & MAP_FIXED) :
	      map_area(&area, flags & MAP_FIXED);
	return err ? err : start;
}

int sys_munmap(struct regs *r)
{
	u32 len = ALIGN_UP(r->ecx, PAGE_SIZE);

	if (!range_ok(r->ebx, len))
		return -EINVAL;
	return vma_unmap(current->mm, r->ebx, r->ebx + len);
}

int sys_mprotect(struct regs *r)
{
	u32 start = r->ebx, len = ALIGN_UP(r->ecx, PAGE_SIZE);

	if (start % PAGE_SIZE)
		return -EINVAL;
	if (!r->ecx)
		return 0;
	if (start + len <= start)
		return -ENOMEM;
	if (r->edx & ~(7 | PROT_SEM))
		return -EINVAL;
	if (!range_ok(start, len))
		return -ENOMEM;
	return vma_protect(current->mm, start, start + len, r->edx & 7);
}

/* No advice is needed; one is a promise that is not kept: zeros. */
CALL(madvise, r->edx == MADV_DONTNEED ? -EINVAL : 0)
