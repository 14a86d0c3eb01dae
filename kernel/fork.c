// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fork and vfork. The child returns from the same system call with 0, on a copy
 * of the parent's frame. vfork lends it the parent's address space, and the
 * parent waits until the child has executed a program or ended.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/syscall.h>
#include <kernel/task.h>

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
	child->sig_pending = 0;
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

int sys_vfork(struct regs *r)
{
	struct task *child = do_fork(r, true);
	int pid;

	if (!child)
		return fork_error();
	pid = child->pid;
	child->vforked = true;
	current->lending = true;
	task_start(child);
	/*
	 * The child runs on the parent's user stack, so the parent goes on
	 * before its end only if it is killed. Afterwards the child may be
	 * gone: its pid is kept here.
	 */
	wait_event(&child->vfork_done, !current->lending);
	signals_recheck(current);
	return pid;
}
