// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signal handlers: what they are told and on which stack, what is blocked
 * meanwhile, and that the program goes on afterwards as if nothing had been.
 * Faults, and frames that a handler has changed, are in sigreturn.c.
 */
#include "sig.h"

static volatile int calls, last;

static void count(int sig)
{
	calls++;
	last = sig;
}

/* The compiler's own return address is what the kernel put there. */
static void check_frame(int sig, struct sigframe f)
{
	uint32_t cs, ss;

	CHECK(sig == SIGUSR1 && ++calls);
	EQ(f.sc.trapno, 0);
	asm("movl %%cs, %0\n\tmovl %%ss, %1" : "=r" (cs), "=r" (ss));
	EQ(f.sc.cs, cs);
	EQ(f.sc.ss, ss);
	EQ(f.sc.ds & 0xffff, f.sc.ss);
	EQ(f.sc.eax, 0);
	EQ(f.sc.ebx, getpid());
	EQ(f.sc.ecx, SIGUSR1);
	EQ(f.sc.esp, f.sc.esp_at_signal);
	EQ(f.sc.oldmask, bit(SIGHUP));
	EQ(f.mask_high, 1u << 7);
	EQ(f.code[0] << 8 | f.code[1], 0x58b8);
	EQ((uint32_t)&sig & 15, 0);
	EQ(blocked() == (bit(SIGHUP) | bit(40) | bit(SIGUSR1)), 1);
}

static void test_frame(void)
{
	uint64_t none = 0, set = bit(SIGHUP) | bit(40);

	calls = 0;
	action(SIGUSR1, (void *)check_frame, 0);
	rt_sigprocmask(SIG_SETMASK, &set, NULL, 8);
	EQ(raise(SIGUSR1), 0);
	EQ(calls, 1);
	EQ(blocked() == set, 1);
	rt_sigprocmask(SIG_SETMASK, &none, NULL, 8);
}

static void check_info(int sig, struct siginfo *info, struct ucontext *uc)
{
	uint32_t i, more = 0;

	CHECK(sig == SIGUSR2 && ++calls);
	EQ(info->signo, SIGUSR2);
	EQ(info->error, 0);
	EQ(info->code, 0);
	EQ(info->pid, getpid());
	for (i = 2; i < ARRAY_SIZE(info->rest); i++)
		more |= info->rest[i];
	EQ(more, 0);
	EQ(uc->link, 0);
	EQ(uc->stack.size, 0);
	EQ(uc->sc.ecx, SIGUSR2);
	EQ(uc->mask == bit(SIGHUP), 1);
	EQ((uint32_t)&sig & 15, 0);
}

static void test_info(void)
{
	calls = 0;
	action(SIGUSR2, (void *)check_info, SA_SIGINFO);
	set_mask(SIG_BLOCK, SIGHUP);
	EQ(raise(SIGUSR2), 0);
	set_mask(SIG_UNBLOCK, SIGHUP);
	EQ(calls, 1);
	EQ(blocked() == 0, 1);
}

/* As C libraries have them; a mark shows that they ran. */
void restore(void);
void restore_rt(void);
static volatile int restored __attribute__((used));
asm(".text\n"
    "restore:\n"
    "	incl	restored\n"
    "	popl	%eax\n"
    "	movl	$119, %eax\n"
    "	int	$0x80\n"
    "restore_rt:\n"
    "	incl	restored\n"
    "	movl	$173, %eax\n"
    "	int	$0x80");

static void test_restorer(void)
{
	struct sigaction act = {
		.handler = (void *)count, .flags = SA_RESTORER,
		.restorer = (void *)restore,
	};

	calls = restored = 0;
	EQ(rt_sigaction(SIGUSR1, &act, NULL, 8), 0);
	EQ(raise(SIGUSR1), 0);
	act.flags |= SA_SIGINFO;
	act.restorer = (void *)restore_rt;
	EQ(rt_sigaction(SIGUSR1, &act, NULL, 8), 0);
	EQ(raise(SIGUSR1), 0);
	EQ(calls, 2);
	EQ(restored, 2);
}

/* Spoils what it can. */
static void spoil(int sig)
{
	count(sig);
	asm volatile("fninit\n\t"
		     "fldpi\n\t"
		     "movl $-1, %%eax\n\t"
		     "movl %%eax, %%ecx\n\t"
		     "movl %%eax, %%edx\n\t"
		     "xorl %%esi, %%esi\n\t"
		     "movw %%si, %%es\n\t"
		     "movw %%si, %%fs\n\t"
		     "std\n\t"
		     "stc" : : : "eax", "ecx", "edx", "esi", "memory", "cc");
	asm volatile("cld\n\tmovl %%ds, %0\n\tmovl %0, %%es" : "=r" (sig));
}

/*
 * Counts in all registers at once until a handler was called: if one of them
 * or a flag were lost they would not be equal any more.
 */
static int count_in_registers(void)
{
	uint32_t a = 0, b = 0, c = 0, d = 0, s = 0, equal;

	asm volatile("pushl %%ebp\n\t"
		     "xorl %%ebp, %%ebp\n\t"
		     "movw %%ds, %%di\n\t"
		     "movw %%di, %%fs\n\t"
		     "xorl %%edi, %%edi\n\t"
		     "1: incl %%eax\n\t"
		     "incl %%ebx\n\t"
		     "incl %%ecx\n\t"
		     "incl %%edx\n\t"
		     "incl %%esi\n\t"
		     "incl %%edi\n\t"
		     "stc\n\t"
		     "adcl $0, %%ebp\n\t"
		     "cmpl $0, calls\n\t"
		     "je 1b\n\t"
		     "subl %%ebp, %%edi\n\t"
		     "popl %%ebp\n\t"
		     : "+a" (a), "+b" (b), "+c" (c), "+d" (d), "+S" (s),
		       "=D" (equal) : : "memory", "cc");
	return !equal && a == b && b == c && c == d && d == s;
}

static void test_registers(void)
{
	uint32_t fs, ds;
	int i, pid;

	for (i = 0; i < 20; i++) {
		calls = 0;
		action(SIGUSR1, (void *)spoil, i & 1 ? SA_SIGINFO : 0);
		pid = fork();
		if (!pid) {
			sleep_ms(2);
			kill(getppid(), SIGUSR1);
			exit(0);
		}
		CHECK(count_in_registers());
		asm volatile("movl %%fs, %0\n\tmovl %%ds, %1"
			     : "=r" (fs), "=r" (ds));
		EQ(fs & 0xffff, ds & 0xffff);
		EQ(calls, 1);
		while (waitpid(pid, NULL, 0) == -EINTR)
			;
	}
	asm volatile("movw %w0, %%fs" : : "r" (0));
}

static struct fpstate seen_fpu;
static uint16_t seen_cw;

static void use_fpu(int sig, struct siginfo *info, struct ucontext *uc)
{
	uint16_t cw;

	(void)info;
	count(sig);
	asm volatile("fnstcw %0" : "=m" (cw));
	seen_cw = cw;
	if (uc->sc.fpstate)
		seen_fpu = *uc->sc.fpstate;
	asm volatile("fninit\n\tfld1\n\tfldpi\n\tfldl2e");
	if (uc->sc.fpstate)
		uc->sc.fpstate->cw ^= 0x800;
}

/* Two numbers in the registers, and a control word, before and after. */
static void test_fpu(void)
{
	const uint32_t three = 3, five = 5;
	uint32_t out[2];
	uint16_t cw = 0x27f, cw_after;

	calls = 0;
	action(SIGUSR1, (void *)use_fpu, SA_SIGINFO);
	asm volatile("fninit\n\tfldcw %0\n\tfildl %1\n\tfildl %2"
		     : : "m" (cw), "m" (three), "m" (five));
	EQ(raise(SIGUSR1), 0);
	asm volatile("fistpl %0\n\tfistpl %1\n\tfnstcw %2"
		     : "=m" (out[0]), "=m" (out[1]), "=m" (cw_after));
	EQ(calls, 1);
	EQ(out[0], 5);
	EQ(out[1], 3);
	EQ(cw_after, 0xa7f);
	EQ(seen_cw, 0x37f);
	EQ(seen_fpu.cw & 0xffff, 0x27f);
	EQ(seen_fpu.st[0][9] << 8 | seen_fpu.st[0][8], 0x4001);	/* 5: 2^2 */
	EQ(seen_fpu.st[1][7], 0xc0);				/* 3 */
	EQ(seen_fpu.tag & 0xffff, 0x0fff);
	if (!seen_fpu.magic) {
		EQ(seen_fpu.env[0] & 0xffff, 0x27f);
		EQ(seen_fpu.fx_st[1][7], 0xc0);
		EQ(seen_fpu.mxcsr, 0x1f80);
	}
	asm volatile("fninit");
}

static int order[8], depth, deepest;

static void nest(int sig)
{
	if (++depth > deepest)
		deepest = depth;
	order[calls++] = sig;
	if (calls < 3)
		raise(SIGUSR1);
	depth--;
}

static void nested(uint32_t flags, uint64_t mask, int deep)
{
	calls = depth = deepest = 0;
	action_masked(SIGUSR1, (void *)nest, flags, mask);
	EQ(raise(SIGUSR1), 0);
	EQ(calls, 3);
	EQ(deepest, deep);
	EQ(blocked() == 0, 1);
}

static void send_other(int sig)
{
	order[calls++] = sig;
	if (sig == SIGUSR1)
		raise(SIGUSR2);
	order[calls++] = -sig;
}

static void test_nested(void)
{
	nested(0, 0, 1);
	nested(SA_NODEFER, 0, 3);
	nested(SA_NODEFER, bit(SIGUSR1), 1);
	calls = 0;
	action(SIGUSR1, (void *)send_other, 0);
	action(SIGUSR2, (void *)send_other, 0);
	raise(SIGUSR1);
	EQ(order[1], SIGUSR2);
	EQ(order[3], -SIGUSR1);
	calls = 0;
	action_masked(SIGUSR1, (void *)send_other, 0, bit(SIGUSR2));
	raise(SIGUSR1);
	EQ(order[1], -SIGUSR1);
	EQ(order[2], SIGUSR2);
}

static void test_resethand(void)
{
	struct sigaction old;

	calls = 0;
	action(SIGCHLD, (void *)count, SA_RESETHAND);
	EQ(raise(SIGCHLD), 0);
	EQ(raise(SIGCHLD), 0);
	EQ(calls, 1);
	EQ(rt_sigaction(SIGCHLD, NULL, &old, 8), 0);
	EQ(old.handler, SIG_DFL);
}

static char alt[2 * PAGE_SIZE] __attribute__((aligned(16)));

static void on_alt(int sig, struct siginfo *info, struct ucontext *uc)
{
	struct altstack now, other = { alt, 0, sizeof(alt) };

	(void)info;
	CHECK((char *)&sig > alt && (char *)&sig < alt + sizeof(alt));
	EQ(uc->stack.sp, alt);
	EQ(uc->stack.size, sizeof(alt));
	EQ(sigaltstack(NULL, &now), 0);
	EQ(now.flags, SS_ONSTACK);
	EQ(sigaltstack(&other, NULL), -EPERM);
	if (!calls++)
		raise(SIGUSR1);			/* goes on where it is */
}

static void test_altstack(void)
{
	struct altstack s = { alt, 0, sizeof(alt) }, now;

	calls = 0;
	EQ(sigaltstack(NULL, &now), 0);
	EQ(now.flags, SS_DISABLE);
	s.size = 2047;
	EQ(sigaltstack(&s, NULL), -ENOMEM);
	s.size = sizeof(alt);
	s.flags = 77;
	EQ(sigaltstack(&s, NULL), -EINVAL);
	s.flags = 0;
	EQ(sigaltstack(&s, &now), 0);
	EQ(now.size, 0);
	action(SIGUSR1, (void *)on_alt, SA_SIGINFO | SA_ONSTACK | SA_NODEFER);
	EQ(raise(SIGUSR1), 0);
	EQ(calls, 2);
	EQ(sigaltstack(NULL, &now), 0);
	EQ(now.sp, alt);
	EQ(now.flags, 0);
	action(SIGUSR1, (void *)count, 0);
	EQ(raise(SIGUSR1), 0);
	s.flags = SS_DISABLE;
	EQ(sigaltstack(&s, NULL), 0);
}

static void write_order(int sig)
{
	order[calls++] = sig;
}

/* The frame of the lower one is put first: the other begins. */
static void test_order(void)
{
	uint64_t set = bit(SIGUSR1) | bit(SIGUSR2) | bit(SIGHUP), none = 0;

	calls = 0;
	action(SIGUSR1, (void *)write_order, 0);
	action(SIGUSR2, (void *)write_order, 0);
	action(SIGHUP, SIG_IGN, 0);
	rt_sigprocmask(SIG_SETMASK, &set, NULL, 8);
	raise(SIGUSR2);
	raise(SIGUSR1);
	raise(SIGUSR1);
	raise(SIGHUP);
	EQ(syscall(176, &set, 8), 0);
	EQ(set == (bit(SIGUSR1) | bit(SIGUSR2) | bit(SIGHUP)), 1);
	rt_sigprocmask(SIG_SETMASK, &none, NULL, 8);
	EQ(calls, 2);
	EQ(order[0], SIGUSR2);
	EQ(order[1], SIGUSR1);
	EQ(syscall(176, &set, 8), 0);
	EQ(set == 0, 1);
	action(SIGHUP, SIG_DFL, 0);
}

static const struct test tests[] = {
	{ "a handler finds its number and the frame as Linux lays it out",
	  test_frame },
	{ "SA_SIGINFO: who sent it, and the context", test_info },
	{ "SA_RESTORER: the handler returns through it", test_restorer },
	{ "a handler that comes between any two instructions changes nothing",
	  test_registers },
	{ "a handler has a fresh FPU, and its frame the program's", test_fpu },
	{ "a signal is blocked in its handler, but for SA_NODEFER; so is "
	  "sa_mask", test_nested },
	{ "SA_RESETHAND: the handler is called once", test_resethand },
	{ "sigaltstack: SA_ONSTACK goes there once, and it is not changed "
	  "meanwhile", test_altstack },
	{ "pending signals get their handlers together, the last one first",
	  test_order },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
