// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long one process can keep the CPU from another by calling the kernel,
 * which is not pre-empted: for each kind of long call one line "LONGEST NAME
 * TICKS", in TSC ticks, which are instructions under QEMU -icount shift=0.
 * tests/kernel/bench.c runs it, measures, and tells by /proc/longest.
 */
#include "test.h"

#define MIB		(1u << 20)
#define L2_SPAN		(2 * MIB)
#define LARGE		(32 * MIB)
#define HUGE		(960 * MIB)
#define AREAS		20000
#define CROWD		900
#define ARGS		900
#define ARG_LEN		130

static char text[128 * 1024];
static char *memory;
static const char *null_path;

/* What others waited up to now, since it was last asked for. */
static uint32_t longest(void)
{
	char number[16];
	int fd = open("/proc/longest", O_RDONLY), n;

	sched_yield();
	n = read(fd, number, sizeof(number) - 1);
	close(fd);
	number[n < 0 ? 0 : n] = '\0';
	return atoi(number);
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
}

static void protect_huge(void)
{
	mprotect(memory, HUGE, PROT_NONE);
}

static void share_large(void)
{
	memory = map_with(LARGE, MAP_SHARED);
}

static void fork_and_wait(void)
{
	int pid = fork();

	if (!pid)
		exit(0);
	waitpid(pid, NULL, 0);
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
}

/* Nothing of it shows. */
static void write_console(void)
{
	memset(text, '\r', sizeof(text));
	text[sizeof(text) - 1] = '\n';
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

/* Each vector has the patcher rewrite the kernel. */
static void write_levels(void)
{
	static const struct iovec v[] = {
		{ "off", 3 }, { "inline", 6 }, { "off", 3 }, { "inline", 6 },
	};
	int fd = open("/proc/pv/patch", O_WRONLY);

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

static int pids[CROWD];

static void make_crowd(void (*fn)(void))
{
	int i;

	for (i = 0; i < CROWD; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			fn();
			exit(0);
		}
	}
}

static void end_crowd(void)
{
	int i;

	for (i = 0; i < CROWD; i++)
		kill(pids[i], SIGKILL);
	for (i = 0; i < CROWD; i++)
		waitpid(pids[i], NULL, 0);
}

static void be_asleep(void)
{
	nanosleep(&(struct timespec){ 1000, 0 }, NULL);
}

/* Processes that exist, in a path as long as it may be; and all of them. */
static void make_path(void)
{
	char *p;

	make_crowd(be_asleep);
	memcpy(text, "/proc", 6);
	for (p = text + 5; p - text < 1000; p += 8)
		memcpy(p, "/self/..", 9);
}

static void walk_path(void)
{
	int fd = open(text, O_RDONLY);

	while (getdents64(fd, text, sizeof(text)) > 0)
		;
	close(fd);
}

static int fds[2];

static void be_waiting(void)
{
	char c;

	close(fds[1]);
	read(fds[0], &c, 1);
}

static void make_waiting(void)
{
	pipe(fds);
	make_crowd(be_waiting);
	nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
}

/* All at once. */
static void wake_waiting(void)
{
	close(fds[1]);
	close(fds[0]);
}

static const struct call {
	const char *name;
	void (*prepare)(void);
	void (*run)(void);
	void (*end)(void);
} calls[] = {
	{ "read_zero", map_large, read_zero, unmap_large },
	{ "write_console", NULL, write_console, NULL },
	{ "writev", NULL, write_vectors, NULL },
	{ "writev_patch", NULL, write_levels, NULL },
	{ "read_sites", NULL, read_sites, NULL },
	{ "read_ops", NULL, read_ops, NULL },
	{ "read_stats", NULL, read_stats, NULL },
	{ "read_verify", NULL, read_verify, NULL },
	{ "walk_path", make_path, walk_path, end_crowd },
	/* All of the crowd runs before others do: for interrupts alone. */
	{ NULL, make_waiting, wake_waiting, end_crowd },
	{ "exec_args", NULL, exec_args, NULL },
	{ "exec_long_arg", NULL, exec_long, NULL },
	{ "mmap_shared", NULL, share_large, unmap_large },
	{ "munmap_large", fill_large, unmap_large, NULL },
	{ "munmap_sparse", fill_sparse, unmap_huge, NULL },
	{ "mprotect_large", fill_large, protect_large, unmap_large },
	{ "mprotect_sparse", fill_sparse, protect_huge, unmap_huge },
	{ "fork_large", fill_large, fork_and_wait, unmap_large },
	{ "many_areas", map_areas, use_areas, NULL },
};

int main(int argc, char **argv)
{
	const struct call *c;
	uint32_t waited;

	(void)argc;
	null_path = beside(argv[0], "null");
	for (c = calls; c < calls + ARRAY_SIZE(calls); c++) {
		if (c->prepare)
			c->prepare();
		longest();
		c->run();
		waited = longest();
		if (c->end)
			c->end();
		if (c->name)
			printf("LONGEST %s %u\n", c->name, waited);
	}
	return 0;
}
