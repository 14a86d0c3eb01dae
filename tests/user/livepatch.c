// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rewrites the kernel's call sites through /proc/pv/patch while processes
 * fork, talk through pipes and take page faults: nothing may go wrong in any
 * of them, and afterwards every site must be what it should. `livepatch N`
 * does it N times; tests/matrix injects NMIs meanwhile.
 */
#include "test.h"

#define PATCH		"/proc/pv/patch"
#define STATS		"/proc/pv/stats"
#define ROUNDS		60
#define LOADS		3
#define PAGES		16

static int rounds = ROUNDS;

/* The loads: each runs until it is killed, and ends by itself on an error. */
static void load_fork(void)
{
	int pid, status;

	for (;;) {
		pid = fork();
		if (!pid)
			exit(7);
		if (waitpid(pid, &status, 0) != pid || status != 7 << 8)
			exit(1);
	}
}

static void load_pipe(void)
{
	int to[2], from[2];
	char sent = 0, got;

	pipe(to);
	pipe(from);
	if (!fork()) {
		close(to[1]);
		while (read(to[0], &got, 1) == 1)
			write(from[1], &got, 1);
		exit(0);
	}
	while (write(to[1], &sent, 1) == 1 && read(from[0], &got, 1) == 1 &&
	       got == sent)
		sent++;
	exit(2);
}

static void load_faults(void)
{
	for (;;) {
		char *p = mmap2(NULL, PAGES * 4096, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		int i;

		for (i = 0; i < PAGES; i++)
			if (p[i * 4096]++)
				exit(3);
		if (munmap(p, PAGES * 4096))
			exit(4);
	}
}

static void (*const loads[LOADS])(void) = { load_fork, load_pipe, load_faults };

static int have_patch(void)
{
	if (!access(PATCH, 0))
		return 1;
	skip("there is no " PATCH);
	return 0;
}

static int set_level(const char *level)
{
	int fd = open(PATCH, O_WRONLY), ret;

	if (fd < 0)
		return fd;
	ret = write(fd, level, strlen(level));
	close(fd);
	return ret < 0 ? ret : 0;
}

static void read_text(const char *path, char *text, int size)
{
	int fd = open(path, O_RDONLY), len = 0, n;

	while ((n = read(fd, text + len, size - 1 - len)) > 0)
		len += n;
	text[len] = '\0';
	close(fd);
}

/* Flips levels while the loads run; they must be alive at the end. */
static void flip(int *pids)
{
	static const char *const levels[] = { "off", "direct", "inline" };
	int i;

	for (i = 0; i < rounds && !test_failed; i++) {
		EQ(set_level(levels[i % 3]), 0);
		sched_yield();
	}
	for (i = 0; i < LOADS; i++) {
		EQ(waitpid(pids[i], NULL, WNOHANG), 0);
		kill(pids[i], SIGKILL);
		EQ(waitpid(pids[i], NULL, 0), pids[i]);
	}
}

static void test_flip(void)
{
	static char before[16], stats[1024];
	int pids[LOADS], i;

	if (!have_patch())
		return;
	read_text(PATCH, before, sizeof(before));
	for (i = 0; i < LOADS; i++) {
		pids[i] = fork();
		if (!pids[i])
			loads[i]();
	}
	flip(pids);
	EQ(set_level(before), 0);
	read_text(STATS, stats, sizeof(stats));
	CHECK(strstr(stats, "verify no error\n") != NULL);
}

static void test_refuse(void)
{
	if (!have_patch())
		return;
	EQ(set_level("sideways"), -EINVAL);
}

static const struct test tests[] = {
	{ "patch: the live kernel can be rewritten under load", test_flip },
	{ "patch: an unknown level is refused", test_refuse },
};

int main(int argc, char **argv)
{
	if (argc > 1)
		rounds = atoi(argv[1]);
	return run_tests(tests, ARRAY_SIZE(tests));
}
