// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rewrites the kernel's sites through /proc/pv/patch and /proc/pv/backend
 * while processes fork, talk through pipes and take page faults: nothing may
 * go wrong in any of them, and afterwards every byte of the text must be what
 * it should. `livepatch N` does it N times; tests/matrix injects NMIs meanwhile.
 *
 * Each load lets others run after a piece of work, so that the loads get a
 * piece done from one rewriting to the next. Now and then they keep the CPU
 * until the timer takes it from them.
 */
#include "test.h"

#define PATCH		"/proc/pv/patch"
#define BACKEND		"/proc/pv/backend"
#define VERIFY		"/proc/pv/verify"
#define ROUNDS		60
#define LOADS		3
#define PAGES		16
#define POISON		"poison"
#define GREEDY		64	/* pieces until one of them keeps the CPU */

static int rounds = ROUNDS;

static void piece_done(void)
{
	static unsigned done;

	if (++done % GREEDY)
		sched_yield();
}

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
		piece_done();
	}
}

static void load_pipe(void)
{
	int to[2], from[2];
	char sent = 0, got;

	echo_child(to, from);
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
		piece_done();
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

static const char *const levels[] = { "off", "direct", "inline" };

/* Of those that can be in force: the one that is, and the one without poison. */
static char in_force[16], booted[16];

static void find_backends(void)
{
	char text[64], *c, *name;
	int last;

	read_text(BACKEND, text, sizeof(text));
	for (c = name = text; *c; c++) {
		if (*c != ' ')
			continue;
		last = c[-1] == ']';
		c[-last] = *c = '\0';
		name += last;
		if (last)
			memcpy(in_force, name, c - name);
		if (name == text + last)
			memcpy(booted, name, c - name);
		name = c + 1;
	}
}

static void every_byte_is_right(void)
{
	static char text[1024];

	read_text(VERIFY, text, sizeof(text));
	CHECK(strstr(text, "\nno difference\n") != NULL);
}

/* Every fourth time the backend, else the level; then the loads run. */
static void flip(void)
{
	int i;

	for (i = 0; i < rounds && !test_failed; i++) {
		if (i % 4 == 3)
			EQ(write_text(BACKEND, i % 8 == 3 ? POISON : booted), 0);
		else
			EQ(write_text(PATCH, levels[i % 3]), 0);
		sched_yield();
	}
}

static void test_flip(void)
{
	static char level[16];
	int pids[LOADS], i;

	if (!have_patch())
		return;
	read_text(PATCH, level, sizeof(level));
	find_backends();
	for (i = 0; i < LOADS; i++) {
		pids[i] = fork();
		if (!pids[i])
			loads[i]();
	}
	flip();
	for (i = 0; i < LOADS; i++) {
		EQ(waitpid(pids[i], NULL, WNOHANG), 0);
		kill(pids[i], SIGKILL);
		EQ(waitpid(pids[i], NULL, 0), pids[i]);
	}
	for (i = 0; i < 6; i++) {
		EQ(write_text(BACKEND, i < 3 ? POISON : booted), 0);
		EQ(write_text(PATCH, levels[i % 3]), 0);
		every_byte_is_right();
	}
	EQ(write_text(BACKEND, in_force), 0);
	EQ(write_text(PATCH, level), 0);
}

static void test_refuse(void)
{
	if (!have_patch())
		return;
	EQ(write_text(PATCH, "sideways"), -EINVAL);
	EQ(write_text(BACKEND, "nonsense"), -EINVAL);
	EQ(write_text(BACKEND, "auto"), -EINVAL);
	EQ(write_text(BACKEND, ""), -EINVAL);
}

static const struct test tests[] = {
	{ "patch: the live kernel can be rewritten under load", test_flip },
	{ "patch: an unknown level or backend is refused", test_refuse },
};

int main(int argc, char **argv)
{
	if (argc > 1)
		rounds = atoi(argv[1]);
	return run_tests(tests, ARRAY_SIZE(tests));
}
