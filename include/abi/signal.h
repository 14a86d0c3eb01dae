/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals as programs see them on Linux i386: flags, codes, and the frames of
 * handlers on the stack.
 */
#ifndef ABI_SIGNAL_H
#define ABI_SIGNAL_H

#include <kernel/types.h>

#define SIG_DFL		0
#define SIG_IGN		1

#define SA_NOCLDSTOP	1
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
#define CLD_STOPPED	5
#define CLD_CONTINUED	6

/* struct kernel_sigaction. */
struct sigaction {
	u32 handler, flags, restorer;
	u64 mask;
} __packed;

/* stack_t. Without SS_DISABLE, size 0: there is none. */
struct altstack {
	u32 sp, flags, size;
};

/*
 * The registers as FNSAVE stores them, then as FXSAVE does where the CPU has it
 * (magic 0, else 0xffff).
 */
struct fpstate {
	u32 env[7];
	u8 st[8][10];
	u16 status, magic;
	u32 fxsr[128];
};

struct sigcontext {
	u32 gs, fs, es, ds;
	u32 edi, esi, ebp, esp, ebx, edx, ecx, eax;
	u32 trapno, err, eip, cs, eflags, esp_at_signal, ss;
	u32 fpstate, oldmask, cr2;
};

struct sigframe {
	u32 restorer, sig;
	struct sigcontext sc;
	struct fpstate fpu;
	u32 mask_high;
	u8 code[8];
};

/* With SA_SIGINFO. info: number, 0, code, then what depends on the code. */
#define SIGINFO_WORDS	32

struct rt_sigframe {
	u32 restorer, sig, info_at, context_at;
	u32 info[SIGINFO_WORDS];
	u32 flags, link;	/* from here on struct ucontext */
	struct altstack stack;
	struct sigcontext sc;
	u64 mask;
	struct fpstate fpu;
	u8 code[8];
} __packed __aligned(4);

#endif
