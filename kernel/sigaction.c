// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The system calls of signals: what is done with them, which are blocked or
 * pending, and waiting for one. Those that return from a handler are in
 * arch/i386/sigframe.c, those that send in group.c.
 */
#include <kernel/kernel.h>
#include <kernel/signal.h>
#include <kernel/syscall.h>
#include <kernel/time.h>
#include <kernel/uaccess.h>

#define MINSIGSTKSZ	2048

static int set_action(u32 sig, const struct sigaction *new)
{
	struct sigactions *a = signals_own(current);

	if (!a)
		return -ENOMEM;
	a->of[sig] = *new;
	a->of[sig].mask &= ~UNBLOCKABLE;
	current->sig_ignored &= ~BIT(sig);
	if (new->handler == SIG_IGN)
		current->sig_ignored |= BIT(sig);
	if (new->handler == SIG_IGN ||
	    (new->handler == SIG_DFL && BIT(sig) & NO_EFFECT))
		signal_take(BIT(sig), NULL);
	signals_block(current->sig_blocked);
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

int sys_rt_sigprocmask(struct regs *r)
{
	enum { BLOCK, UNBLOCK, SETMASK } how = r->ebx;
	u64 set, old = current->sig_blocked;
	int err = r->esi == sizeof(set) ? 0 : -EINVAL;

	if (!err && r->ecx)
		err = get_user(set, (u64 *)r->ecx);
	if (!err && r->ecx && how > SETMASK)
		err = -EINVAL;
	if (err)
		return err;
	if (r->ecx)
		signals_block(how == BLOCK ? old | set :
			      how == UNBLOCK ? old & ~set : set);
	return r->edx ? put_user(old, (u64 *)r->edx) : 0;
}

int sys_rt_sigpending(struct regs *r)
{
	u64 set = current->sig_pending & current->sig_blocked;

	return r->ecx > sizeof(set) ? -EINVAL :
	       copy_to_user((void *)r->ebx, &set, r->ecx);
}

CALL(pause, wait_event(NULL, false))

int sys_rt_sigsuspend(struct regs *r)
{
	u64 set;
	int err = r->ecx == sizeof(set) ? get_user(set, (u64 *)r->ebx) :
		  -EINVAL;

	return err ? err : signals_masked(r, set, sys_pause);
}

/* struct siginfo of Linux; where nothing is said it is 0. */
void siginfo_fill(u32 to[SIGINFO_WORDS], int sig, const struct siginfo *info)
{
	const u32 words[] = {
		sig, 0, info->code, info->from, 0, info->value,
	};

	memset(to, 0, SIGINFO_WORDS * sizeof(*to));
	memcpy(to, words, sizeof(words));
	if (!info->code && !info->from)
		to[2] = SI_KERNEL;
}

/* Takes a signal of the set, which should be blocked, or waits for one. */
static int wait_for_signal(u64 set, u64 deadline, struct siginfo *info)
{
	int sig;
	int err = wait_event_until((sig = signal_take(set, info)), deadline);

	return sig ? sig : err ? err : -EAGAIN;
}

/* ebx set, ecx siginfo, edx timespec, esi size of the set. */
int sys_rt_sigtimedwait(struct regs *r)
{
	u32 words[SIGINFO_WORDS];
	struct siginfo info;
	u64 set, deadline;
	int sig, err = r->esi == sizeof(set) ? get_user(set, (u64 *)r->ebx) :
		       -EINVAL;

	if (!err)
		err = get_deadline(r, r->edx, NSEC, &deadline);
	if (err)
		return err;
	sig = wait_for_signal(set & ~UNBLOCKABLE, deadline, &info);
	if (sig < 0 || !r->ecx)
		return sig;
	siginfo_fill(words, sig, &info);
	return copy_to_user((void *)r->ecx, words, sizeof(words)) ?: sig;
}

bool on_altstack(u32 sp)
{
	const struct sigactions *a = current->sigactions;

	return a && sp - a->stack.sp - 1 < a->stack.size;
}

struct altstack altstack_now(u32 sp)
{
	struct altstack s = { 0 };

	if (current->sigactions)
		s = current->sigactions->stack;
	s.flags = !s.size ? SS_DISABLE : on_altstack(sp) ? SS_ONSTACK : 0;
	return s;
}

int altstack_set(struct altstack new, u32 sp)
{
	struct sigactions *a = signals_own(current);

	if (on_altstack(sp))
		return -EPERM;
	if (new.flags == SS_DISABLE)
		new = (struct altstack){ 0 };
	else if (new.flags & ~SS_ONSTACK)
		return -EINVAL;
	else if (new.size < MINSIGSTKSZ)
		return -ENOMEM;
	if (!a)
		return -ENOMEM;
	a->stack = new;
	return 0;
}

int sys_sigaltstack(struct regs *r)
{
	struct altstack new, old = altstack_now(r->esp);
	int err = 0;

	if (r->ebx)
		err = get_user(new, (struct altstack *)r->ebx) ?:
		      altstack_set(new, r->esp);
	if (!err && r->ecx)
		err = put_user(old, (struct altstack *)r->ecx);
	return err;
}
