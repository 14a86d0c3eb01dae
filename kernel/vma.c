// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Areas of an address space: which user addresses may be used, how, and where
 * their bytes come from. A sorted list, since a process here has a handful.
 *
 * Read next: kernel/fault.c, which fills areas with pages.
 */
#include <kernel/kernel.h>
#include <kernel/mm.h>
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

/* One area could go on where the other ends. */
static bool continues(const struct vma *a, const struct vma *b)
{
	return a->end == b->start && a->prot == b->prot && !a->file &&
	       !b->file && a->shared == b->shared &&
	       !a->grows_down && !b->grows_down;
}

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
	v = kmalloc(sizeof(*v));
	if (!v)
		return -ENOMEM;
	*v = *area;
	v->next = *link;
	*link = v;
	return 0;
}

/* Makes `at` a border between areas. */
static int split(struct mm *mm, u32 at)
{
	struct vma *v = vma_find(mm, at), *upper;

	if (!v || v->start >= at)
		return 0;
	upper = kmalloc(sizeof(*upper));
	if (!upper)
		return -ENOMEM;
	*upper = *v;
	upper->offset += at - v->start;
	upper->start = at;
	v->end = at;
	v->next = upper;
	return 0;
}

static int split_range(struct mm *mm, u32 start, u32 end)
{
	int err = split(mm, start);

	return err ? err : split(mm, end);
}

/* The common case, a whole area, needs no split. */
int vma_unmap(struct mm *mm, u32 start, u32 end)
{
	struct vma **link = &mm->vmas, *v;
	int err = split_range(mm, start, end);

	if (err)
		return err;
	while (*link && (*link)->end <= start)
		link = &(*link)->next;
	while ((v = *link) && v->start < end) {
		mm_unmap_pages(mm, v->start, v->end);
		*link = v->next;
		kfree(v);
	}
	return 0;
}

static bool all_mapped(struct mm *mm, u32 start, u32 end)
{
	struct vma *v = vma_find(mm, start);

	while (v && v->start <= start && start < end) {
		start = v->end;
		v = v->next;
	}
	return start >= end;
}

int vma_protect(struct mm *mm, u32 start, u32 end, u8 prot)
{
	int err;

	if (!all_mapped(mm, start, end))
		return -ENOMEM;
	err = split_range(mm, start, end);
	if (err)
		return err;
	lazy_mmu_begin();
	for (struct vma *v = vma_find(mm, start); v && v->start < end;
	     v = v->next) {
		v->prot = prot;
		mm_protect_pages(mm, v);
	}
	flush_tlb_user();
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
	}
	return 0;
}

void vma_free_all(struct mm *mm)
{
	struct vma *v, *next;

	for (v = mm->vmas; v; v = next) {
		next = v->next;
		kfree(v);
	}
	mm->vmas = NULL;
}
