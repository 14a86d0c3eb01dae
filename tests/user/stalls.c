// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long one process can keep the CPU from another by calling the kernel,
 * which is not pre-empted: for each kind of long call one line
 * "STALL NAME LONGEST", in TSC ticks, instructions under QEMU -icount shift=0.
 * A partner that always wants to run measures what it waits. Part of `make
 * bench`, which makes the slice of a task short for it (tests/kernel/bench.c):
 * a wait is then little more than what the call does between two points at
 * which it lets others run.
 */
#include "lib.h"

#define MIB		(1u << 20)
#define L2_SPAN		(2 * MIB)
#define LARGE		(32 * MIB)
#define HUGE		(960 * MIB)
#define AREAS		20000
#define CROWD		200
#define ARGS		900
#define ARG_LEN		130

struct call {
	const char *name;
	void (*prepare)(void);
	void (*run)(void);
};

static volatile uint32_t *longest;	/* what the partner has waited */
static char text[128 * 1024];
static char *memory;
static const char *null_path;

static uint32_t ticks(void)
{
	uint32_t low;

	asm volatile("rdtsc" : "=a" (low) : : "edx", "memory");
	return low;
}

static void partner(void)
{
	uint32_t before, waited;

	for (;;) {
		before = ticks();
		sched_yield();
		waited = ticks() - before;
		if (waited > *longest)
			*longest = waited;
	}
}

static char *map_with(size_t len, int how)
{
	return mmap2(NULL, len, PROT_READ | PROT_WRITE, how | MAP_ANONYMOUS,
		     -1, 0);
}

static void map_large(void)
{
	memory = map_with(LARGE, MAP_PRIVATE);
}

static void touch(size_t len, size_t step)
{
	for (size_t i = 0; i < len; i += step)
		memory[i] = 1;
}

static void fill_large(void)
{
	map_large();
	touch(LARGE, PAGE_SIZE);
}

/* A page of each table. */
static void fill_sparse(void)
{
	memory = map_with(HUGE, MAP_PRIVATE);
	touch(HUGE, L2_SPAN);
}

static void unmap_large(void)
{
	munmap(memory, LARGE);
}

static void unmap_huge(void)
{
	munmap(memory, HUGE);
}

static void protect_large(void)
{
	mprotect(memory, LARGE, PROT_READ);
	unmap_large();
}

static void protect_huge(void)
{
	mprotect(memory, HUGE, PROT_NONE);
	unmap_huge();
}

static void share_large(void)
{
	memory = map_with(LARGE, MAP_SHARED);
	unmap_large();
}

static void fork_and_wait(void)
{
	int pid = fork();

	if (!pid)
		exit(0);
	waitpid(pid, NULL, 0);
}

static void fork_large(void)
{
	fork_and_wait();
	unmap_large();
}

/* No two neighbours are alike, so each page is an area of its own. */
static void map_areas(void)
{
	memory = map_with(AREAS * PAGE_SIZE, MAP_PRIVATE);
	for (uint32_t i = 0; i < AREAS; i += 2)
		mprotect(memory + i * PAGE_SIZE, PAGE_SIZE, PROT_READ);
}

static void use_areas(void)
{
	memory[(AREAS - 1) * PAGE_SIZE] = 1;
	fork_and_wait();
	mprotect(memory, AREAS * PAGE_SIZE, PROT_READ);
	munmap(memory, AREAS * PAGE_SIZE);
}

static void read_zero(void)
{
	int fd = open("/dev/zero", O_RDONLY);

	read(fd, memory, LARGE);
	close(fd);
	unmap_large();
}

/* Nothing of it shows. */
static void write_console(void)
{
	memset(text, '\r', sizeof(text));
	write(1, text, sizeof(text));
}

static void exec_args(void)
{
	char *argv[ARGS + 1], *env = NULL;
	int pid;

	memset(text, 'a', sizeof(text));
	for (int i = 0; i < ARGS; i++) {
		argv[i] = text + i * ARG_LEN;
		argv[i][ARG_LEN - 1] = '\0';
	}
	argv[ARGS] = NULL;
	pid = fork();
	if (!pid) {
		execve(null_path, argv, &env);
		exit(1);
	}
	waitpid(pid, NULL, 0);
}

static void exec_long(void)
{
	char *argv[] = { text, NULL };
	int pid;

	memset(text, 'a', sizeof(text) - PAGE_SIZE);
	text[sizeof(text) - PAGE_SIZE] = '\0';
	pid = fork();
	if (!pid) {
		execve(null_path, argv, argv + 1);
		exit(1);
	}
	waitpid(pid, NULL, 0);
}

static void write_vectors(void)
{
	static struct iovec v[1024];
	int fd = open("/dev/null", O_WRONLY);

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		v[i] = (struct iovec){ text, 1 };
	writev(fd, v, ARRAY_SIZE(v));
	close(fd);
}

static void read_file(const char *path)
{
	int fd = open(path, O_RDONLY);

	while (read(fd, text, sizeof(text)) > 0)
		;
	close(fd);
}

static void read_sites(void)
{
	read_file("/proc/pv/sites");
}

static void read_ops(void)
{
	read_file("/proc/pv/ops");
}

static void read_stats(void)
{
	read_file("/proc/pv/stats");
}

static void read_verify(void)
{
	read_file("/proc/pv/verify");
}

/* All over, to the level that is in force: nothing else changes. */
static void patch(void)
{
	int fd = open("/proc/pv/patch", O_RDWR), n;

	n = read(fd, text, sizeof(text));
	write(fd, "off", 3);
	write(fd, text, n);
	close(fd);
}

/* Links, and processes that exist, in a path as long as it may be. */
static void walk_path(void)
{
	size_t len = 0;
	int pids[CROWD], i;
	char *p;

	for (i = 0; i < CROWD; i++) {
		pids[i] = fork();
		if (!pids[i])
			for (;;)
				nanosleep(&(struct timespec){ 1000, 0 }, NULL);
	}
	memcpy(text, "/proc", 6);
	for (p = text + 5; p - text < 1000; p += len) {
		memcpy(p, "/self/..", 9);
		len = 8;
	}
	*longest = 0;
	access(text, 0);
	i = open("/proc", O_RDONLY);
	while (getdents64(i, text, sizeof(text)) > 0)
		;
	close(i);
	sched_yield();
	for (i = 0; i < CROWD; i++)
		kill(pids[i], SIGKILL);
	for (i = 0; i < CROWD; i++)
		waitpid(pids[i], NULL, 0);
}

static const struct call calls[] = {
	{ "read_zero", map_large, read_zero },
	{ "write_console", NULL, write_console },
	{ "writev", NULL, write_vectors },
	{ "read_sites", NULL, read_sites },
	{ "read_ops", NULL, read_ops },
	{ "read_stats", NULL, read_stats },
	{ "read_verify", NULL, read_verify },
	{ "patch", NULL, patch },
	{ "walk_path", NULL, walk_path },
	{ "exec_args", NULL, exec_args },
	{ "exec_long_arg", NULL, exec_long },
	{ "mmap_shared", NULL, share_large },
	{ "munmap_large", fill_large, unmap_large },
	{ "munmap_sparse", fill_sparse, unmap_huge },
	{ "mprotect_large", fill_large, protect_large },
	{ "mprotect_sparse", fill_sparse, protect_huge },
	{ "fork_large", fill_large, fork_large },
	{ "areas", map_areas, use_areas },
};

int main(int argc, char **argv)
{
	size_t i, len = argc ? strlen(argv[0]) : 0;
	static char path[256];
	int pid;

	while (len && argv[0][len - 1] != '/')
		len--;
	memcpy(path, argv[0], len);
	memcpy(path + len, "null", 5);
	null_path = path;
	longest = (void *)map_with(PAGE_SIZE, MAP_SHARED);
	nanosleep(&(struct timespec){ 0, 1000000 }, NULL);	/* a new slice */
	pid = fork();
	if (!pid)
		partner();
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		if (calls[i].prepare)
			calls[i].prepare();
		sched_yield();
		*longest = 0;
		calls[i].run();
		sched_yield();
		printf("STALL %s %u\n", calls[i].name, *longest);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 0;
}
