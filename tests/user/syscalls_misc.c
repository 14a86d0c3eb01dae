// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System calls that are about no file and no memory, asked properly: the
 * process and its numbers, the clock, signal settings, and what the call
 * itself may change.  The rest is in the tests named after what they show;
 * wrong questions are in syscalls_bad.c.
 */
#include "test.h"

#define REALTIME	34	/* beyond the signals of old */

/*
 * The order in which the registers are stored below; ax is the number, and
 * then the result.
 */
struct registers {
	uint32_t ax, bx, cx, dx, si, di, bp, flags;
};

static void call_with(struct registers *r)
{
	asm volatile("pushl %%ebp\n\t"
		     "pushl %0\n\t"
		     "movl %0, %%eax\n\t"
		     "movl 4(%%eax), %%ebx\n\t"
		     "movl 8(%%eax), %%ecx\n\t"
		     "movl 12(%%eax), %%edx\n\t"
		     "movl 16(%%eax), %%esi\n\t"
		     "movl 20(%%eax), %%edi\n\t"
		     "movl 24(%%eax), %%ebp\n\t"
		     "pushl 28(%%eax)\n\t"
		     "movl (%%eax), %%eax\n\t"
		     "popfl\n\t"
		     "int $0x80\n\t"
		     "pushfl\n\t"
		     "cld\n\t"
		     "pushl %%eax\n\t"
		     "movl 8(%%esp), %%eax\n\t"
		     "movl %%ebx, 4(%%eax)\n\t"
		     "movl %%ecx, 8(%%eax)\n\t"
		     "movl %%edx, 12(%%eax)\n\t"
		     "movl %%esi, 16(%%eax)\n\t"
		     "movl %%edi, 20(%%eax)\n\t"
		     "movl %%ebp, 24(%%eax)\n\t"
		     "popl (%%eax)\n\t"
		     "popl 28(%%eax)\n\t"
		     "addl $4, %%esp\n\t"
		     "popl %%ebp"
		     : "+a" (r) :
		     : "ebx", "ecx", "edx", "esi", "edi", "memory", "cc");
}

static void test_registers(void)
{
	static const uint16_t numbers[] = { 20, 158, 1000 };
	struct registers r, want = {
		0, 0x10203040, 0x55aa55aa, 0x89abcdef, 0xdeadbeef, 0x7fffffff,
		0x80000001, 0xed7,	/* CF PF AF ZF SF DF OF, and IF */
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		r = want;
		r.ax = numbers[i];
		call_with(&r);
		EQ(r.ax, i == 0 ? getpid() : i == 1 ? 0 : -ENOSYS);
		want.ax = r.ax;
		EQ(memcmp(&r, &want, sizeof(r)), 0);
	}
}

/* The copies of the kernel go upwards, whatever the program left. */
static void test_direction(void)
{
	char out[] = "0123456789abcdef", in[sizeof(out)];
	int ends[2];
	struct registers r = { .ax = 4, .cx = (uint32_t)out,
			       .dx = sizeof(out), .flags = 0x602 };

	EQ(pipe(ends), 0);
	r.bx = ends[1];
	call_with(&r);
	EQ(r.ax, sizeof(out));
	r.ax = 3;
	r.bx = ends[0];
	r.cx = (uint32_t)in;
	call_with(&r);
	EQ(r.ax, sizeof(out));
	EQ(memcmp(in, out, sizeof(out)), 0);
	close(ends[0]);
	close(ends[1]);
}

static void test_ids(void)
{
	int tid = -1, parent = getpid(), pid, status;

	CHECK(parent > 0);
	EQ(gettid(), parent);
	EQ(set_tid_address(&tid), parent);
	pid = fork();
	if (!pid) {
		EQ(getppid(), parent);
		CHECK(getpid() != parent);
		EQ(gettid(), getpid());
		exit(test_failed);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
	EQ(tid, -1);
	EQ(getpid(), parent);
	set_tid_address(NULL);
}

static void test_uname(void)
{
	struct utsname uts;

	memset(&uts, 0xff, sizeof(uts));
	EQ(uname(&uts), 0);
	CHECK(uts.sysname[0] && uts.release[0] && uts.machine[0]);
	CHECK(strlen(uts.sysname) < 65 && strlen(uts.nodename) < 65 &&
	      strlen(uts.release) < 65 && strlen(uts.version) < 65 &&
	      strlen(uts.machine) < 65 && strlen(uts.domainname) < 65);
}

static void test_clocks(void)
{
	struct timespec real;
	struct timeval tv;

	EQ(clock_gettime(CLOCK_REALTIME, &real), 0);
	EQ(gettimeofday(&tv, NULL), 0);
	CHECK(tv.tv_sec > real.tv_sec ||
	      (tv.tv_sec == real.tv_sec &&
	       tv.tv_usec >= real.tv_nsec / 1000));
	CHECK(real.tv_nsec >= 0 && real.tv_nsec < 1000000000);
	CHECK(tv.tv_usec >= 0 && tv.tv_usec < 1000000);
	EQ(gettimeofday(NULL, NULL), 0);
}

static void test_action(void)
{
	struct sigaction act = { .flags = 0x10000000 }, old;

	act.handler = (void *)test_action;
	EQ(rt_sigaction(SIGUSR2, &act, &old, 8), 0);
	EQ(old.handler, SIG_DFL);
	EQ(rt_sigaction(SIGUSR2, NULL, &old, 8), 0);
	EQ(old.handler, act.handler);
	act.handler = SIG_DFL;
	EQ(rt_sigaction(SIGUSR2, &act, &old, 8), 0);
	EQ(old.handler, test_action);
	EQ(rt_sigaction(SIGKILL, NULL, &old, 8), 0);
	EQ(old.handler, SIG_DFL);
	act.handler = (void *)test_action;
	EQ(rt_sigaction(REALTIME, &act, NULL, 8), 0);
	act.handler = SIG_DFL;
	EQ(rt_sigaction(REALTIME, &act, &old, 8), 0);
	EQ(old.handler, test_action);
}

static void test_ignore(void)
{
	struct sigaction act = { .handler = SIG_IGN };

	EQ(rt_sigaction(SIGTERM, &act, NULL, 8), 0);
	EQ(kill(getpid(), SIGTERM), 0);
	act.handler = SIG_DFL;
	EQ(rt_sigaction(SIGTERM, &act, NULL, 8), 0);
	EQ(kill(getpid(), SIGCHLD), 0);
	EQ(kill(getpid(), SIGCONT), 0);
	EQ(kill(getpid(), 0), 0);
}

static void test_mask(void)
{
	uint64_t set = 1 << (SIGUSR2 - 1), old = ~0ull;

	EQ(rt_sigprocmask(SIG_BLOCK, &set, &old, 8), 0);
	EQ(old, 0);
	EQ(rt_sigprocmask(SIG_BLOCK, NULL, &old, 8), 0);
	EQ(old, set);
	EQ(rt_sigprocmask(SIG_UNBLOCK, &set, NULL, 8), 0);
	EQ(rt_sigprocmask(SIG_SETMASK, NULL, &old, 8), 0);
	EQ(old, 0);
}

static const struct test tests[] = {
	{ "a system call changes no register but eax", test_registers },
	{ "a system call copies forwards, whatever DF is", test_direction },
	{ "getpid, gettid, getppid, set_tid_address", test_ids },
	{ "uname: six strings with an end", test_uname },
	{ "clock_gettime and gettimeofday tell one time", test_clocks },
	{ "rt_sigaction: the handler that was set is told again",
	  test_action },
	{ "rt_sigaction: SIG_IGN is honoured", test_ignore },
	{ "rt_sigprocmask: what was set is told again", test_mask },
};

/*
 * For whoever watches the console: calls that are missing, in the middle of a
 * line, twice each and again in a child.
 */
static int call_missing(void)
{
	int i;

	printf("one");
	for (i = 0; i < 4; i++)
		syscall(i & 1 ? 17 : 31);
	if (!fork()) {
		syscall(17);
		exit(0);
	}
	waitpid(-1, NULL, 0);
	printf("two\n");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "missing"))
		return call_missing();
	return run_tests(tests, ARRAY_SIZE(tests));
}
