// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How a process is ended: by a fault of its own, which must be told to the
 * parent as Linux tells it, by an instruction that user mode may not execute,
 * and by kill(), whatever it is doing or waiting for.
 */
#include "test.h"

struct fault {
	const char *name;
	void (*run)(void);
	int signal;
};

#define CODE(name, code)				\
	static void name(void)				\
	{						\
		asm volatile(code			\
			     : : "a" (0), "d" (0x80)	\
			     : "ecx", "memory", "cc");	\
	}

CODE(do_ud2, "ud2")
CODE(do_divide, "xorl %%ecx, %%ecx; divl %%ecx")
CODE(do_overflow, "movl $0x80000000, %%eax; cltd; movl $-1, %%ecx;"
		  "idivl %%ecx")
CODE(do_int3, "int3")
CODE(do_step, "pushfl; orl $0x100, (%%esp); popfl; nop")
CODE(do_into, "movb $0x7f, %%al; addb $1, %%al; into")
CODE(do_bound, "pushl $0; pushl $0; movl $5, %%ecx; bound %%ecx, (%%esp)")
CODE(do_hlt, "hlt")
CODE(do_cli, "cli")
CODE(do_sti, "sti")
CODE(do_inb, "inb %%dx, %%al")
CODE(do_outb, "outb %%al, %%dx")
CODE(do_outsb, "movl $1, %%ecx; rep outsb")
CODE(do_read_cr0, "movl %%cr0, %%eax")
CODE(do_read_cr2, "movl %%cr2, %%eax")
CODE(do_write_cr3, "movl %%eax, %%cr3")
CODE(do_read_dr, "movl %%dr7, %%eax")
CODE(do_write_dr, "movl %%eax, %%dr0")
CODE(do_clts, "clts")
CODE(do_lmsw, "lmsw %%ax")
CODE(do_invlpg, "invlpg (%%esp)")
CODE(do_wbinvd, "wbinvd")
CODE(do_rdmsr, "movl $0x1b, %%ecx; rdmsr")
CODE(do_wrmsr, "movl $0x1b, %%ecx; wrmsr")
CODE(do_lgdt, "pushl $0; pushl $0; lgdt (%%esp)")
CODE(do_lidt, "pushl $0; pushl $0; lidt (%%esp)")
CODE(do_lldt, "lldt %%ax")
CODE(do_ltr, "ltr %%ax")
CODE(do_int0, "int $0x00")
CODE(do_int14, "int $0x0e")
CODE(do_int32, "int $0x20")
CODE(do_int_last, "int $0xff")
CODE(do_lret, "pushl $0x08; pushl $0; lret")
CODE(do_lret_kernel, "pushl $0x60; pushl $0xc0100000; lret")
CODE(do_iret, "pushl $0x202; pushl $0x08; pushl $0; iret")
CODE(do_esp, "movl $0, %%esp; pushl %%eax")
CODE(do_esp_kernel, "movl $0xc0100000, %%esp; pushl %%eax")

static const struct fault faults[] = {
	{ "ud2", do_ud2, SIGILL },
	{ "division by zero", do_divide, SIGFPE },
	{ "division overflow", do_overflow, SIGFPE },
	{ "int3", do_int3, SIGTRAP },
	{ "the trap flag", do_step, SIGTRAP },
	{ "into", do_into, SIGSEGV },
	{ "bound", do_bound, SIGSEGV },
	{ "push at 0", do_esp, SIGSEGV },
	{ "push at a kernel address", do_esp_kernel, SIGSEGV },
};

static const struct fault privileged[] = {
	{ "hlt", do_hlt, SIGSEGV },
	{ "cli", do_cli, SIGSEGV },
	{ "sti", do_sti, SIGSEGV },
	{ "in", do_inb, SIGSEGV },
	{ "out", do_outb, SIGSEGV },
	{ "outs", do_outsb, SIGSEGV },
	{ "read cr0", do_read_cr0, SIGSEGV },
	{ "read cr2", do_read_cr2, SIGSEGV },
	{ "write cr3", do_write_cr3, SIGSEGV },
	{ "read dr7", do_read_dr, SIGSEGV },
	{ "write dr0", do_write_dr, SIGSEGV },
	{ "clts", do_clts, SIGSEGV },
	{ "lmsw", do_lmsw, SIGSEGV },
	{ "invlpg", do_invlpg, SIGSEGV },
	{ "wbinvd", do_wbinvd, SIGSEGV },
	{ "rdmsr", do_rdmsr, SIGSEGV },
	{ "wrmsr", do_wrmsr, SIGSEGV },
	{ "lgdt", do_lgdt, SIGSEGV },
	{ "lidt", do_lidt, SIGSEGV },
	{ "lldt", do_lldt, SIGSEGV },
	{ "ltr", do_ltr, SIGSEGV },
};

static const struct fault gates[] = {
	{ "int 0", do_int0, SIGSEGV },
	{ "int 14", do_int14, SIGSEGV },
	{ "int 32", do_int32, SIGSEGV },
	{ "int 255", do_int_last, SIGSEGV },
	{ "lret to ring 0", do_lret, SIGSEGV },
	{ "lret to the kernel", do_lret_kernel, SIGSEGV },
	{ "iret to ring 0", do_iret, SIGSEGV },
};

static void try_faults(const struct fault *f, size_t count)
{
	int status;

	for (; count--; f++) {
		status = in_child(f->run);
		if (status == f->signal)
			continue;
		printf("    # %s: status %x, should be %x\n", f->name, status,
		       f->signal);
		test_failed = 1;
	}
}

static void test_faults(void)
{
	try_faults(faults, ARRAY_SIZE(faults));
}

static void test_privileged(void)
{
	try_faults(privileged, ARRAY_SIZE(privileged));
}

static void test_gates(void)
{
	try_faults(gates, ARRAY_SIZE(gates));
}

/* The privilege level and interrupt flags are not the program's to change. */
static void test_popf(void)
{
	uint32_t flags;

	asm volatile("pushl $0x2\n\t"
		     "popfl\n\t"
		     "pushfl\n\t"
		     "popl %0" : "=r" (flags) : : "cc");
	EQ(flags & 0x3200, 0x200);
	asm volatile("pushl $0x3202\n\t"
		     "popfl\n\t"
		     "pushfl\n\t"
		     "popl %0" : "=r" (flags) : : "cc");
	EQ(flags & 0x3200, 0x200);
}

static uint32_t strange;

static void set_strange_flags(void)
{
	asm volatile("pushl %0\n\t"
		     "popfl\n\t"
		     "movl $158, %%eax\n\t"	/* sched_yield */
		     "int $0x80\n\t"
		     "pushl $2\n\t"
		     "popfl" : : "r" (strange) : "eax", "memory", "cc");
}

/* NT, RF, AC, VIF, VIP, ID; the end of the child is its own affair. */
static void test_flags(void)
{
	int bit;

	for (bit = 14; bit < 32; bit++) {
		strange = 1u << bit | 2;
		in_child(set_strange_flags);
	}
	EQ(in_child(test_popf), 0);
}

static int fds[2];
static char big[128 * 1024];

static void wait_asleep(void)
{
	sleep_ms(1000000);
}

static void wait_running(void)
{
	for (;;)
		asm volatile("");
}

static void wait_reading(void)
{
	read(fds[0], big, 1);
}

static void wait_writing(void)
{
	write(fds[1], big, sizeof(big));
}

static void wait_waiting(void)
{
	int pid = getpid();

	if (!fork()) {
		while (getppid() == pid)
			sleep_ms(2);
		exit(0);
	}
	waitpid(-1, NULL, 0);
}

static void wait_ignoring(void)
{
	struct sigaction act = { .handler = SIG_IGN };
	uint64_t all = ~0ull;

	rt_sigaction(SIGTERM, &act, NULL, 8);
	rt_sigprocmask(SIG_SETMASK, &all, NULL, 8);
	EQ(kill(getpid(), SIGTERM), 0);
	wait_asleep();
}

static int killed_while(void (*fn)(void), int sig)
{
	int status = -1, pid = fork();

	if (!pid) {
		fn();
		exit(99);
	}
	sleep_ms(10);
	EQ(kill(pid, sig), 0);
	EQ(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_kill(void)
{
	static void (*const doing[])(void) = {
		wait_asleep, wait_running, wait_reading, wait_writing,
		wait_waiting, wait_ignoring,
	};
	size_t i;

	pipe(fds);
	for (i = 0; i < ARRAY_SIZE(doing); i++)
		EQ(killed_while(doing[i], SIGKILL), SIGKILL);
	close(fds[0]);
	close(fds[1]);
}

static void test_signals(void)
{
	static const int signals[] = {
		SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		EQ(killed_while(wait_asleep, signals[i]), signals[i]);
		EQ(killed_while(wait_running, signals[i]), signals[i]);
	}
}

static void kill_myself(void)
{
	kill(getpid(), SIGTERM);
	for (;;)
		exit(1);
}

static void test_suicide(void)
{
	EQ(in_child(kill_myself), SIGTERM);
}

static const struct test tests[] = {
	{ "a fault ends the process with Linux's signal", test_faults },
	{ "a privileged instruction is SIGSEGV", test_privileged },
	{ "gates and returns that lead to ring 0 are SIGSEGV", test_gates },
	{ "popf changes neither IF nor IOPL", test_popf },
	{ "strange flags at a system call harm nobody else", test_flags },
	{ "SIGKILL: asleep, running, reading, writing, waiting, ignoring",
	  test_kill },
	{ "kill: the wait status names the signal", test_signals },
	{ "kill: a process that ends itself does not go on", test_suicide },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
