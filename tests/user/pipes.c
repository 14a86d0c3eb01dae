// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pipes: that bytes come out as they went in, whoever has to wait for whom,
 * and what either side sees when the other one is gone.
 */
#include "test.h"

#define BIG		300000
#define WRITERS		8
#define RECORDS		100
#define RECORD_SIZE	48

static int fds[2];
static char buf[8192];

static void ignore_sigpipe(void)
{
	struct sigaction act = { .handler = SIG_IGN };

	EQ(rt_sigaction(SIGPIPE, &act, NULL, 8), 0);
}

static int wait_for(int pid)
{
	int status = -1;

	EQ(waitpid(pid, &status, 0), pid);
	return status;
}

static void close_both(void)
{
	close(fds[0]);
	close(fds[1]);
}

static void test_short(void)
{
	pipe(fds);
	EQ(write(fds[1], "0123456789", 10), 10);
	EQ(read(fds[0], buf, 4), 4);
	EQ(memcmp(buf, "0123", 4), 0);
	EQ(read(fds[0], buf, 100), 6);
	EQ(memcmp(buf, "456789", 6), 0);
	EQ(write(fds[1], buf, 0), 0);
	EQ(read(fds[0], buf, 0), 0);
	close_both();
}

static void test_block(void)
{
	int pid, i;

	pipe(fds);
	pid = fork();
	if (!pid) {
		for (i = 0; i < 3; i++) {
			sleep_ms(5);
			write(fds[1], "a", 1);
		}
		exit(0);
	}
	for (i = 0; i < 3; i++)
		EQ(read(fds[0], buf, 100), 1);
	EQ(wait_for(pid), 0);
	close_both();
}

static void test_end(void)
{
	int pid, other;

	pipe(fds);
	other = dup(fds[1]);
	write(fds[1], "xyz", 3);
	close(fds[1]);
	pid = fork();
	if (!pid) {
		close(fds[0]);
		sleep_ms(10);
		exit(0);
	}
	close(other);
	EQ(read(fds[0], buf, 100), 3);
	EQ(read(fds[0], buf, 100), 0);	/* waits for the child's end */
	EQ(wait_for(pid), 0);
	EQ(read(fds[0], buf, 100), 0);
	close(fds[0]);
}

static void write_to_nobody(void)
{
	close(fds[0]);
	write(fds[1], "x", 1);
}

static void test_epipe(void)
{
	pipe(fds);
	close(fds[0]);
	EQ(in_child(write_to_nobody), SIGPIPE);
	ignore_sigpipe();
	EQ(write(fds[1], "x", 1), -EPIPE);
	EQ(write(fds[1], "", 0), 0);
	close(fds[1]);
}

static void write_endless(void)
{
	close(fds[0]);
	while (write(fds[1], buf, sizeof(buf)) > 0)
		;
	exit(7);
}

static void test_epipe_blocked(void)
{
	struct sigaction act = { .handler = SIG_DFL };
	int ignored, pid;

	for (ignored = 0; ignored < 2; ignored++) {
		pipe(fds);
		pid = fork();
		if (!pid) {
			if (ignored)
				ignore_sigpipe();
			else
				rt_sigaction(SIGPIPE, &act, NULL, 8);
			write_endless();
		}
		close(fds[1]);
		EQ(read(fds[0], buf, 10), 10);
		sleep_ms(5);	/* for it to fill the pipe and block */
		close(fds[0]);
		EQ(wait_for(pid), ignored ? 7 << 8 : SIGPIPE);
	}
}

static char pattern(int i)
{
	return i * 7 + (i >> 8);
}

static void write_big(void)
{
	static char big[BIG];
	int i;

	for (i = 0; i < BIG; i++)
		big[i] = pattern(i);
	EQ(write(fds[1], big, 1), 1);
	EQ(write(fds[1], big + 1, BIG - 1), BIG - 1);
}

static void test_big(void)
{
	static const int sizes[] = { 1, 4095, 4096, 4097, 7, 8192, 100 };
	int pid, n, i, pos = 0, round = 0, bad = 0;

	pipe(fds);
	pid = fork();
	if (!pid) {
		write_big();
		exit(test_failed);
	}
	close(fds[1]);
	while ((n = read(fds[0], buf, sizes[round++ % 7])) > 0) {
		for (i = 0; i < n; i++)
			bad += buf[i] != pattern(pos++);
	}
	EQ(n, 0);
	EQ(pos, BIG);
	EQ(bad, 0);
	EQ(wait_for(pid), 0);
	close(fds[0]);
}

/* Every second writer gives its record in three pieces. */
static void write_records(int who)
{
	char record[RECORD_SIZE];
	struct iovec iov[] = {
		{ record, 7 }, { record + 7, 1 }, { record + 8, sizeof(record) - 8 },
	};
	int i;

	memset(record, 'A' + who, sizeof(record));
	for (i = 0; i < RECORDS; i++)
		EQ(who & 1 ? writev(fds[1], iov, 3) :
		   write(fds[1], record, sizeof(record)), RECORD_SIZE);
	exit(test_failed);
}

/* Records of one byte repeated; how many of each writer there are. */
static void count_records(int *counts)
{
	char record[RECORD_SIZE];
	int i, len, n = 1;

	for (;;) {
		for (len = 0; len < RECORD_SIZE; len += n) {
			n = read(fds[0], record + len, RECORD_SIZE - len);
			if (n <= 0)
				return;
		}
		for (i = 1; i < RECORD_SIZE; i++)
			EQ(record[i], record[0]);
		if (record[0] >= 'A' && record[0] < 'A' + WRITERS)
			counts[record[0] - 'A']++;
	}
}

static void test_writers(void)
{
	int counts[WRITERS] = { 0 }, i, status;

	pipe(fds);
	for (i = 0; i < WRITERS; i++)
		if (!fork())
			write_records(i);
	close(fds[1]);
	count_records(counts);
	for (i = 0; i < WRITERS; i++) {
		CHECK(waitpid(-1, &status, 0) > 0);
		EQ(status, 0);
		EQ(counts[i], RECORDS);
	}
	close(fds[0]);
}

static int bytes_left(void)
{
	int n, total = 0;

	while ((n = read(fds[0], buf, sizeof(buf))) > 0)
		total += n;
	EQ(n, -EAGAIN);
	return total;
}

/* One page at most: all of it or nothing, wherever the ring ends. */
static void test_atomic(void)
{
	char *end = map_memory(PAGE_SIZE) + PAGE_SIZE;
	struct iovec bad[] = { { buf, 50 }, { end - 50, 100 } };
	struct iovec good[] = { { buf, 100 }, { buf, 50 } };
	int i;

	pipe(fds);
	EQ(syscall(221, fds[0], 4, O_NONBLOCK), 0);
	EQ(syscall(221, fds[1], 4, O_NONBLOCK), 0);
	for (i = 0; i < 50; i++) {
		EQ(write(fds[1], end - 50, 100), -EFAULT);
		EQ(writev(fds[1], bad, 2), -EFAULT);
		EQ(read(fds[0], buf, 1), -EAGAIN);
		EQ(writev(fds[1], good, 2), 150);
		EQ(bytes_left(), 150);
	}
	while ((i = write(fds[1], buf, 4096)) == 4096)
		;
	EQ(i, -EAGAIN);
	EQ(read(fds[0], buf, 120), 120);
	EQ(writev(fds[1], good, 2), -EAGAIN);
	EQ(bytes_left() % 4096, 4096 - 120);
	close_both();
}

/* More than a page goes in pieces, but every byte, and in order. */
static void test_vectors(void)
{
	static char big[3 * 8192 + 3];
	struct iovec iov[] = {
		{ big, 8192 }, { big + 8192, 1 }, { NULL, 0 },
		{ big + 8193, 8192 }, { big + 2 * 8192 + 1, 8194 },
	};
	int pid, n, i, at = 0, bad = 0;

	for (i = 0; i < (int)sizeof(big); i++)
		big[i] = pattern(i);
	pipe(fds);
	pid = fork();
	if (!pid) {
		EQ(writev(fds[1], iov, ARRAY_SIZE(iov)), sizeof(big));
		exit(test_failed);
	}
	close(fds[1]);
	while ((n = read(fds[0], buf, 1000)) > 0)
		for (i = 0; i < n; i++)
			bad += buf[i] != pattern(at++);
	EQ(at, sizeof(big));
	EQ(bad, 0);
	EQ(wait_for(pid), 0);
	close(fds[0]);
}

static void test_readers(void)
{
	int results[2], sum = 0, i, n, total = 0;

	pipe(fds);
	pipe(results);
	for (i = 0; i < 4; i++) {
		if (fork())
			continue;
		close(fds[1]);
		while ((n = read(fds[0], buf, 100)) > 0)
			total += n;
		write(results[1], &total, sizeof(total));
		exit(0);
	}
	for (i = 0; i < 100; i++)
		EQ(write(fds[1], buf, 1000), 1000);
	close_both();
	for (i = 0; i < 4; i++) {
		EQ(read(results[0], &n, sizeof(n)), sizeof(n));
		sum += n;
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
	EQ(sum, 100000);
	close(results[0]);
	close(results[1]);
}

/* Each process adds one to what passes through it. */
static void test_chain(void)
{
	int in, first, i, pids[6];
	uint8_t c;

	pipe(fds);
	first = fds[1];
	in = fds[0];
	for (i = 0; i < 6; i++) {
		pipe(fds);
		pids[i] = fork();
		if (!pids[i]) {
			close(first);
			close(fds[0]);
			while (read(in, &c, 1) == 1) {
				c++;
				write(fds[1], &c, 1);
			}
			exit(0);
		}
		close(in);
		close(fds[1]);
		in = fds[0];
	}
	for (i = 0; i < 100; i++) {
		c = i;
		EQ(write(first, &c, 1), 1);
		EQ(read(in, &c, 1), 1);
		EQ(c, i + 6);
	}
	close(first);
	EQ(read(in, &c, 1), 0);
	for (i = 0; i < 6; i++)
		EQ(wait_for(pids[i]), 0);
	close(in);
}

static const struct test tests[] = {
	{ "pipe: a read takes what is there", test_short },
	{ "pipe: a read of an empty pipe waits for a write", test_block },
	{ "pipe: the end of the last writer is the end of file", test_end },
	{ "pipe: a write with no reader left is EPIPE and SIGPIPE",
	  test_epipe },
	{ "pipe: so it is for a write that waits when the reader goes",
	  test_epipe_blocked },
	{ "pipe: 300,000 bytes through reads of all sizes", test_big },
	{ "pipe: records of eight writers do not mix, whole or in vectors",
	  test_writers },
	{ "pipe: a page or less is written whole or not at all",
	  test_atomic },
	{ "pipe: writev of more than a page, every byte in order",
	  test_vectors },
	{ "pipe: four readers get each byte once", test_readers },
	{ "pipe: a chain of six processes", test_chain },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
