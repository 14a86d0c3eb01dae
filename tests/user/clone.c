// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clone, as C libraries call it for fork, vfork and posix_spawn, and waitid.
 */
#include "sig.h"

#define CLONE_VM		0x100
#define CLONE_VFORK		0x4000
#define CLONE_SETTLS		0x80000
#define CLONE_PARENT_SETTID	0x100000
#define CLONE_CHILD_CLEARTID	0x200000
#define CLONE_CHILD_SETTID	0x1000000
#define CLONE_THREAD		0x10f00	/* and what goes with it */

enum { P_ALL, P_PID, P_PGID };
#define WUNTRACED		2
#define WEXITED			4
#define WNOWAIT			0x1000000

static int waitid(int type, int id, int info[32], int options,
		  struct rusage *usage)
{
	return syscall(284, type, id, info, options, usage);
}

static int wait_status(int pid)
{
	int status = -1;

	EQ(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_tids(void)
{
	int parent_tid = -1, child_tid = -1;
	int pid = syscall(120, SIGCHLD | CLONE_PARENT_SETTID |
			  CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID, 0,
			  &parent_tid, 0, &child_tid);

	if (!pid)
		exit(child_tid == getpid() && child_tid == gettid() ? 7 : 1);
	CHECK(pid > 0);
	EQ(parent_tid, pid);
	EQ(child_tid, -1);
	EQ(WEXITSTATUS(wait_status(pid)), 7);
}

/* The child has a descriptor of its own behind the parent's selector. */
static void test_tls(void)
{
	static unsigned char mine[16], its[16];
	struct user_desc desc = {
		.entry_number = -1, .base_addr = (uint32_t)mine,
		.limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1,
		.useable = 1,
	};
	unsigned int selector;
	unsigned char got;
	int pid;

	EQ(set_thread_area(&desc), 0);
	selector = desc.entry_number * 8 + 3;
	mine[0] = 1;
	its[0] = 2;
	asm volatile("mov %0, %%gs" : : "r" (selector));
	desc.base_addr = (uint32_t)its;
	pid = syscall(120, SIGCHLD | CLONE_SETTLS, 0, 0, &desc, 0);
	asm volatile("movb %%gs:0, %0" : "=q" (got));
	if (!pid)
		exit(got);
	EQ(got, 1);
	EQ(WEXITSTATUS(wait_status(pid)), 2);
	desc.entry_number = -1;
	EQ(syscall(120, SIGCHLD | CLONE_SETTLS, 0, 0, &desc, 0), -EINVAL);
	EQ(syscall(120, SIGCHLD | CLONE_SETTLS, 0, 0, KERNEL_ADDRESS, 0),
	   -EFAULT);
	asm volatile("mov %0, %%gs" : : "r" (0));
}

static int shared;

static void on_own_stack(void)
{
	sleep_ms(50);
	shared++;
	exit(3);
}

/* As posix_spawn does it: the parent's memory, another stack. */
static void test_spawn(void)
{
	/* A function looks above its return address. */
	uint32_t *stack = (uint32_t *)(map_memory(PAGE_SIZE) + PAGE_SIZE - 64);
	int pid;

	*--stack = (uint32_t)on_own_stack;
	shared = 0;
	asm volatile("int $0x80\n\t"
		     "test %%eax, %%eax\n\t"
		     "jnz 1f\n\t"
		     "ret\n"
		     "1:"
		     : "=a" (pid)
		     : "a" (120), "b" (CLONE_VM | CLONE_VFORK | SIGCHLD),
		       "c" (stack), "d" (0), "S" (0), "D" (0)
		     : "memory", "cc");
	EQ(shared, 1);
	EQ(WEXITSTATUS(wait_status(pid)), 3);
}

static void test_threads(void)
{
	if (!on_pv86()) {
		skip("Linux has threads");
		return;
	}
	EQ(syscall(120, CLONE_VM | CLONE_THREAD, 0, 0, 0, 0), -ENOSYS);
	EQ(syscall(120, CLONE_VM | SIGCHLD, 0, 0, 0, 0), -ENOSYS);
	EQ(syscall(435, 0, 0), -ENOSYS);
	EQ(syscall(311, 0, 0), -ENOSYS);
	EQ(syscall(386, 0, 0, 0, 0), -ENOSYS);
}

static int child(int status)
{
	int pid = fork();

	if (!pid)
		exit(status);
	return pid;
}

static void test_waitid(void)
{
	int info[32], pid = child(9), killed;

	EQ(waitid(P_PID, pid, info, WEXITED | WNOWAIT, NULL), 0);
	EQ(info[0], SIGCHLD);
	EQ(info[2], 1);			/* CLD_EXITED */
	EQ(info[3], pid);
	EQ(info[5], 9);
	info[5] = 0;
	EQ(waitid(P_ALL, 0, info, WEXITED, NULL), 0);
	EQ(info[3], pid);
	EQ(info[5], 9);
	EQ(waitid(P_PID, pid, info, WEXITED, NULL), -ECHILD);

	killed = fork();
	if (!killed) {
		sleep_ms(100000);
		exit(1);
	}
	EQ(waitid(P_PID, killed, info, WEXITED | WNOHANG, NULL), 0);
	EQ(info[0], 0);
	EQ(info[3], 0);
	kill(killed, SIGSTOP);
	EQ(waitid(P_PID, killed, info, WEXITED | WUNTRACED, NULL), 0);
	EQ(info[2], 5);			/* CLD_STOPPED */
	EQ(info[5], SIGSTOP);
	kill(killed, SIGKILL);
	EQ(waitid(P_PGID, syscall(132, 0), info, WEXITED, NULL), 0);
	EQ(info[2], 2);			/* CLD_KILLED */
	EQ(info[3], killed);
	EQ(info[5], SIGKILL);
	EQ(waitid(P_ALL, 0, info, WEXITED, NULL), -ECHILD);
	EQ(waitid(P_ALL, 0, info, 0, NULL), -EINVAL);
	EQ(waitid(9, 0, info, WEXITED, NULL), -EINVAL);
}

static volatile int told;

static void on_child(int sig)
{
	told++;
}

/*
 * Forks take long enough for others to run, to end and to send signals, while
 * one that has the parent's actions still lives.
 */
static void test_ends_meanwhile(void)
{
	/* struct sysinfo: 5 is free memory, in units of 13. */
	uint32_t info[16] = { 0 }, size = 16 << 20;
	int forks = 160;
	char *p;

	EQ(syscall(116, info), 0);
	if (info[5] / 8 < size / info[13])
		size = info[5] / 8 * info[13] & -PAGE_SIZE;
	if (size < 8 << 20)		/* so many have no room */
		forks = 40;
	p = mmap2(NULL, size, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	action(SIGCHLD, on_child, SA_RESTART);
	for (uint32_t at = 0; at < size; at += PAGE_SIZE)
		p[at] = 1;
	for (int i = 0; i < forks; i++) {
		int pid = fork();

		if (!pid) {
			sleep_ms(i % 2 ? 30 : i % 7);	/* one of two stays */
			exit(0);
		}
		CHECK(pid > 0);
	}
	for (int i = 0; i < forks; i++)
		CHECK(waitpid(-1, NULL, 0) > 0);
	CHECK(told > 0);
	action(SIGCHLD, SIG_DFL, 0);
	munmap(p, size);
}

int main(void)
{
	static const struct test tests[] = {
		{ "clone: as fork, with the numbers of the child", test_tids },
		{ "clone: the child's own TLS, checked before", test_tls },
		{ "clone: as vfork, on a stack of its own", test_spawn },
		{ "clone: threads are refused", test_threads },
		{ "fork: children that end while it lasts", test_ends_meanwhile },
		{ "waitid: who ended and how, taken or left", test_waitid },
	};

	return run_tests(tests, ARRAY_SIZE(tests));
}
