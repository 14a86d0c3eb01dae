// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The system calls that shape an address space: brk, mmap2 (anonymous memory
 * only), munmap, mprotect, and the segments set_thread_area and modify_ldt.
 */
#include <arch/desc.h>
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/uaccess.h>

#define MAP_SHARED	0x01
#define MAP_PRIVATE	0x02
#define MAP_FIXED	0x10
#define MAP_ANONYMOUS	0x20
#define MMAP_LOWEST	0x10000		/* for MAP_FIXED */

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

/* Pages of a shared area must exist before a fork can share them. */
static int populate(struct mm *mm, u32 start, u32 end)
{
	int err = 0;

	for (; start < end && !err; start += PAGE_SIZE) {
		err = mm_fault(mm, start, PF_WRITE | PF_USER);
		if (!err && resched_point())
			err = -EINTR;
	}
	return err;
}

static int mmap_at(u32 start, u32 len, u32 prot, u32 flags)
{
	struct mm *mm = current->mm;
	struct vma area = {
		.start = start, .end = start + len, .prot = prot & 7,
		.shared = flags & MAP_SHARED,
	};
	u8 want = area.prot;
	int err = 0;

	if (area.shared)
		area.prot |= PROT_READ | PROT_WRITE;
	if (flags & MAP_FIXED)
		err = vma_unmap(mm, area.start, area.end);
	if (!err)
		err = vma_map(mm, &area);
	if (!err && area.shared)
		err = populate(mm, area.start, area.end);
	if (!err && area.prot != want)
		err = vma_protect(mm, area.start, area.end, want);
	if (err) {
		/* First the pages: splitting an area needs memory. */
		lazy_mmu_begin();
		mm_unmap_pages(mm, area.start, area.end);
		lazy_mmu_end();
		vma_unmap(mm, area.start, area.end);
	}
	return err ? err : (int)area.start;
}

/* ebx address, ecx length, edx protection, esi flags, edi fd. */
int sys_mmap2(struct regs *r)
{
	u32 start = r->ebx, len = ALIGN_UP(r->ecx, PAGE_SIZE), flags = r->esi;

	if (!r->ecx || !!(flags & MAP_SHARED) == !!(flags & MAP_PRIVATE))
		return -EINVAL;
	if (!len || len > USER_END)
		return -ENOMEM;
	if (!(flags & MAP_ANONYMOUS))
		return fd_file(r->edi) ? -ENODEV : -EBADF;
	if (flags & MAP_FIXED) {
		if (start % PAGE_SIZE)
			return -EINVAL;
		if (!range_ok(start, len))
			return -ENOMEM;
		if (start < MMAP_LOWEST)
			return -EPERM;
	} else {
		start = ALIGN_DOWN(start, PAGE_SIZE);
		if (start < MMAP_LOWEST || !range_ok(start, len) ||
		    !is_free(current->mm, start, len))
			start = find_gap(current->mm, len);
		if (!start)
			return -ENOMEM;
	}
	return mmap_at(start, len, r->edx, flags);
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
	u32 len = ALIGN_UP(r->ecx, PAGE_SIZE);

	if (r->ebx % PAGE_SIZE || r->edx & ~7)
		return -EINVAL;
	if (!r->ecx)
		return 0;
	if (!range_ok(r->ebx, len))
		return -ENOMEM;
	return vma_protect(current->mm, r->ebx, r->ebx + len, r->edx);
}

/* struct user_desc of Linux. */
struct user_desc {
	u32 entry, base, limit;
	u32 seg_32bit:1, contents:2, read_exec_only:1, limit_in_pages:1,
	    seg_not_present:1, useable:1;
};

static bool is_empty(const struct user_desc *d)
{
	return !d->base && !d->limit && !d->contents && d->read_exec_only &&
	       !d->seg_32bit && !d->limit_in_pages && d->seg_not_present &&
	       !d->useable;
}

/* Never a system segment, always DPL 3: safe whatever the user asks for. */
static u64 to_descriptor(const struct user_desc *d)
{
	u32 access = DESC_DPL(3) | 0x11 | d->contents << 2 |
		     (d->read_exec_only ? 0 : 2) |
		     (d->seg_not_present ? 0 : DESC_PRESENT);
	u32 flags = d->useable | d->seg_32bit << 2 | d->limit_in_pages << 3;

	return DESC(d->base, d->limit & 0xfffff, access, flags);
}

int sys_set_thread_area(struct regs *r)
{
	struct user_desc d;
	int err = get_user(d, (struct user_desc *)r->ebx);
	u32 slot;

	if (err)
		return err;
	slot = d.entry - GDT_TLS;
	if (d.entry == ~0u)
		for (slot = 0; slot < GDT_TLS_COUNT; slot++)
			if (!current->tls[slot])
				break;
	if (slot >= GDT_TLS_COUNT)
		return d.entry == ~0u ? -ESRCH : -EINVAL;
	if (!is_empty(&d) &&
	    (!d.seg_32bit || d.contents > 1 || d.seg_not_present))
		return -EINVAL;
	if (d.entry == ~0u)
		err = put_user(GDT_TLS + slot, (u32 *)r->ebx);
	if (err)
		return err;
	current->tls[slot] = is_empty(&d) ? 0 : to_descriptor(&d);
	load_tls(current->tls);
	task_loaded();
	return 0;
}

static int write_ldt(const struct user_desc *d)
{
	struct mm *mm = current->mm;
	u64 entry = is_empty(d) || (!d->base && !d->limit) ? 0 :
		    to_descriptor(d);

	if (d->entry >= PAGE_SIZE / 8 || (d->contents == 3 && entry &&
					  !d->seg_not_present))
		return -EINVAL;
	/* IRET to a 16-bit stack would show the upper half of our ESP. */
	if (entry && !d->seg_32bit)
		return -EINVAL;
	if (!mm->tables.ldt) {
		mm->tables.ldt = page_alloc_zeroed();
		if (!mm->tables.ldt)
			return -ENOMEM;
		set_ldt(mm->tables.ldt, PAGE_SIZE / 8);
		task_loaded();
	}
	write_ldt_entry(mm->tables.ldt, d->entry, &entry);
	return 0;
}

/* ebx 0: read, 1 or 0x11: write; ecx pointer, edx bytes. */
int sys_modify_ldt(struct regs *r)
{
	struct user_desc d;
	u32 len = min(r->edx, (u32)PAGE_SIZE);
	int err;

	if (r->ebx == 0) {
		if (!current->mm->tables.ldt)
			return 0;
		return copy_to_user((void *)r->ecx, current->mm->tables.ldt,
				    len) ?: (int)len;
	}
	if (r->ebx != 1 && r->ebx != 0x11)
		return -ENOSYS;
	if (r->edx != sizeof(d))
		return -EINVAL;
	err = get_user(d, (struct user_desc *)r->ecx);
	return err ? err : write_ldt(&d);
}
