/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of signal handlers share: the frames that Linux puts on the
 * stack on i386, and the calls around them.
 */
#ifndef USER_SIG_H
#define USER_SIG_H

#include "test.h"

#define SA_NOCLDWAIT	2
#define SA_SIGINFO	4
#define SA_RESTORER	0x04000000
#define SA_ONSTACK	0x08000000
#define SA_RESTART	0x10000000
#define SA_NODEFER	0x40000000
#define SA_RESETHAND	0x80000000

#define SS_ONSTACK	1
#define SS_DISABLE	2

struct fpstate {
	uint32_t cw, sw, tag, ip, cs, data, ds;
	uint8_t st[8][10];
	uint16_t status, magic;
	uint32_t env[6], mxcsr, mask;
	uint8_t fx_st[8][16];
	uint32_t xmm[8][4];
};

struct sigcontext {
	uint32_t gs, fs, es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax;
	uint32_t trapno, err, eip, cs, eflags, esp_at_signal, ss;
	struct fpstate *fpstate;
	uint32_t oldmask, cr2;
};

struct siginfo {
	int signo, error, code;
	union {
		struct {
			int pid;
			uint32_t uid;
			int status;
		};
		void *addr;
		uint32_t rest[29];
	};
};

struct altstack {
	void *sp;
	uint32_t flags, size;
};

struct ucontext {
	uint32_t flags;
	struct ucontext *link;
	struct altstack stack;
	struct sigcontext sc;
	uint64_t mask;
};

/* From the frame's third word on: what is below, a handler gets as arguments. */
struct sigframe {
	struct sigcontext sc;
	char unused[624];
	uint32_t mask_high;
	uint8_t code[8];
};

/* No 64-bit shift: some compilers call a library for it. */
static inline uint64_t bit(int sig)
{
	uint32_t word = 1u << ((sig - 1) & 31);

	return sig > 32 ? (uint64_t)word << 32 : word;
}

HELPER void action_masked(int sig, void *handler, uint32_t flags,
			  uint64_t mask)
{
	struct sigaction act = {
		.handler = handler, .flags = flags, .mask = mask,
	};

	EQ(rt_sigaction(sig, &act, NULL, 8), 0);
}

HELPER void action(int sig, void *handler, uint32_t flags)
{
	action_masked(sig, handler, flags, 0);
}

HELPER uint64_t blocked(void)
{
	uint64_t set = 0;

	rt_sigprocmask(SIG_BLOCK, NULL, &set, 8);
	return set;
}

HELPER void set_mask(int how, int sig)
{
	uint64_t set = bit(sig);

	EQ(rt_sigprocmask(how, &set, NULL, 8), 0);
}

static inline int raise(int sig)
{
	return kill(getpid(), sig);
}

static inline int sigaltstack(const struct altstack *new, struct altstack *old)
{
	return syscall(186, new, old);
}

static inline int sigsuspend(uint64_t set)
{
	return syscall(179, &set, 8);
}

#endif
