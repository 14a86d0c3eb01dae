// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * As much of signals as a system without handlers needs: what a signal does by
 * default, and who ignores it. rt_sigaction records handlers; a signal that
 * has one does nothing.
 */
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/uaccess.h>

#define SIG_DFL		0
#define SIG_IGN		1
#define BIT(sig)	(1ull << ((sig) - 1))
#define NO_EFFECT	(BIT(SIGCHLD) | BIT(SIGCONT) | BIT(SIGURG) | \
			 BIT(SIGWINCH) | BIT(19) | BIT(20) | BIT(21) | BIT(22))

static bool caught(const struct task *t, int sig)
{
	return t->sig_handlers[sig] > SIG_IGN;
}

void __noinline signal_task(struct task *t, int sig)
{
	u32 flags;

	if (t->state == ZOMBIE || t->pid == 1 || t->mm == &kernel_mm)
		return;
	if (sig != SIGKILL &&
	    ((t->sig_ignored | t->sig_blocked | NO_EFFECT) & BIT(sig) ||
	     caught(t, sig)))
		return;
	if (!t->kill_signal)
		t->kill_signal = sig;
	if (t == current)
		user_work = true;
	flags = irq_save();
	wake_task(t);
	restore_fl(flags);
}

void interrupt_foreground(void)
{
	struct task *t;

	list_for_each(t, &all_tasks, all)
		signal_task(t, SIGINT);
}

int sys_kill(struct regs *r)
{
	int pid = r->ebx;
	u32 sig = r->ecx;
	struct task *t = pid > 0 ? task_find(pid) : NULL;

	if (sig > NSIG)
		return -EINVAL;
	if (!t)
		return -ESRCH;
	if (sig)
		signal_task(t, sig);
	return 0;
}

/* struct kernel_sigaction: handler, flags, restorer, 64-bit mask. */
struct sigaction {
	u32 handler, flags, restorer;
	u64 mask;
} __packed;

static u32 disposition(u32 sig)
{
	if (current->sig_ignored & BIT(sig))
		return SIG_IGN;
	return current->sig_handlers[sig];
}

int sys_rt_sigaction(struct regs *r)
{
	struct sigaction new, old = { .handler = 0 };
	u32 sig = r->ebx;
	int err = 0;

	if (r->esi != sizeof(u64) || !sig || sig > NSIG)
		return -EINVAL;
	if (r->ecx)
		err = copy_from_user(&new, (void *)r->ecx, sizeof(new));
	if (err)
		return err;
	if (r->ecx && (sig == SIGKILL || sig == 19))
		return -EINVAL;
	old.handler = disposition(sig);
	if (r->ecx) {
		current->sig_ignored &= ~BIT(sig);
		if (new.handler == SIG_IGN)
			current->sig_ignored |= BIT(sig);
		current->sig_handlers[sig] =
			new.handler == SIG_IGN ? SIG_DFL : new.handler;
	}
	return r->edx ? copy_to_user((void *)r->edx, &old, sizeof(old)) : 0;
}

int sys_rt_sigprocmask(struct regs *r)
{
	enum { BLOCK, UNBLOCK, SETMASK } how = r->ebx;
	u64 set, old = current->sig_blocked;
	int err;

	if (r->esi != sizeof(u64))
		return -EINVAL;
	if (r->ecx) {
		err = get_user(set, (u64 *)r->ecx);
		if (err)
			return err;
		if (how == BLOCK)
			set |= old;
		else if (how == UNBLOCK)
			set = old & ~set;
		else if (how != SETMASK)
			return -EINVAL;
		current->sig_blocked = set & ~(BIT(SIGKILL) | BIT(19));
	}
	return r->edx ? put_user(old, (u64 *)r->edx) : 0;
}
