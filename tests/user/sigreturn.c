// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults that have a handler, and what a handler, an alternate stack or a frame
 * may be filled with: the program gets what its registers allow, or SIGSEGV,
 * and never more. handlers.c has what works.
 */
#include "sig.h"

/* What a handler saw, and where the program goes on. */
static volatile int calls;
static struct siginfo info;
static struct sigcontext context;
static uint32_t resume __attribute__((used));

static void note(int sig, struct siginfo *i, struct ucontext *uc)
{
	(void)sig;
	calls++;
	info = *i;
	context = uc->sc;
	uc->sc.eip = resume;
	uc->sc.eflags &= ~0x100;
}

/* `code` faults at its first instruction; after it the program goes on. */
#define FAULT(name, code)						\
	static uint32_t name(uint32_t a)				\
	{								\
		uint32_t at;						\
									\
		asm volatile("movl $2f, resume\n\t"			\
			     "movl $1f, %0\n"				\
			     "1:\n\t" code "\n"				\
			     "2:" : "=&S" (at), "+a" (a)		\
			     : : "ecx", "edx", "memory", "cc");		\
		return at;						\
	}

FAULT(ud2, "ud2")
FAULT(hlt, "hlt")
FAULT(load, "movl (%%eax), %%ecx")
FAULT(store, "movl %%ecx, (%%eax)")
FAULT(jump, "jmp *%%eax")
FAULT(breakpoint, "int3")

static uint32_t divide(uint32_t a)
{
	uint32_t at;

	asm volatile("movl $2f, resume\n\t"
		     "movl $1f, %0\n\t"
		     "xorl %%ecx, %%ecx\n"
		     "1: divl %%ecx\n"
		     "2:" : "=&S" (at), "+a" (a) : : "ecx", "edx", "cc");
	return at;
}

static uint32_t divide_x87(uint32_t a)
{
	const uint16_t cw = 0x37b;
	uint32_t at;

	(void)a;
	asm volatile("movl $2f, resume\n\t"
		     "movl $1f, %0\n\t"
		     "fninit\n\t"
		     "fldcw %1\n\t"
		     "fld1\n\t"
		     "fldz\n\t"
		     "fdivrp\n"
		     "1: fwait\n"
		     "2: fninit" : "=&S" (at) : "m" (cw));
	return at;
}

static uint32_t step(uint32_t a)
{
	uint32_t at;

	(void)a;
	asm volatile("movl $2f, resume\n\t"
		     "movl $1f, %0\n\t"
		     "pushfl\n\t"
		     "orl $0x100, (%%esp)\n\t"
		     "popfl\n\t"
		     "nop\n"
		     "1: nop\n"
		     "2:" : "=&S" (at) : : "memory", "cc");
	return at;
}

struct fault {
	const char *name;
	uint32_t (*run)(uint32_t a);
	uint32_t a;
	int sig, code;
	uint32_t trapno, err;
	int addr_is_eip;	/* 0: it is `a`; -1: there is none */
};

static const char text[] __attribute__((used)) = "read-only";

static const struct fault faults[] = {
	{ "ud2", ud2, 0, SIGILL, 2, 6, 0, 1 },
	{ "division", divide, 0, SIGFPE, 1, 0, 0, 1 },
	{ "x87 division", divide_x87, 0, SIGFPE, 3, 16, 0, 1 },
	{ "hlt", hlt, 0, SIGSEGV, 0x80, 13, 0, -1 },
	{ "load", load, 0x1234, SIGSEGV, 1, 14, 4, 0 },
	{ "store", store, 0x1234, SIGSEGV, 1, 14, 6, 0 },
	{ "store to read-only", store, 0, SIGSEGV, 2, 14, 7, 0 },
	{ "int3", breakpoint, 0, SIGTRAP, 0x80, 3, 0, -1 },
	{ "step", step, 0, SIGTRAP, 2, 1, 0, 1 },
};

static void check_fault(const struct fault *f)
{
	uint32_t a = f->err == 7 ? (uint32_t)text : f->a, at;

	calls = 0;
	memset(&info, 0xff, sizeof(info));
	action(f->sig, (void *)note, SA_SIGINFO);
	at = f->run(a);
	action(f->sig, SIG_DFL, 0);
	EQ(calls, 1);
	EQ(info.signo, f->sig);
	EQ(info.code, f->code);
	EQ(info.addr, f->addr_is_eip > 0 ? at : f->addr_is_eip ? 0 : a);
	EQ(context.trapno, f->trapno);
	EQ(context.err, f->err);
	EQ(context.eip, at + (f->trapno == 3));
	if (f->trapno == 14)
		EQ(context.cr2, a);
	if (test_failed)
		printf("    # %s\n", f->name);
}

static void test_faults(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(faults) && !test_failed; i++)
		check_fault(&faults[i]);
}

static void test_jump(void)
{
	action(SIGSEGV, (void *)note, SA_SIGINFO);
	calls = 0;
	jump(0x1234);
	EQ(calls, 1);
	EQ(info.addr, 0x1234);
	EQ(context.eip, 0x1234);
	action(SIGSEGV, SIG_DFL, 0);
}

static void send(void)
{
	raise(SIGUSR1);
}

static void nothing(void)
{
}

static void bad_handler(void)
{
	action(SIGUSR1, (void *)0xc0100000u, 0);
	send();
}

static void bad_handler_low(void)
{
	action(SIGUSR1, (void *)2, SA_SIGINFO);
	send();
}

static void send_with_stack(uint32_t sp)
{
	asm volatile("movl $20, %%eax\n\t"		/* getpid */
		     "int $0x80\n\t"
		     "movl %%eax, %%ebx\n\t"
		     "movl %%edx, %%esp\n\t"
		     "movl $37, %%eax\n\t"		/* kill */
		     "int $0x80\n\t"
		     "hlt" : : "d" (sp), "c" (SIGUSR1) : "eax", "ebx");
}

static void bad_stack(void)
{
	action(SIGUSR1, (void *)nothing, 0);
	send_with_stack(0x1000);
}

static void bad_stack_kernel(void)
{
	action(SIGUSR1, (void *)nothing, SA_SIGINFO);
	send_with_stack(0xc0200000u);
}

static void bad_altstack(void)
{
	struct altstack s = { (void *)0x10000000, 0, PAGE_SIZE };

	EQ(sigaltstack(&s, NULL), 0);
	action(SIGUSR1, (void *)nothing, SA_ONSTACK);
	send();
}

static void bad_altstack_kernel(void)
{
	struct altstack s = { (void *)0xbffff000u, 0, 0x10000000 };

	EQ(sigaltstack(&s, NULL), 0);
	action(SIGUSR1, (void *)nothing, SA_ONSTACK);
	send();
}

static void again(int sig)
{
	if (calls++ == 100)
		exit(3);
	raise(sig);
}

/* Below it is other memory, which no frame may be put into. */
static void full_altstack(void)
{
	char *p = map_memory(4 * PAGE_SIZE);
	struct altstack s = { p + 2 * PAGE_SIZE, 0, 2 * PAGE_SIZE };

	EQ(sigaltstack(&s, NULL), 0);
	action(SIGUSR1, (void *)again, SA_ONSTACK | SA_NODEFER);
	send();
}

static void no_sigreturn(void)
{
	asm volatile("movl $0xc0100000, %%esp\n\t"
		     "movl $173, %%eax\n\t"
		     "int $0x80\n\t"
		     "movl $1, %%eax\n\t"
		     "int $0x80" : : : "eax");
}

static void no_sigreturn_old(void)
{
	asm volatile("movl $0, %%esp\n\t"
		     "movl $119, %%eax\n\t"
		     "int $0x80\n\t"
		     "movl $1, %%eax\n\t"
		     "int $0x80" : : : "eax");
}

static void fault_in_handler(int sig)
{
	(void)sig;
	asm volatile("movl %eax, 0");
}

static void double_fault(void)
{
	action(SIGSEGV, (void *)fault_in_handler, 0);
	asm volatile("movl %eax, 0");
}

static void blocked_fault(void)
{
	action(SIGSEGV, (void *)note, SA_SIGINFO);
	set_mask(SIG_BLOCK, SIGSEGV);
	asm volatile("movl %eax, 0");
}

static void ignored_fault(void)
{
	action(SIGILL, SIG_IGN, 0);
	asm volatile("ud2");
}

static void check_end(const char *name, void (*fn)(void), int sig)
{
	int status = in_child(fn);

	if (status == sig)
		return;
	printf("    # %s: status %x\n", name, status);
	test_failed = 1;
}

#define ENDS(fn, sig) check_end(#fn, fn, sig)

static void test_bad(void)
{
	ENDS(bad_handler, SIGSEGV);
	ENDS(bad_handler_low, SIGSEGV);
	ENDS(bad_stack, SIGSEGV);
	ENDS(bad_stack_kernel, SIGSEGV);
	ENDS(bad_altstack, SIGSEGV);
	ENDS(bad_altstack_kernel, SIGSEGV);
	ENDS(full_altstack, SIGSEGV);
	ENDS(no_sigreturn, SIGSEGV);
	ENDS(no_sigreturn_old, SIGSEGV);
	ENDS(double_fault, SIGSEGV);
	ENDS(blocked_fault, SIGSEGV);
	ENDS(ignored_fault, SIGILL);
}

/* What a handler does to its context; the program then finds its flags here. */
static void (*spoil)(struct sigcontext *sc);
static uint32_t eflags;

static void spoiler(int sig, struct siginfo *i, struct ucontext *uc)
{
	(void)sig;
	(void)i;
	spoil(&uc->sc);
}

static void spoil_old(int sig, struct sigframe f)
{
	(void)sig;
	spoil(&f.sc);
	asm volatile("" : : "r" (&f) : "memory");
}

static void run_spoiled(void)
{
	action(SIGUSR1, (void *)spoiler, SA_SIGINFO);
	send();
	asm volatile("pushfl\n\tpopl %0" : "=r" (eflags));
	CHECK(getpid() > 0);
	action(SIGUSR1, (void *)spoil_old, 0);
	send();
}

static int spoiled(void (*fn)(struct sigcontext *sc))
{
	spoil = fn;
	return in_child(run_spoiled);
}

#define SPOIL(name, what)						\
	static void name(struct sigcontext *sc)				\
	{								\
		what;							\
	}

SPOIL(kernel_cs, sc->cs = 0x60)
SPOIL(kernel_cs_1, sc->cs = 0x61)
SPOIL(xen_cs, sc->cs = 0xe019)
SPOIL(null_cs, sc->cs = 0)
SPOIL(data_cs, sc->cs = sc->ds)
SPOIL(kernel_ss, sc->ss = 0x68)
SPOIL(null_ss, sc->ss = 0)
SPOIL(kernel_ds, sc->ds = 0x68)
SPOIL(no_ds, sc->ds = 0xffff)
SPOIL(kernel_es, sc->es = 0x68)
SPOIL(kernel_fs, sc->fs = 0x68)
SPOIL(tss_gs, sc->gs = 0x80)
SPOIL(no_fs_gs, sc->fs = sc->gs = 0xfff8)
SPOIL(set_iopl, sc->eflags |= 0x3000)
SPOIL(set_vm, sc->eflags |= 0x20000)
SPOIL(set_nt, sc->eflags |= 0x4000)
SPOIL(set_vif, sc->eflags |= 0x180000)
SPOIL(clear_if, sc->eflags &= ~0x200)
SPOIL(set_tf, sc->eflags |= 0x100)
SPOIL(kernel_eip, sc->eip = 0xc0100000)
SPOIL(no_fpu, sc->fpstate = NULL)
SPOIL(kernel_fpu, sc->fpstate = (void *)0xc0100000)
SPOIL(bad_mxcsr, sc->fpstate->mxcsr = ~0u)

static void test_selectors(void)
{
	static void (*const refused[])(struct sigcontext *sc) = {
		kernel_cs, kernel_cs_1, xen_cs, null_cs, data_cs, kernel_ss,
		null_ss, no_ds,
	}, (*const any[])(struct sigcontext *sc) = {
		kernel_ds, kernel_es, kernel_fs, tss_gs, no_fs_gs,
	};
	size_t i;
	int status;

	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		status = spoiled(refused[i]);
		if (!on_pv86() && (status == SIGBUS || !status))
			continue;	/* its segments are others */
		EQ(status, SIGSEGV);
	}
	for (i = 0; i < ARRAY_SIZE(any); i++) {
		status = spoiled(any[i]);
		CHECK(!status || status == SIGSEGV);
	}
}

static void check_flags(void)
{
	run_spoiled();
	EQ(eflags & 0x1b7200, 0x200);
}

static void test_flags(void)
{
	static void (*const fns[])(struct sigcontext *sc) = {
		set_iopl, set_vm, set_nt, set_vif, clear_if,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fns); i++) {
		spoil = fns[i];
		EQ(in_child(check_flags), 0);
	}
	EQ(spoiled(set_tf), SIGTRAP);
	EQ(spoiled(kernel_eip), SIGSEGV);
}

static void use_then_spoil(void)
{
	asm volatile("fninit\n\tfldpi");
	run_spoiled();
}

static void test_fpstate(void)
{
	int status;

	spoil = no_fpu;
	EQ(in_child(use_then_spoil), 0);
	spoil = kernel_fpu;
	EQ(in_child(use_then_spoil), SIGSEGV);
	spoil = bad_mxcsr;
	status = in_child(use_then_spoil);
	CHECK(!status || status == SIGSEGV);
}

static const struct test tests[] = {
	{ "a fault calls its handler: si_code, si_addr, the registers",
	  test_faults },
	{ "a jump to nowhere is told with that address", test_jump },
	{ "a bad handler, stack or frame is SIGSEGV; so is a fault in its own "
	  "handler", test_bad },
	{ "sigreturn: selectors of the kernel are refused", test_selectors },
	{ "sigreturn: IOPL, VM, NT, VIF and IF are not the program's",
	  test_flags },
	{ "sigreturn: a bad FPU state harms nobody", test_fpstate },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
