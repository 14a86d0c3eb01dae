/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals, as sending, delivery and the system calls see them: kernel/signal.c,
 * kernel/sigaction.c, and for frames on the user's stack arch/i386/sigframe.c.
 * Who only sends needs signal_task() of kernel/task.h.
 */
#ifndef KERNEL_SIGNAL_H
#define KERNEL_SIGNAL_H

#include <abi/signal.h>
#include <kernel/task.h>

#define SIGRTMIN	32		/* from here on none tells more */
#define BIT(sig)	(1ull << ((sig) - 1))
#define UNBLOCKABLE	(BIT(SIGKILL) | BIT(SIGSTOP))
#define STOPS		(BIT(SIGSTOP) | BIT(SIGTSTP) | BIT(SIGTTIN) | \
			 BIT(SIGTTOU))
#define NO_EFFECT	(BIT(SIGCHLD) | BIT(SIGCONT) | BIT(SIGURG) | \
			 BIT(SIGWINCH))		/* by default */

/* What a handler is told besides the number; all 0: the kernel has sent it. */
struct siginfo {
	int code;
	u32 from;		/* process, or the address of a fault */
	u32 value;		/* SIGCHLD: status */
};

/*
 * What a process has set, and what its pending signals tell. fork shares it; a
 * change makes a copy first.
 */
struct sigactions {
	u32 refs;
	struct altstack stack;
	struct sigaction of[NSIG + 1];
	struct siginfo info[SIGRTMIN];
};

/* kernel/signal.c. Those of `t`, shared with nobody; NULL: no memory. */
struct sigactions *signals_own(struct task *t);

/* signal_task() that tells more. */
void signal_with(struct task *t, int sig, const struct siginfo *info);

/* Has t a handler for it? */
bool signal_caught(const struct task *t, int sig);

/* What SIGCHLD tells of a child with this exit_status. */
struct siginfo child_info(int pid, int status);

/* Takes the first pending signal of a set; 0: there is none. info may be NULL. */
int signal_take(u64 set, struct siginfo *info);

/* From now on these are blocked, and no others. */
void signals_block(u64 set);

/*
 * The system call `call` while only `set` is blocked. A signal for which it
 * gives -EINTR is delivered before the old ones are blocked again.
 */
int signals_masked(struct regs *r, u64 set, int (*call)(struct regs *r));

/* kernel/sigaction.c. struct siginfo of Linux. */
void siginfo_fill(u32 to[SIGINFO_WORDS], int sig, const struct siginfo *info);

/* sigaltstack, called with this stack pointer: is it there, get and set. */
bool on_altstack(u32 sp);
struct altstack altstack_now(u32 sp);
int altstack_set(struct altstack new, u32 sp);

/*
 * arch/i386/sigframe.c. Puts the frame of a handler on the user's stack, and
 * makes `r` begin the handler, after which `mask` is blocked. 0, or -EFAULT or
 * -ENOMEM: then `r` is as it was.
 */
int signal_frame(struct regs *r, int sig, const struct sigaction *act,
		 const struct siginfo *info, u64 mask);
/* A fault at the address of an instruction: was it a handler's return? */
bool signal_return(struct regs *r);

#endif
