// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page faults on user addresses: demand-zero pages, pages of a file, copy on
 * write, and the stack, which grows. Here most page-table entries are set. The
 * end of a process for a fault of any kind is here too.
 *
 * A fault comes from user mode or from a copy to or from user memory, in the
 * middle of anything: what resolves it never sleeps nor lets others run.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/signal.h>
#include <pv/pv.h>

#define FAULT_AROUND	16		/* pages of a file mapped at once */

/*
 * Grows the stack down to `va`, if it may. A gap stays between it and the next
 * area below, so that a large step over its end meets nothing. An area without
 * any rights may lie nearer.
 */
static __noinline struct vma *grow_stack(struct mm *mm, struct vma *v, u32 va)
{
	const struct vma *below = NULL;

	if (!v->grows_down || !v->prot || va < STACK_TOP - STACK_MAX)
		return NULL;
	for (const struct vma *at = mm->vmas; at != v; at = at->next)
		below = at;
	if (below && below->prot && va - below->end < STACK_GAP)
		return NULL;
	v->start = va;
	return v;
}

/* The area of a page, which the stack may grow to; or NULL. */
static struct vma *area_for(struct mm *mm, u32 va)
{
	struct vma *v = vma_find(mm, va);

	return !v || likely(v->start <= va) ? v : grow_stack(mm, v, va);
}

static bool allowed(const struct vma *v, u32 error)
{
	u32 want = likely(error & PF_WRITE) ? PROT_WRITE :
		   error & PF_EXEC ? PROT_EXEC : ~0u;

	return v->prot & want;
}

/* How many bytes of the page at `va` come from the file. */
static u32 file_bytes(const struct vma *v, u32 va)
{
	if (!v->file || va >= v->file_end)
		return 0;
	return min(v->file_end - va, (u32)PAGE_SIZE);
}

/* NULL: all zeros. */
static u8 *file_page(const struct vma *v, u32 va)
{
	return inode_page(v->file, (v->offset + (va - v->start)) / PAGE_SIZE);
}

/*
 * Maps whole pages of a file read-only: they are the file's own pages. Those
 * around `va` are mapped too, within one L1 table, which must exist. False: the
 * file has a hole there.
 */
static __noinline bool map_around(struct mm *mm, const struct vma *v, u32 va)
{
	u32 start = max(v->start, ALIGN_DOWN(va, FAULT_AROUND * PAGE_SIZE));
	u32 end = min(v->end, start + FAULT_AROUND * PAGE_SIZE);
	u64 flags = vma_flags(v) & ~(u64)(PTE_W | PTE_D);
	bool found = false;
	pte_t *p;

	start = max(start, ALIGN_DOWN(va, L2_SPAN));
	end = min(end, ALIGN_DOWN(va, L2_SPAN) + L2_SPAN);
	p = mm_pte(mm, start, false);
	lazy_mmu_begin();
	for (; start < end; start += PAGE_SIZE, p++) {
		u8 *page;

		if (file_bytes(v, start) < PAGE_SIZE ||
		    (pte_flags(p) & PTE_P))
			continue;
		page = file_page(v, start);
		if (!page)
			continue;
		page_get(page);
		set_pte(p, pa(page) | flags);
		mm->pages++;
		found |= start == va;
	}
	lazy_mmu_end();
	return found;
}

static __noinline void copy_file(u8 *page, const struct vma *v, u32 va)
{
	const u8 *from = file_page(v, va);

	if (from)
		memcpy(page, from, file_bytes(v, va));
	else
		memset(page, 0, file_bytes(v, va));
}

/* A page of its own: bytes of the file, if there are some, then zeros. */
static int map_new(struct mm *mm, const struct vma *v, u32 va, pte_t *p)
{
	u32 bytes = file_bytes(v, va);
	u8 *page = page_alloc();

	if (!page)
		return -ENOMEM;
	if (bytes)
		copy_file(page, v, va);
	memset(page + bytes, 0, PAGE_SIZE - bytes);
	set_pte(p, pa(page) | vma_flags(v));
	mm->pages++;
	return 0;
}

/* A write to a read-only page. It is copied unless this is its last user. */
static int copy_on_write(const struct vma *v, u32 va_, pte_t *p)
{
	u8 *old = va(pte_frame(p)), *page = old;

	if (!v->shared && page_of(old)->refs > 1) {
		page = page_alloc();
		if (!page)
			return -ENOMEM;
		memcpy(page, old, PAGE_SIZE);
		page_put(old);
	}
	lazy_mmu_begin();
	set_pte(p, pa(page) | vma_flags(v));
	flush_tlb_page(va_);
	lazy_mmu_end();
	return 0;
}

/* If the entry is present and allows the access the TLB was out of date. */
int mm_fault(struct mm *mm, u32 va, u32 error)
{
	struct vma *v;
	pte_t *p;

	va = ALIGN_DOWN(va, PAGE_SIZE);
	v = area_for(mm, va);
	if (!v)
		return -EFAULT;
	if (!allowed(v, error))
		return -EACCES;
	p = mm_pte(mm, va, true);
	if (!p)
		return -ENOMEM;
	if (pte_flags(p) & PTE_P) {
		if ((error & PF_WRITE) && !(pte_flags(p) & PTE_W))
			return copy_on_write(v, va, p);
		flush_tlb_page(va);
		return 0;
	}
	if (file_bytes(v, va) == PAGE_SIZE && !(error & PF_WRITE) &&
	    map_around(mm, v, va))
		return 0;
	return map_new(mm, v, va, p);
}

void user_fault(const struct regs *regs, const char *what, int signal,
		int code, u32 addr)
{
	struct siginfo info = { .code = code, .from = addr };

	if (signal_caught(current, signal) &&
	    !(current->sig_blocked & BIT(signal))) {
		signal_with(current, signal, &info);
		return;
	}
	printk("%s[%d]: %s at eip %08x, address %08x, error %x: signal %d\n",
	       current->comm, current->pid, what, regs->eip, addr, regs->error,
	       signal);
	do_exit(signal);
}
