/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the user-mode tests share.  A test program is a table of properties,
 * each with a function that shows it; run_tests() prints the results as an
 * indented KTAP version 1 block.  Inside a function, EQ and CHECK record a
 * failure and go on.  All of it runs on Linux too, which is how we know that
 * the tests ask for what Linux does; what only pv86 does asks on_pv86().
 */
#ifndef USER_TEST_H
#define USER_TEST_H

#include "lib.h"

#define KERNEL_ADDRESS	((void *)0xc0100000u)

/* Called from everywhere; a copy at each call would make programs large. */
#define HELPER	static __attribute__((noinline, unused))

struct test {
	const char *name;	/* the property */
	void (*run)(void);
};

static int test_failed;
static const char *test_skipped;

HELPER void check_eq(long got, long want, const char *what, int line)
{
	if (got == want)
		return;
	printf("    # line %d: %s is %ld, should be %ld\n", line, what, got,
	       want);
	test_failed = 1;
}

#define EQ(got, want) \
	check_eq((long)(got), (long)(want), #got, __LINE__)
#define CHECK(condition) \
	check_eq(!!(condition), 1, #condition, __LINE__)

/* The test ends with this; what it checked until then still counts. */
static inline void skip(const char *reason)
{
	test_skipped = reason;
}

HELPER int run_tests(const struct test *tests, int count)
{
	int i, failures = 0;

	printf("    KTAP version 1\n");
	printf("    1..%d\n", count);
	for (i = 0; i < count; i++) {
		test_failed = 0;
		test_skipped = NULL;
		tests[i].run();
		failures += test_failed;
		printf("    %sok %d %s%s%s\n", test_failed ? "not " : "",
		       i + 1, tests[i].name, test_skipped ? " # SKIP " : "",
		       test_skipped ? test_skipped : "");
	}
	return failures != 0;
}

HELPER int on_pv86(void)
{
	struct utsname uts;

	return !uname(&uts) && !strcmp(uts.sysname, "pv86");
}

/*
 * Runs fn in a child; returns its wait status, which is 0 if it returned and
 * no check failed in it.
 */
HELPER int in_child(void (*fn)(void))
{
	int status = -1, pid = fork();

	if (!pid) {
		test_failed = 0;
		fn();
		exit(test_failed);
	}
	EQ(waitpid(pid, &status, 0), pid);
	return status & ~0x80;		/* there is no core to dump */
}

/* len bytes of new memory; the page after it is certainly not mapped. */
HELPER char *map_memory(size_t len)
{
	char *p = mmap2(NULL, len + PAGE_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(p + len, PAGE_SIZE);
	return p;
}

static inline int is_error(const void *p)
{
	return (uintptr_t)p >= -4095u;
}

HELPER void sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

/* What a file of /proc takes or says. A file that is not there is empty. */
HELPER int write_text(const char *path, const char *what)
{
	int fd = open(path, O_WRONLY), ret;

	if (fd < 0)
		return fd;
	ret = write(fd, what, strlen(what));
	close(fd);
	return ret < 0 ? ret : 0;
}

HELPER void read_text(const char *path, char *text, int size)
{
	int fd = open(path, O_RDONLY), len = 0, n;

	while ((n = read(fd, text + len, size - 1 - len)) > 0)
		len += n;
	text[len] = '\0';
	close(fd);
}

/* A child that sends back, one by one, the bytes that it is sent. */
HELPER void echo_child(int to[2], int from[2])
{
	char byte;

	pipe(to);
	pipe(from);
	if (fork())
		return;
	close(to[1]);
	while (read(to[0], &byte, 1) == 1)
		write(from[1], &byte, 1);
	exit(0);
}

/* Another file in the directory of this program. */
HELPER const char *beside(const char *argv0, const char *name)
{
	static char path[256];
	size_t len = strlen(argv0), name_len = strlen(name) + 1;

	while (len && argv0[len - 1] != '/')
		len--;
	if (len + name_len > sizeof(path))
		exit(complain(argv0, "path", ENAMETOOLONG));
	memcpy(path, argv0, len);
	memcpy(path + len, name, name_len);
	return path;
}

#endif
