/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals, as sending, delivery and the system calls see them: kernel/signal.c,
 * kernel/sigaction.c, and for frames on the user's stack arch/i386/sigframe.c.
 * Who only sends needs signal_task() of kernel/task.h.
 */
#ifndef KERNEL_SIGNAL_H
#define KERNEL_SIGNAL_H

#include <arch/cpu.h>
#include <kernel/task.h>

#define SIG_DFL		0
#define SIG_IGN		1
#define SIGRTMIN	32		/* from here on nobody tells of itself */

#define SA_NOCLDWAIT	2
#define SA_SIGINFO	4
#define SA_RESTORER	0x04000000
#define SA_ONSTACK	0x08000000
#define SA_RESTART	0x10000000
#define SA_NODEFER	0x40000000
#define SA_RESETHAND	0x80000000

#define SS_ONSTACK	1
#define SS_DISABLE	2

/* si_code: who sent it, or what was wrong. */
#define SI_USER		0
#define SI_KERNEL	0x80
#define FPE_INTDIV	1
#define FPE_FLTDIV	3
#define FPE_FLTOVF	4
#define FPE_FLTUND	5
#define FPE_FLTRES	6
#define FPE_FLTINV	7
#define ILL_ILLOPN	2
#define SEGV_MAPERR	1
#define SEGV_ACCERR	2
#define BUS_ADRALN	1
#define TRAP_TRACE	2
#define CLD_EXITED	1
#define CLD_KILLED	2

#define BIT(sig)	(1ull << ((sig) - 1))
#define UNBLOCKABLE	(BIT(SIGKILL) | BIT(SIGSTOP))
#define NO_EFFECT	(BIT(SIGCHLD) | BIT(SIGCONT) | BIT(SIGURG) | \
			 BIT(SIGWINCH) | BIT(SIGSTOP) | BIT(20) | BIT(21) | \
			 BIT(22))	/* by default */

/* struct kernel_sigaction: handler, flags, restorer, 64-bit mask. */
struct sigaction {
	u32 handler, flags, restorer;
	u64 mask;
} __packed;

struct altstack {
	u32 sp, flags, size;	/* size 0: there is none */
};

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

/*
 * A fault: the current task's handler for `sig` is called next. False: there is
 * none, or it is blocked.
 */
bool signal_fault(int sig, const struct siginfo *info);

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
#define SIGINFO_WORDS	32
void siginfo_fill(u32 to[SIGINFO_WORDS], int sig, const struct siginfo *info);

/* sigaltstack, called with this stack pointer: is it there, get and set. */
bool on_altstack(u32 sp);
struct altstack altstack_now(u32 sp);
int altstack_set(const struct altstack *new, u32 sp);

/*
 * arch/i386/sigframe.c. Puts the frame of a handler on the user's stack, and
 * makes `r` begin the handler, after which `mask` is blocked. 0, or -EFAULT or
 * -ENOMEM: then `r` is as it was.
 */
int signal_frame(struct regs *r, int sig, const struct sigaction *act,
		 const struct siginfo *info, u64 mask);

#endif
