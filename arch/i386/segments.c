// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The system calls for segments: descriptors in the TLS slots of the GDT
 * (set_thread_area), and in an LDT, which belongs to the address space
 * (modify_ldt). iopl is here too: load_esp0 sets it with the kernel stack.
 */
#include <arch/desc.h>
#include <arch/switch.h>
#include <kernel/kernel.h>
#include <kernel/syscall.h>
#include <kernel/uaccess.h>

#define LDT_SIZE	0x10000		/* what modify_ldt may be asked for */

/* struct user_desc of Linux. */
struct user_desc {
	u32 entry, base, limit;
	union {
		struct {
			u32 seg_32bit:1, contents:2, read_exec_only:1,
			    limit_in_pages:1, seg_not_present:1, useable:1;
		};
		u32 flags;
	};
};

#define FLAGS_MASK	0x7f
#define FLAGS_EMPTY	0x28		/* read_exec_only, seg_not_present */

/* Does it describe no segment? Flags say so: FLAGS_EMPTY, or for some calls 0. */
static bool is_none(const struct user_desc *d, u32 flags)
{
	return !d->base && !d->limit && (d->flags & FLAGS_MASK) == flags;
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

int get_tls(u32 user, u32 *entry, u64 *tls)
{
	struct user_desc d;
	int err = get_user(d, (struct user_desc *)user);
	bool none;

	if (err)
		return err;
	none = is_none(&d, FLAGS_EMPTY) || is_none(&d, 0);
	if (!none && (!d.seg_32bit || d.contents > 1 || d.seg_not_present))
		return -EINVAL;
	*tls = none ? 0 : to_descriptor(&d);
	*entry = d.entry == ~0u ? d.entry : d.entry - GDT_TLS;
	return *entry < GDT_TLS_COUNT || d.entry == ~0u ? 0 : -EINVAL;
}

int sys_set_thread_area(struct regs *r)
{
	struct arch_task *t = &current->arch;
	u32 entry;
	u64 tls;
	int err = get_tls(r->ebx, &entry, &tls);

	if (!err && entry == ~0u) {
		for (entry = 0; entry < GDT_TLS_COUNT; entry++)
			if (!t->tls[entry])
				break;
		if (entry == GDT_TLS_COUNT)
			return -ESRCH;
		err = put_user(GDT_TLS + entry, (u32 *)r->ebx);
	}
	if (err)
		return err;
	t->tls[entry] = tls;
	load_tls(t->tls);
	task_loaded();
	return 0;
}

/* old: the first form of the call, where base and limit 0 mean no segment. */
static int write_ldt(const struct user_desc *d, bool old)
{
	struct mm *mm = current->mm;
	bool none = is_none(d, FLAGS_EMPTY) || (old && !d->base && !d->limit);
	u64 entry = none ? 0 : to_descriptor(d);

	if (d->entry >= LDT_ENTRIES ||
	    (d->contents == 3 && (old || !d->seg_not_present)))
		return -EINVAL;
	/* IRET to a 16-bit stack shows the upper half of the kernel's ESP. */
	if (!none && !d->seg_32bit)
		return -EINVAL;
	if (!mm->tables.ldt) {
		mm->tables.ldt = page_alloc_zeroed();
		if (!mm->tables.ldt)
			return -ENOMEM;
		set_ldt(mm->tables.ldt, LDT_ENTRIES);
		task_loaded();
	}
	write_ldt_entry(mm->tables.ldt, d->entry, &entry);
	return 0;
}

/* Linux has more entries than one page holds: those read as zeros. */
static int read_ldt(u8 *to, u32 len)
{
	u32 have;
	int err;

	if (!current->mm->tables.ldt)
		return 0;
	len = min(len, (u32)LDT_SIZE);
	have = min(len, (u32)PAGE_SIZE);
	err = copy_to_user(to, current->mm->tables.ldt, have) ?:
	      clear_user(to + have, len - have);
	return err ? err : (int)len;
}

/* ebx 0: read, 1 or 0x11: write; ecx pointer, edx bytes. */
int sys_modify_ldt(struct regs *r)
{
	struct user_desc d;
	int err;

	if (r->ebx == 0)
		return read_ldt((u8 *)r->ecx, r->edx);
	if (r->ebx != 1 && r->ebx != 0x11)
		return -ENOSYS;
	if (r->edx != sizeof(d))
		return -EINVAL;
	err = get_user(d, (struct user_desc *)r->ecx);
	return err ? err : write_ldt(&d, r->ebx == 1);
}

int ldt_copy(struct page_tables *to, const struct page_tables *from)
{
	to->ldt = page_alloc();
	if (!to->ldt)
		return -ENOMEM;
	memcpy(to->ldt, from->ldt, PAGE_SIZE);
	return 0;
}

/* The IOPL of a frame may be a hypervisor's, and the TSS out of date. */
void segments_go_on(void)
{
	struct task *t;

	list_for_each(t, &all_tasks, all) {
		struct regs *r = task_regs(t);

		r->eflags = (r->eflags & ~EFLAGS_IOPL) | t->arch.iopl << 12;
	}
	task_loaded();
}

/* All processes run as root here, as on a machine with one user. */
int sys_iopl(struct regs *r)
{
	if (r->ebx > 3)
		return -EINVAL;
	r->eflags = (r->eflags & ~EFLAGS_IOPL) | r->ebx << 12;
	current->arch.iopl = r->ebx;
	task_loaded();
	return 0;
}
