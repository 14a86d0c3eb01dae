// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals: how they are sent and what comes of them. A signal that ends a task
 * is only noted in kill_signal: the task ends itself on its way to user mode.
 * One that is blocked or has a handler pends. The task calls its handlers on
 * its way to user mode too, one after another (arch/i386/sigframe.c), and what
 * it sleeps for returns -EINTR. The system calls are in sigaction.c.
 *
 * What must hold: `signalled` is set if the task has kill_signal, or one is
 * pending that is not blocked. All such have a handler, or soon get let_in().
 */
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/signal.h>
#include <kernel/uaccess.h>

#define OF_FAULTS	(BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGILL) | \
			 BIT(SIGTRAP) | BIT(SIGFPE))

bool signal_caught(const struct task *t, int sig)
{
	return t->sigactions && t->sigactions->of[sig].handler > SIG_IGN;
}

/* After a change of what is pending or blocked. A vfork parent waits first. */
void signals_recheck(struct task *t)
{
	t->signalled = t->kill_signal ||
		       (t->sig_pending & ~t->sig_blocked && !t->lending);
	if (t->signalled && t == current)
		user_work = true;
}

/* Process 1 does nothing by default. The first kill counts. */
static void act_by_default(struct task *t, int sig)
{
	if (t->pid == 1 || (sig != SIGKILL &&
			    (t->sig_ignored | NO_EFFECT) & BIT(sig)))
		return;
	if (!t->kill_signal)
		t->kill_signal = sig;
}

/* Does it stop the task, when it is not blocked? */
static bool stops(const struct task *t, int sig)
{
	return BIT(sig) & STOPS && !(t->sig_ignored & BIT(sig)) &&
	       !signal_caught(t, sig) && t->pid != 1;
}

/* A stop and going on cancel each other. Interrupts are off. */
static void stop_or_go(struct task *t, int sig)
{
	if (BIT(sig) & STOPS)
		t->sig_pending &= ~BIT(SIGCONT);
	if (sig != SIGCONT && sig != SIGKILL)
		return;
	t->sig_pending &= ~STOPS;
	if (t->state != STOPPED)
		return;
	t->state = SLEEPING;
	t->report = WCONTINUED;
	t->exit_status = 0xffff;
	wake_all_irq(&t->parent->child_exit);
}

/*
 * Kernel threads and zombies get none. A blocked signal pends even if it is
 * ignored, since that may change. Whoever sleeps looks whether it goes on.
 */
void signal_with(struct task *t, int sig, const struct siginfo *info)
{
	bool pends = t->sig_blocked & BIT(sig) || signal_caught(t, sig) ||
		     stops(t, sig);
	struct sigactions *a;
	u32 flags;

	if (t->state == ZOMBIE || t->mm == &kernel_mm ||
	    (pends && t->sig_pending & BIT(sig)))
		return;
	/* A task that is still being made has no actions of its own. */
	a = pends && info && t->state != NEW ? signals_own(t) : NULL;
	if (a && sig < SIGRTMIN)
		a->info[sig] = *info;
	flags = irq_save();
	stop_or_go(t, sig);
	if (pends)
		t->sig_pending |= BIT(sig);
	else
		act_by_default(t, sig);
	signals_recheck(t);
	wake_task(t);
	restore_fl(flags);
}

/* Interrupt handlers may call it. */
void __noinline signal_task(struct task *t, int sig)
{
	signal_with(t, sig, NULL);
}

void signal_group(int group, int sig)
{
	struct task *t;

	list_for_each(t, &all_tasks, all)
		if (t->group == group)
			signal_task(t, sig);
}

struct siginfo child_info(int pid, int status)
{
	int sig = status & 0x7f;
	struct siginfo info = { .from = pid, .value = status >> 8 };

	if (status == 0xffff)
		info.value = SIGCONT;
	else if (sig && sig != 0x7f)
		info.value = sig;
	info.code = status == 0xffff ? CLD_CONTINUED :
		    sig == 0x7f ? CLD_STOPPED : sig ? CLD_KILLED : CLD_EXITED;
	return info;
}

/* True: its parent wants no zombie. */
static __noinline bool tell_parent(const struct task *child)
{
	struct task *parent = child->parent;
	struct siginfo info = child_info(child->pid, child->exit_status);

	if (parent->sig_ignored & BIT(SIGCHLD))
		return true;
	if (info.code < CLD_STOPPED || !(parent->sigactions &&
	    parent->sigactions->of[SIGCHLD].flags & SA_NOCLDSTOP))
		signal_with(parent, SIGCHLD, &info);
	return parent->sigactions &&
	       parent->sigactions->of[SIGCHLD].flags & SA_NOCLDWAIT;
}

bool signal_parent(const struct task *child)
{
	const struct task *parent = child->parent;

	if (likely(!parent->sigactions &&
		   !((u32)(parent->sig_ignored | parent->sig_blocked) &
		     (u32)BIT(SIGCHLD))))
		return false;
	return tell_parent(child);
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

struct sigactions *signals_own(struct task *t)
{
	struct sigactions *old = t->sigactions, *new;

	if (old && old->refs == 1)
		return old;
	new = kzalloc(sizeof(*new));
	if (!new)
		return NULL;
	if (old) {
		*new = *old;
		old->refs--;
	}
	new->refs = 1;
	t->sigactions = new;
	return new;
}

bool signals_stop(void)
{
	u32 sig;

	for (sig = SIGSTOP; sig <= SIGTTOU && !current->kill_signal; sig++) {
		if (!(current->sig_pending & ~current->sig_blocked &
		      BIT(sig)) || !stops(current, sig))
			continue;
		signal_take(BIT(sig), NULL);
		current->report = WUNTRACED;
		current->exit_status = sig << 8 | 0x7f;
		signal_parent(current);
		current->state = STOPPED;
		wake_all_irq(&current->parent->child_exit);
		schedule();
	}
	signals_recheck(current);
	return !current->signalled;
}

/* What pends without a handler and is not blocked any more has its effect. */
static void let_in(void)
{
	u64 set = current->sig_pending & ~current->sig_blocked;

	for (u32 sig = 1; set && sig <= NSIG; sig++) {
		if (!(set & BIT(sig)) || signal_caught(current, sig) ||
		    stops(current, sig))
			continue;
		signal_take(BIT(sig), NULL);
		signal_task(current, sig);
	}
	signals_recheck(current);
}

void signals_block(u64 set)
{
	current->sig_blocked = set & ~UNBLOCKABLE;
	let_in();
}

/* Those of faults come first: the handler finds the instruction. */
int signal_take(u64 set, struct siginfo *info)
{
	u32 sig = 1, flags;

	set &= current->sig_pending;
	if (set & OF_FAULTS)
		set &= OF_FAULTS;
	if (!set)
		return 0;
	while (!(set & BIT(sig)))
		sig++;
	flags = irq_save();
	current->sig_pending &= ~BIT(sig);
	restore_fl(flags);
	if (info)
		*info = (struct siginfo){ 0 };
	if (info && current->sigactions && sig < SIGRTMIN) {
		*info = current->sigactions->info[sig];
		current->sigactions->info[sig] = (struct siginfo){ 0 };
	}
	return sig;
}

static int call_handler(struct regs *r, int sig, const struct siginfo *info,
			u64 mask)
{
	struct sigactions *own = signals_own(current);
	struct sigaction *act = &own->of[sig];
	int err = own ? signal_frame(r, sig, act, info, mask) : -ENOMEM;

	if (err)
		return err;
	mask = current->sig_blocked | act->mask;
	if (!(act->flags & SA_NODEFER))
		mask |= BIT(sig);
	if (act->flags & SA_RESETHAND)
		act->handler = SIG_DFL;
	signals_block(mask);
	return 0;
}

/*
 * Begins one handler, if one is due: after it the signals of `mask` are blocked.
 * Where no frame can be put there is a fault, which ends a handler of faults.
 */
static bool deliver(struct regs *r, u64 mask)
{
	struct siginfo info;
	int sig, err;

	let_in();
	irq_disable();
	signals_stop();
	irq_enable();
	sig = current->kill_signal ? 0 :
	      signal_take(~current->sig_blocked, &info);
	if (!sig)
		return false;
	do
		err = call_handler(r, sig, &info, mask);
	while (err == -ENOMEM && memory_later());
	if (err && sig == SIGSEGV)
		signals_block(current->sig_blocked | BIT(SIGSEGV));
	if (err)
		user_fault(r, "signal frame", SIGSEGV, SI_KERNEL, r->esp);
	return !err;
}

void signals_deliver(struct regs *r)
{
	if (current->kill_signal)
		do_exit(current->kill_signal);
	deliver(r, current->sig_blocked);
}

int signals_masked(struct regs *r, u64 set, int (*call)(struct regs *r))
{
	u64 old = current->sig_blocked;
	int ret;

	signals_block(set);
	ret = call(r);
	r->eax = ret;
	if (ret == -EINTR && deliver(r, old))
		return r->eax;
	signals_block(old);
	return ret;
}
