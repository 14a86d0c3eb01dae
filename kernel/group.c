// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Process groups, by which kill and waitpid mean several processes at once, and
 * sessions, which processes leave for a new one. Both are numbers that their
 * members have in common.
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

/* ebx group, ecx process, edx signal. There are no threads: both are the same. */
int sys_tgkill(struct regs *r)
{
	struct regs kill = { .ebx = r->ecx, .ecx = r->edx };

	if ((s32)r->ebx <= 0 || (s32)r->ecx <= 0)
		return -EINVAL;
	return r->ebx == r->ecx ? sys_kill(&kill) : -ESRCH;
}

bool group_exists(int group, int session)
{
	struct task *t;

	list_for_each(t, &all_tasks, all)
		if (t->group == group && t->session == session)
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
	if (t->session != current->session || t->session == pid ||
	    (group != pid && !group_exists(group, t->session)))
		return -EPERM;
	t->group = group;
	return 0;
}

int sys_getpgid(struct regs *r)
{
	struct task *t = r->ebx ? task_find(r->ebx) : current;

	return t ? t->group : -ESRCH;
}

int sys_setsid(struct regs *r)
{
	struct task *t;

	list_for_each(t, &all_tasks, all)
		if (t->group == current->pid)
			return -EPERM;
	current->session = current->group = current->pid;
	return current->pid;
}

int sys_getsid(struct regs *r)
{
	struct task *t = r->ebx ? task_find(r->ebx) : current;

	return t ? t->session : -ESRCH;
}
