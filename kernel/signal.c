// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * As much of signals as a system without handlers needs: what a signal does by
 * default, who ignores it, and that it pends while it is blocked. rt_sigaction
 * records handlers; a signal that has one does nothing. A signal that ends a
 * task is only noted in kill_signal: the task ends itself on its way to user
 * mode, and what it sleeps for returns -EINTR.
 */
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/uaccess.h>

#define SIG_DFL		0
#define SIG_IGN		1
#define SA_NOCLDWAIT	2
#define BIT(sig)	(1ull << ((sig) - 1))
#define UNBLOCKABLE	(BIT(SIGKILL) | BIT(SIGSTOP))
#define NO_EFFECT	(BIT(SIGCHLD) | BIT(SIGCONT) | BIT(SIGURG) | \
			 BIT(SIGWINCH) | BIT(SIGSTOP) | BIT(20) | BIT(21) | \
			 BIT(22))

/* struct kernel_sigaction: handler, flags, restorer, 64-bit mask. */
struct sigaction {
	u32 handler, flags, restorer;
	u64 mask;
} __packed;

/* What rt_sigaction was told. fork shares it; a change makes a copy first. */
struct sigactions {
	u32 refs;
	struct sigaction of[NSIG + 1];
};

static bool caught(const struct task *t, int sig)
{
	return t->sigactions && t->sigactions->of[sig].handler > SIG_IGN;
}

/* Process 1, kernel threads and zombies get none. The first kill counts. */
void __noinline signal_task(struct task *t, int sig)
{
	u32 flags;

	if (t->state == ZOMBIE || t->pid == 1 || t->mm == &kernel_mm)
		return;
	/* A blocked signal pends even if it is ignored: that may change. */
	if (t->sig_blocked & BIT(sig)) {
		t->sig_pending |= BIT(sig);
		return;
	}
	if (sig != SIGKILL &&
	    ((t->sig_ignored | NO_EFFECT) & BIT(sig) || caught(t, sig)))
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

bool signals_no_zombies(const struct task *t)
{
	return t->sig_ignored & BIT(SIGCHLD) ||
	       (t->sigactions &&
		t->sigactions->of[SIGCHLD].flags & SA_NOCLDWAIT);
}

void signals_share(void)
{
	current->sigactions->refs++;
}

/* Handlers go. What is ignored or blocked stays so, as exec wants it. */
void signals_forget(void)
{
	if (!--current->sigactions->refs)
		kfree(current->sigactions);
	current->sigactions = NULL;
}

/* The current task's actions, shared with nobody; NULL: no memory. */
static struct sigactions *own_actions(void)
{
	struct sigactions *old = current->sigactions, *new;

	if (old && old->refs == 1)
		return old;
	new = kzalloc(sizeof(*new));
	if (!new)
		return NULL;
	if (old) {
		*new = *old;
		signals_forget();
	}
	new->refs = 1;
	current->sigactions = new;
	return new;
}

static int set_action(u32 sig, const struct sigaction *new)
{
	struct sigactions *a = own_actions();

	if (!a)
		return -ENOMEM;
	a->of[sig] = *new;
	a->of[sig].mask &= ~UNBLOCKABLE;
	current->sig_ignored &= ~BIT(sig);
	if (new->handler == SIG_IGN)
		current->sig_ignored |= BIT(sig);
	if (new->handler == SIG_IGN ||
	    (new->handler == SIG_DFL && BIT(sig) & NO_EFFECT))
		current->sig_pending &= ~BIT(sig);
	return 0;
}

int sys_rt_sigaction(struct regs *r)
{
	struct sigaction new, old = { .handler = SIG_DFL };
	u32 sig = r->ebx;
	int err = 0;

	if (r->esi != sizeof(u64))
		return -EINVAL;
	if (r->ecx)
		err = copy_from_user(&new, (void *)r->ecx, sizeof(new));
	if (err)
		return err;
	if (!sig || sig > NSIG || (r->ecx && BIT(sig) & UNBLOCKABLE))
		return -EINVAL;
	if (current->sigactions)
		old = current->sigactions->of[sig];
	if (current->sig_ignored & BIT(sig))
		old.handler = SIG_IGN;
	if (r->ecx)
		err = set_action(sig, &new);
	if (!err && r->edx)
		err = copy_to_user((void *)r->edx, &old, sizeof(old));
	return err;
}

static void let_in(u64 signals)
{
	current->sig_pending &= ~signals;
	for (u32 sig = 1; signals && sig <= NSIG; sig++)
		if (signals & BIT(sig))
			signal_task(current, sig);
}

/* Blocks these instead of those before; what pends comes in. */
void signals_block(u64 set)
{
	current->sig_blocked = set & ~UNBLOCKABLE;
	let_in(current->sig_pending & ~current->sig_blocked);
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
		signals_block(set);
	}
	return r->edx ? put_user(old, (u64 *)r->edx) : 0;
}
