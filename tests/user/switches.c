// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Puts another backend under the live kernel through /proc/pv/backend, and the
 * old one again, while processes fork, execute, talk through pipes, take page
 * faults, wait, get signals, compute, use ports and segments of their own, and
 * use the console. Nothing may go wrong in any of them, and all have to get on.
 *
 *	switches		20 times, where the way back is known
 *	switches N		N times
 *	switches N typed	and somebody types lines, 1, 2 and so on, then `end`
 */
#include "test.h"

#define BACKEND		"/proc/pv/backend"
#define VERIFY		"/proc/pv/verify"
#define ROUNDS		20
#define PAGES		16
#define PATIENCE	2000	/* times 10 ms until a load has got on */
#define SIGALRM_US	2000
#define SYS_PAUSE	29
#define SYS_SETITIMER	104

static int rounds, typed;
static char *self;
static volatile int *done;	/* pieces of work, by load; shared */
#define LOADS	10		/* behind them: no more lines are typed */

static void load_fork(volatile int *pieces)
{
	int pid, status;

	for (;; ++*pieces) {
		pid = fork();
		if (!pid)
			exit(7);
		if (waitpid(pid, &status, 0) != pid || status != 7 << 8)
			exit(1);
		sched_yield();
	}
}

static void load_exec(volatile int *pieces)
{
	char *argv[] = { self, "exec", "me", NULL }, *envp[] = { NULL };
	int pid, status;

	for (;; ++*pieces) {
		pid = vfork();
		if (!pid) {
			execve(self, argv, envp);
			exit(9);
		}
		if (waitpid(pid, &status, 0) != pid || status != 8 << 8)
			exit(2);
		sched_yield();
	}
}

static void load_pipe(volatile int *pieces)
{
	int to[2], from[2];
	char sent = 0, got;

	echo_child(to, from);
	for (;; ++*pieces, sent++)
		if (write(to[1], &sent, 1) != 1 || read(from[0], &got, 1) != 1 ||
		    got != sent)
			exit(3);
}

static void load_faults(volatile int *pieces)
{
	int i;

	for (;; ++*pieces) {
		char *p = map_memory(PAGES * PAGE_SIZE);

		for (i = 0; i < PAGES; i++)
			if (p[i * PAGE_SIZE]++)
				exit(4);
		if (!fork()) {		/* copies on write */
			for (i = 0; i < PAGES; i++)
				if (p[i * PAGE_SIZE]++ != 1)
					exit(4);
			exit(5);
		}
		if (waitpid(-1, &i, 0) < 0 || i != 5 << 8 || p[0] != 1 ||
		    munmap(p, PAGES * PAGE_SIZE))
			exit(4);
		sched_yield();
	}
}

static uint32_t now_us(int clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000u + ts.tv_nsec / 1000;
}

/* Neither clock goes back, none jumps, and no alarm comes early or never. */
static void load_timer(volatile int *pieces)
{
	uint32_t began = now_us(CLOCK_MONOTONIC), last = began, now;
	uint32_t ahead = now_us(CLOCK_REALTIME) - began, off;

	for (;; ++*pieces, last = now) {
		sleep_ms(1 + *pieces % 4);
		now = now_us(CLOCK_MONOTONIC);
		if (now - last < 1000 || now - last > 60000000)
			exit(6);
		off = now_us(CLOCK_REALTIME) - now_us(CLOCK_MONOTONIC) - ahead;
		if (off + 2000000 > 4000000)
			exit(6);
	}
}

static volatile int *alarms;

static void on_alarm(int sig)
{
	++*alarms;
}

static void load_signals(volatile int *pieces)
{
	struct sigaction act = { .handler = on_alarm };
	struct timeval every[2] = { { 0, SIGALRM_US }, { 0, SIGALRM_US } };

	alarms = pieces;
	rt_sigaction(SIGALRM, &act, NULL, 8);
	syscall(SYS_SETITIMER, 0, every, NULL);
	for (;;)
		syscall(SYS_PAUSE);
}

/* A value in ST and, if there is SSE, one in XMM0, which nobody else has. */
static void load_fpu(volatile int *pieces)
{
	uint32_t leaf = 1, features, pid = getpid(), st = 0, xmm = pid;

	asm("cpuid" : "+a" (leaf), "=d" (features) : : "ebx", "ecx");
	for (;; ++*pieces) {
		asm volatile("fninit\n\tfildl %0" : : "m" (pid));
		if (features >> 25 & 1)
			asm volatile("movss %0, %%xmm0" : : "m" (pid));
		sched_yield();
		if (features >> 25 & 1)
			asm volatile("movss %%xmm0, %0" : "=m" (xmm));
		asm volatile("fistpl %0" : "=m" (st));
		if (st != pid || xmm != pid)
			exit(10);
	}
}

/* Ports are open to this one, and GS and FS have bases of their own. */
static void load_segments(volatile int *pieces)
{
	static uint32_t data[2] = { 0x5a5a0001, 0x5a5a0002 };
	struct user_desc d = {
		.entry_number = -1, .base_addr = (uint32_t)&data[0],
		.limit = 3, .seg_32bit = 1, .useable = 1,
	};
	uint32_t gs, fs;

	if (iopl(3) || set_thread_area(&d))
		exit(11);
	asm volatile("mov %0, %%gs" : : "r" (d.entry_number * 8 + 3));
	d.entry_number = 1;
	d.base_addr = (uint32_t)&data[1];
	if (modify_ldt(1, &d, sizeof(d)))
		exit(11);
	asm volatile("mov %0, %%fs" : : "r" (1 * 8 + 7));
	for (;; ++*pieces) {
		asm volatile("outb %b0, $0x80" : : "a" (0));
		asm volatile("mov %%gs:0, %0\n\tmov %%fs:0, %1"
			     : "=r" (gs), "=r" (fs));
		if (gs != data[0] || fs != data[1])
			exit(11);
		sched_yield();
	}
}

/* Who reads the console finds out whether a line or a byte is missing. */
static void load_console(volatile int *pieces)
{
	for (;;) {
		printf("    # line %d of the console, 0123456789abcdef\n",
		       ++*pieces);
		sleep_ms(20);
	}
}

static void load_typed(volatile int *pieces)
{
	char line[32];
	int n;

	while (typed && (n = read(0, line, sizeof(line) - 1)) > 0) {
		line[n - 1] = '\0';
		if (!strcmp(line, "end"))
			break;
		if (atoi(line) != *pieces + 1)
			exit(12);
		++*pieces;
	}
	if (typed)
		printf("    # typed %d lines\n", *pieces);
	done[LOADS] = 1;
	for (;; ++*pieces)
		sleep_ms(20);
}

static const struct load {
	const char *name;
	void (*run)(volatile int *pieces);
} loads[] = {
	{ "fork", load_fork }, { "exec", load_exec }, { "pipe", load_pipe },
	{ "faults", load_faults }, { "timer", load_timer },
	{ "signals", load_signals }, { "fpu", load_fpu },
	{ "segments", load_segments }, { "console", load_console },
	{ "typed", load_typed },
};
_Static_assert(ARRAY_SIZE(loads) == LOADS, "LOADS");

static int over_to(const char *name)
{
	int err = write_text(BACKEND, name);

	sched_yield();
	return err;
}

/* Each does some more work now, and is still there. */
static void all_get_on(const int *pids)
{
	int i, patience = PATIENCE;
	int was[LOADS];

	for (i = 0; i < LOADS; i++)
		was[i] = done[i];
	for (i = 0; i < LOADS; i++) {
		while (done[i] == was[i] && --patience &&
		       !waitpid(pids[i], NULL, WNOHANG))
			sleep_ms(10);
		if (done[i] == was[i])
			printf("    # %s: stuck after %d\n", loads[i].name,
			       was[i]);
		CHECK(done[i] != was[i]);
	}
}

static void end(const int *pids)
{
	int i;
	int status;

	for (i = 0; i < LOADS; i++) {
		status = 0;
		EQ(waitpid(pids[i], &status, WNOHANG), 0);
		if (status)
			printf("    # %s: status %x after %d\n", loads[i].name,
			       status, done[i]);
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
		printf("    # %s %d\n", loads[i].name, done[i]);
	}
}

static void test_switches(void)
{
	static char text[2048];
	const char *names[2] = { "native", "vmi" };
	int pids[LOADS], i, first;

	read_text(BACKEND, text, sizeof(text));
	first = text[*text == '['] == 'n';	/* what is in use comes first */
	if (!strstr(text, "native") || !strstr(text, "vmi"))
		return skip("there is only one backend for this machine");
	if (first && !rounds)
		return skip("there may be no way back");
	done = mmap2(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (over_to(names[first]))
		return skip("this ROM cannot be left, or there is none");
	EQ(over_to(names[!first]), 0);
	for (i = 0; i < LOADS; i++) {
		pids[i] = fork();
		if (!pids[i])
			loads[i].run(done + i);
	}
	for (i = 0; i < (rounds ?: ROUNDS) && !test_failed; i++)
		EQ(over_to(names[i % 2 ? !first : first]), 0);
	for (i = 0; i < PATIENCE && !done[LOADS]; i++)
		sleep_ms(10);
	all_get_on(pids);
	end(pids);
	read_text(VERIFY, text, sizeof(text));
	CHECK(strstr(text, "\nno difference\n") != NULL);
}

static const struct test tests[] = {
	{ "switches: another backend comes under load, and goes", test_switches },
};

/* Lines that come are not shown, or they would come between those that go. */
static int echo(int on)
{
	struct termios tio;
	int err = ioctl(0, TCGETS, &tio);

	tio.c_lflag = on ? tio.c_lflag | ECHO : tio.c_lflag & ~ECHO;
	return err ?: ioctl(0, TCSETS, &tio);
}

int main(int argc, char **argv)
{
	int failed;

	self = argv[0];
	if (argc > 2 && !strcmp(argv[2], "me"))
		return 8;
	rounds = argc > 1 ? atoi(argv[1]) : 0;
	typed = argc > 2 && !echo(0);
	failed = run_tests(tests, ARRAY_SIZE(tests));
	if (typed)
		echo(1);
	return failed;
}
