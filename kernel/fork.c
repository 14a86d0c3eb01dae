// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fork, vfork and clone, as far as that is one of them. The child returns from
 * the same system call with 0, on a copy of the parent's frame. vfork lends it
 * the parent's address space, and the parent waits until the child has executed
 * a program or ended.
 */
#include <arch/switch.h>
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/uaccess.h>

#define CSIGNAL			0xff
#define CLONE_VM		0x100
#define CLONE_VFORK		0x4000
#define CLONE_SETTLS		0x80000
#define CLONE_PARENT_SETTID	0x100000
#define CLONE_CHILD_CLEARTID	0x200000
#define CLONE_DETACHED		0x400000	/* means nothing */
#define CLONE_CHILD_SETTID	0x1000000
#define CLONE_KNOWN	(CSIGNAL | CLONE_VM | CLONE_VFORK | CLONE_SETTLS | \
			 CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | \
			 CLONE_DETACHED | CLONE_CHILD_SETTID)

static struct mm *child_mm(bool share)
{
	if (!share)
		return mm_fork(current->mm);
	current->mm->refs++;
	return current->mm;
}

/*
 * A child that is complete but not started; NULL: no memory. What can fail
 * comes first. Files and signal actions are shared at the end, so that nothing
 * has to be taken back.
 */
static struct task *do_fork(struct regs *regs, bool share_mm)
{
	struct task *child = task_create();

	if (!child)
		return NULL;
	child->mm = child_mm(share_mm);
	if (!child->mm || arch_fork(child, regs)) {
		if (child->mm)
			mm_put(child->mm);
		task_free(child);
		return NULL;
	}
	files_fork(child);
	/* Not those of task_create: a signal may have made them others. */
	child->sigactions = current->sigactions;
	if (child->sigactions)
		signals_share();
	return child;
}

static int fork_error(void)
{
	return tasks_full() ? -EAGAIN : -ENOMEM;
}

int sys_fork(struct regs *r)
{
	struct task *child = do_fork(r, false);

	if (!child)
		return fork_error();
	task_start(child);
	return child->pid;
}

/* It runs, and the caller waits until it has done with its memory. */
static int start_and_wait(struct task *child)
{
	int pid = child->pid;

	child->vforked = true;
	current->lending = true;
	task_start(child);
	/*
	 * The child may run on the parent's user stack, so the parent goes on
	 * before its end only if it is killed. Afterwards the child may be
	 * gone: its pid is kept here.
	 */
	wait_event(&child->vfork_done, !current->lending);
	signals_recheck(current);
	return pid;
}

int sys_vfork(struct regs *r)
{
	struct task *child = do_fork(r, true);

	return child ? start_and_wait(child) : fork_error();
}

/* From here on user addresses are those of that address space. */
static void use_mm(struct mm *mm)
{
	current->mm = mm;
	mm_switch(mm);
	task_loaded();
}

/* Writes to the memory of a child that does not run yet. */
static void put_child(struct task *child, u32 value, u32 *to)
{
	struct mm *own = current->mm;

	use_mm(child->mm);
	put_user(value, to);
	use_mm(own);
}

/* What clone changes in a child that fork has made. */
static void clone_extras(struct task *child, const struct regs *r)
{
	u32 flags = r->ebx;

	if (r->ecx)
		task_regs(child)->esp = r->ecx;
	if (flags & CLONE_CHILD_CLEARTID)
		child->clear_child_tid = r->edi;
	/* As on Linux, an address that is bad here is no error. */
	if (flags & CLONE_PARENT_SETTID)
		put_user(child->pid, (u32 *)r->edx);
	if (flags & CLONE_CHILD_SETTID)
		put_child(child, child->pid, (u32 *)r->edi);
}

/* ebx flags, ecx stack, edx tid for the parent, esi TLS, edi for the child. */
int sys_clone(struct regs *r)
{
	u32 flags = r->ebx, entry;
	struct task *child;
	u64 tls;
	int err, pid;

	if (flags & ~CLONE_KNOWN || (flags & CLONE_VM && !(flags & CLONE_VFORK)))
		return sys_unknown(r);
	if ((flags & CSIGNAL) != SIGCHLD)
		return -EINVAL;
	err = flags & CLONE_SETTLS ? get_tls(r->esi, &entry, &tls) : 0;
	if (err || (flags & CLONE_SETTLS && entry == ~0u))
		return err ?: -EINVAL;
	child = do_fork(r, flags & CLONE_VM);
	if (!child)
		return fork_error();
	if (flags & CLONE_SETTLS)
		child->arch.tls[entry] = tls;
	clone_extras(child, r);
	if (flags & CLONE_VFORK)
		return start_and_wait(child);
	pid = child->pid;
	task_start(child);
	return pid;
}
