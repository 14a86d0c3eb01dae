// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process touched a page and memory is out: whom to kill for it. That is the
 * process with most pages, and all that share them: a vfork parent's pages are
 * free only when its child is gone too. Process 1 is never chosen. Nobody is
 * chosen while a task is on its way out, since its memory is free soon. A
 * system call that needs memory fails with -ENOMEM and kills nobody.
 */
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/task.h>

bool out_of_memory(void)
{
	const struct task *init = task_find(1);
	struct mm *mm = NULL;
	struct task *t;

	list_for_each(t, &all_tasks, all) {
		if (t->state == ZOMBIE || t->state == NEW)
			continue;
		if (t->kill_signal || t->exiting)
			return true;
		if (t->mm != &kernel_mm && (!init || t->mm != init->mm) &&
		    (!mm || t->mm->pages > mm->pages))
			mm = t->mm;
	}
	list_for_each(t, &all_tasks, all) {
		if (!mm || t->mm != mm)
			continue;
		printk("out of memory: %s[%d], which has %u KiB, is killed\n",
		       t->comm, t->pid, mm->pages * (PAGE_SIZE / 1024));
		signal_task(t, SIGKILL);
	}
	return mm;
}

/*
 * Called by a trap in user mode. On return interrupts are on, and the
 * instruction is tried again. If nobody could leave any memory the current
 * process ends.
 */
void wait_for_memory(void)
{
	irq_enable();
	if (!out_of_memory())
		do_exit(SIGKILL);
	yield();
}

bool memory_later(void)
{
	wait_for_memory();
	return !current->kill_signal;
}
