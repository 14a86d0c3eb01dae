// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Process groups, by which kill and waitpid mean several processes at once. A
 * group is a number that its members have in common. There are no sessions.
 */
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/signal.h>
#include <kernel/syscall.h>

/* 0: the caller's, EVERYBODY, or else the group of that number. */
bool task_in_group(const struct task *t, int pid)
{
	return pid == EVERYBODY || t->group == (pid ? -pid : current->group);
}

int sys_kill(struct regs *r)
{
	int pid = r->ebx, ret = -ESRCH;
	u32 sig = r->ecx;
	struct siginfo info = { .code = SI_USER, .from = current->pid };
	struct task *t;

	list_for_each(t, &all_tasks, all) {
		if (!task_meant(t, pid) ||
		    (pid == EVERYBODY && (t == current || t->pid == 1 ||
					  t->mm == &kernel_mm)))
			continue;
		if (sig > NSIG)
			return -EINVAL;
		if (sig)
			signal_with(t, sig, &info);
		ret = 0;
	}
	return ret;
}

static bool exists(int group)
{
	struct task *t;

	list_for_each(t, &all_tasks, all)
		if (t->group == group)
			return true;
	return false;
}

/* ebx process, 0: the caller; ecx group, 0: a new one of that process. */
int sys_setpgid(struct regs *r)
{
	int pid = r->ebx ? (int)r->ebx : current->pid;
	int group = r->ecx ? (int)r->ecx : pid;
	struct task *t = task_find(pid);

	if (group < 0)
		return -EINVAL;
	if (!t || (t != current && t->parent != current))
		return -ESRCH;
	if (t != current && t->executed)
		return -EACCES;
	if (group != pid && !exists(group))
		return -EPERM;
	t->group = group;
	return 0;
}

int sys_getpgid(struct regs *r)
{
	struct task *t = r->ebx ? task_find(r->ebx) : current;

	return t ? t->group : -ESRCH;
}

int sys_getpgrp(struct regs *r)
{
	return current->group;
}
