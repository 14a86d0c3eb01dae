// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the everyday system calls cost: for each metric one line
 * "BENCH NAME MIN MEAN" on fd 1, in TSC ticks for one operation.  Under
 * QEMU -icount shift=0 a tick is an instruction, so the figures are exact;
 * the program is an ordinary static i386 one and runs on any Linux too, which
 * is what the figures are compared with.  Where /proc/pv/stats counts
 * hypercalls, "HYPERCALLS NAME MEAN" tells how many an operation takes.
 */
#include "lib.h"

#define WARM_UP		20
#define PAGES		256
#define GETPIDS		1000
#define YIELDS		10

struct metric {
	const char *name;
	void (*start)(void);
	uint32_t (*once)(void);		/* ticks for "per" operations */
	void (*stop)(void);
	uint32_t rounds, per;
};

static char null_path[256];
static int to_partner[2], from_partner[2], partner;
static volatile char *page;

static uint64_t ticks(void)
{
	uint64_t now;

	asm volatile("rdtsc" : "=A" (now) : : "memory");
	return now;
}

/* System calls without the detour through the library's stubs. */
static inline long call(long nr, long a, long b, long c)
{
	asm volatile("int $0x80"
		     : "+a" (nr) : "b" (a), "c" (b), "d" (c) : "memory");
	return nr;
}

static uint32_t getpid_once(void)
{
	uint32_t count = GETPIDS;
	uint64_t begin = ticks();

	asm volatile("1:\n\t"
		     "movl $20, %%eax\n\t"
		     "int $0x80\n\t"
		     "decl %0\n\t"
		     "jnz 1b"
		     : "+c" (count) : : "eax", "memory", "cc");
	return ticks() - begin;
}

static uint32_t fork_once(void)
{
	uint64_t begin = ticks();
	int pid = fork();

	if (!pid)
		exit(0);
	waitpid(pid, NULL, 0);
	return ticks() - begin;
}

static uint32_t exec_once(void)
{
	char *argv[] = { null_path, NULL };
	uint64_t begin = ticks();
	int pid = fork();

	if (!pid) {
		execve(null_path, argv, argv + 1);
		complain("bench", null_path, ENOENT);
		exit(1);
	}
	waitpid(pid, NULL, 0);
	return ticks() - begin;
}

static void pipe_start(void)
{
	char c;

	pipe(to_partner);
	pipe(from_partner);
	partner = fork();
	if (partner)
		return;
	close(to_partner[1]);
	while (call(3, to_partner[0], (long)&c, 1) == 1)
		call(4, from_partner[1], (long)&c, 1);
	exit(0);
}

static uint32_t pipe_once(void)
{
	uint64_t begin;
	char c = 'x';

	begin = ticks();
	call(4, to_partner[1], (long)&c, 1);
	call(3, from_partner[0], (long)&c, 1);
	return ticks() - begin;
}

static void pipe_stop(void)
{
	close(to_partner[0]);
	close(to_partner[1]);
	close(from_partner[0]);
	close(from_partner[1]);
	waitpid(partner, NULL, 0);
}

static void yield_start(void)
{
	partner = fork();
	while (!partner)
		call(158, 0, 0, 0);
}

static uint32_t yield_once(void)
{
	uint64_t begin = ticks();
	int i;

	for (i = 0; i < YIELDS; i++)
		call(158, 0, 0, 0);
	return ticks() - begin;
}

static void yield_stop(void)
{
	kill(partner, SIGKILL);
	waitpid(partner, NULL, 0);
}

static volatile char *map(size_t pages)
{
	return mmap2(NULL, pages * PAGE_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static uint32_t map_once(void)
{
	uint64_t begin = ticks();

	munmap((void *)map(PAGES), PAGES * PAGE_SIZE);
	return ticks() - begin;
}

static uint32_t touch_once(void)
{
	uint64_t begin = ticks();
	volatile char *p = map(PAGES);
	int i;

	for (i = 0; i < PAGES; i++)
		p[i * PAGE_SIZE] = 1;
	munmap((void *)p, PAGES * PAGE_SIZE);
	return ticks() - begin;
}

static void fault_start(void)
{
	page = map(PAGES);
}

static uint32_t fault_once(void)
{
	uint64_t begin = ticks();

	*page = 1;
	begin = ticks() - begin;
	page += PAGE_SIZE;
	return begin;
}

static const struct metric metrics[] = {
	{ "getpid", NULL, getpid_once, NULL, 50, GETPIDS },
	{ "fork_exit_wait", NULL, fork_once, NULL, 100, 1 },
	{ "fork_exec_exit_wait", NULL, exec_once, NULL, 100, 1 },
	{ "pipe_roundtrip", pipe_start, pipe_once, pipe_stop, 200, 1 },
	{ "mmap_touch_munmap_256", NULL, touch_once, NULL, 50, 1 },
	{ "mmap_munmap", NULL, map_once, NULL, 200, 1 },
	{ "page_fault", fault_start, fault_once, NULL, 200, 1 },
	{ "context_switch", yield_start, yield_once, yield_stop, 100,
	  2 * YIELDS },
};

/* Hypercalls so far; 0: nobody counts any. */
static uint32_t hypercalls(void)
{
	static const char name[] = "\nhypercalls ";
	static char text[2048];
	int fd = open("/proc/pv/stats", O_RDONLY), n, len = 0;
	char *line;

	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	close(fd);
	text[len] = '\0';
	line = strstr(text, name);
	return line ? atoi(line + sizeof(name) - 1) : 0;
}

static uint32_t rounded(uint64_t n, uint32_t d)
{
	return div64(n + d / 2, d);
}

static void report_hypercalls(const struct metric *m, uint32_t count)
{
	uint32_t mean = rounded(count * 100ull, m->per * m->rounds);

	printf(mean % 100 ? "HYPERCALLS %s %u.%02u\n" : "HYPERCALLS %s %u\n",
	       m->name, mean / 100, mean % 100);
}

static void measure(const struct metric *m)
{
	uint32_t min = UINT32_MAX, reading, before = 0, after = 0, i, t;
	uint64_t sum = 0;

	if (m->start)
		m->start();
	for (i = 0; i < WARM_UP; i++)
		m->once();
	reading = hypercalls();
	if (reading) {
		before = hypercalls();
		reading = before - reading;	/* what it takes itself */
	}
	for (i = 0; i < m->rounds; i++) {
		t = m->once();
		sum += t;
		if (t < min)
			min = t;
	}
	if (before)
		after = hypercalls();
	if (m->stop)
		m->stop();
	printf("BENCH %s %u %u\n", m->name, rounded(min, m->per),
	       rounded(sum, m->per * m->rounds));
	if (before)
		report_hypercalls(m, after - before - reading);
}

int main(int argc, char **argv)
{
	size_t i, len = argc ? strlen(argv[0]) : 0;

	while (len && argv[0][len - 1] != '/')
		len--;
	if (len > sizeof(null_path) - 5)
		return complain("bench", argv[0], ENAMETOOLONG);
	memcpy(null_path, argv[0], len);
	memcpy(null_path + len, "null", 5);
	for (i = 0; i < ARRAY_SIZE(metrics); i++)
		measure(&metrics[i]);
	return 0;
}
