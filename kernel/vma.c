// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Areas of an address space: which user addresses may be used, how, and where
 * their bytes come from. They are a list, since a process here has a handful.
 *
 * What must hold: areas ascend, do not overlap and are not empty; mm->areas is
 * their number. Every page of the user half lies in an area. What can fail, a
 * split, comes before the first change: after an error the same is mapped.
 */
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/task.h>
#include <pv/pv.h>

struct vma *vma_find(struct mm *mm, u32 va)
{
	struct vma *v = mm->vmas;

	while (v && v->end <= va)
		v = v->next;
	return v;
}

u64 vma_flags(const struct vma *v)
{
	u64 flags = PTE_P | PTE_U | PTE_A;

	if (v->prot & PROT_WRITE)
		flags |= PTE_W | PTE_D;
	if (!(v->prot & PROT_EXEC))
		flags |= pte_nx;
	return flags;
}

/* b begins where a ends, and they could be one area. */
static bool continues(const struct vma *a, const struct vma *b)
{
	return a->end == b->start && a->prot == b->prot && !a->file &&
	       !b->file && a->shared == b->shared &&
	       !a->grows_down && !b->grows_down;
}

static struct vma *vma_new(struct mm *mm, const struct vma *like)
{
	struct vma *v = NULL;

	if (mm->areas < AREAS_MAX)
		v = kmalloc(sizeof(*v));
	if (v) {
		*v = *like;
		mm->areas++;
	}
	return v;
}

/* Nothing may be mapped there. -ENOMEM: no memory, or too many areas. */
int vma_map(struct mm *mm, const struct vma *area)
{
	struct vma **link = &mm->vmas, *prev = NULL, *v;

	while (*link && (*link)->start < area->start) {
		prev = *link;
		link = &prev->next;
	}
	if (prev && continues(prev, area)) {
		prev->end = area->end;
		return 0;
	}
	v = vma_new(mm, area);
	if (!v)
		return -ENOMEM;
	v->next = *link;
	*link = v;
	return 0;
}

/* `at` must lie within the area. v keeps the lower part. */
static int split(struct mm *mm, struct vma *v, u32 at)
{
	struct vma *upper = vma_new(mm, v);

	if (!upper)
		return -ENOMEM;
	upper->offset += at - v->start;
	upper->start = at;
	v->end = at;
	v->next = upper;
	return 0;
}

/* The link to the first area that ends above va. */
static struct vma **first_above(struct mm *mm, u32 va)
{
	struct vma **link = &mm->vmas;

	while (*link && (*link)->end <= va)
		link = &(*link)->next;
	return link;
}

/* Splits the areas that cross an end of the range; v as vma_find gives it. */
static int split_range(struct mm *mm, struct vma *v, u32 start, u32 end)
{
	int err = 0;

	if (v && v->start < start)
		err = split(mm, v, start);
	while (v && v->end < end)
		v = v->next;
	if (!err && v && v->start < end && v->end > end)
		err = split(mm, v, end);
	return err;
}

/* Areas go one by one, each after its pages: others may run in between. */
int vma_unmap(struct mm *mm, u32 start, u32 end)
{
	struct vma **link = first_above(mm, start), *v;
	int err = split_range(mm, *link, start, end);

	if (err)
		return err;
	if (*link && (*link)->start < start)
		link = &(*link)->next;
	lazy_mmu_begin();
	while ((v = *link) && v->start < end) {
		mm_unmap_pages(mm, v->start, v->end);
		*link = v->next;
		kfree(v);
		mm->areas--;
		resched_lazy_point();
	}
	lazy_mmu_end();
	return 0;
}

int vma_replace(struct mm *mm, const struct vma *area)
{
	struct vma *spare = kmalloc(sizeof(*spare));	/* for vma_map */
	int err = spare ? vma_unmap(mm, area->start, area->end) : -ENOMEM;

	kfree(spare);
	return err ? err : vma_map(mm, area);
}

/* No gap between start and end; v as vma_find gives it for start. */
static bool all_mapped(const struct vma *v, u32 start, u32 end)
{
	while (v && v->start <= start && start < end) {
		start = v->end;
		v = v->next;
	}
	return start >= end;
}

int vma_protect(struct mm *mm, u32 start, u32 end, u8 prot)
{
	struct vma *v = vma_find(mm, start);
	int err;

	if (!all_mapped(v, start, end))
		return -ENOMEM;
	err = split_range(mm, v, start, end);
	if (err)
		return err;
	if (v->start < start)
		v = v->next;
	lazy_mmu_begin();
	for (; v && v->start < end; v = v->next) {
		v->prot = prot;
		mm_protect_pages(mm, v);
		resched_lazy_point();
	}
	flush_user();
	lazy_mmu_end();
	return 0;
}

int vma_fork(struct mm *to, const struct mm *from)
{
	struct vma **link = &to->vmas;

	for (const struct vma *v = from->vmas; v; v = v->next) {
		struct vma *copy = kmalloc(sizeof(*copy));

		if (!copy)
			return -ENOMEM;
		*copy = *v;
		copy->next = NULL;
		*link = copy;
		link = &copy->next;
		resched_point();
	}
	to->areas = from->areas;
	return 0;
}
