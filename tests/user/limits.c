// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What programs are told of themselves and the machine, and calls that are
 * others with more arguments.
 */
#include "test.h"

#define AT_EMPTY_PATH	0x1000
#define NOFILE		7

static void test_ids(void)
{
	static const int gets[] = { 24, 47, 49, 50, 199, 200, 201, 202 };
	static const int sets[] = { 23, 46, 213, 214 };
	int id[3] = { 9, 9, 9 };

	if (syscall(199)) {
		skip("not root");
		return;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(gets); i++)
		EQ(syscall(gets[i]), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(sets); i++)
		EQ(syscall(sets[i], 0), 0);
	EQ(syscall(208, -1, 0, -1), 0);
	EQ(syscall(203, -1, -1), 0);
	EQ(syscall(209, id, id + 1, id + 2), 0);
	EQ(id[0] | id[1] | id[2], 0);
	if (on_pv86())
		EQ(syscall(213, 1000), -EINVAL);
	EQ(syscall(206, 0, NULL), 0);
	EQ(syscall(205, 0, NULL), 0);
}

static void test_umask(void)
{
	int old = syscall(60, 027);

	EQ(syscall(60, 07000), 027);
	EQ(syscall(60, old), 0);
}

static void test_limits(void)
{
	uint64_t wide[2];
	uint32_t narrow[2];

	EQ(syscall(340, 0, NOFILE, NULL, wide), 0);
	EQ(syscall(191, NOFILE, narrow), 0);
	EQ(narrow[0], wide[0]);
	EQ(narrow[1], wide[1]);
	EQ(syscall(340, getpid(), NOFILE, wide, NULL), 0);
	EQ(syscall(191, 99, narrow), -EINVAL);
	EQ(syscall(340, 0, NOFILE, NULL, KERNEL_ADDRESS), -EFAULT);
	if (!on_pv86())
		return;
	EQ(narrow[0], 32);
	wide[0]--;
	EQ(syscall(340, 0, NOFILE, wide, NULL), -EPERM);
}

static void test_sysinfo(void)
{
	struct {
		uint32_t uptime, loads[3], total, free, rest[4];
		uint16_t procs, pad;
		uint32_t high[2], unit;
		char pad2[8];
	} info = { 0 };
	uint32_t mask[32] = { 0 };

	EQ(syscall(116, &info), 0);
	CHECK(info.total > info.free && info.free > 0 && info.procs > 0);
	CHECK(info.unit > 0);
	CHECK(syscall(242, 0, sizeof(mask), mask) >= 4);
	CHECK(mask[0] | mask[1]);
	EQ(syscall(242, 0, 3, mask), -EINVAL);
}

static void test_random(void)
{
	unsigned char a[64] = { 0 }, b[64] = { 0 };
	int seen = 0;

	EQ(syscall(355, a, sizeof(a), 0), sizeof(a));
	EQ(syscall(355, b, 63, 1), 63);
	CHECK(memcmp(a, b, 63));
	EQ(b[63], 0);
	for (int i = 0; i < 64; i++)
		seen += a[i] != a[0];
	CHECK(seen > 32);
	EQ(syscall(355, a, 1, 64), -EINVAL);
	EQ(syscall(355, KERNEL_ADDRESS, 1, 0), -EFAULT);
}

static void test_descriptors(void)
{
	char c = 0, d = 0;
	struct iovec v[2] = { { &c, 1 }, { &d, 1 } };
	int fds[2];

	EQ(syscall(331, fds, O_CLOEXEC | O_NONBLOCK), 0);
	EQ(syscall(221, fds[0], 1, 0), 1);		/* F_GETFD */
	EQ(read(fds[0], &c, 1), -EAGAIN);
	EQ(write(fds[1], "xy", 2), 2);
	EQ(syscall(145, fds[0], v, 2), 2);
	EQ(c, 'x');
	EQ(d, 'y');
	EQ(syscall(145, fds[1], v, 2), -EBADF);
	EQ(syscall(180, fds[0], &c, 1, 0, 0), -ESPIPE);
	EQ(syscall(330, fds[0], fds[1], O_CLOEXEC), fds[1]);
	EQ(syscall(221, fds[1], 1, 0), 1);
	EQ(syscall(330, fds[0], fds[1], 0), fds[1]);
	EQ(syscall(221, fds[1], 1, 0), 0);
	EQ(syscall(330, fds[0], fds[0], 0), -EINVAL);
	EQ(syscall(330, fds[0], fds[1], O_APPEND), -EINVAL);
	EQ(syscall(331, fds, O_APPEND), -EINVAL);
	close(fds[0]);
	close(fds[1]);
}

static const char *self;

static void test_positions(void)
{
	int fd = open(self, O_RDONLY), file = -1;
	char magic[4], later[4];
	uint32_t stx[64] = { 0 };
	struct stat64 st;

	EQ(read(fd, magic, 4), 4);
	EQ(syscall(180, fd, later, 4, 1, 0), 4);
	EQ(memcmp(later, magic + 1, 3), 0);
	EQ(lseek(fd, 0, SEEK_CUR), 4);
	EQ(syscall(180, fd, later, 4, 0, 1), 0);
	EQ(syscall(180, fd, later, 4, 0, -1), -EINVAL);
	EQ(syscall(181, fd, later, 4, 0, 0), -EBADF);
	EQ(syscall(118, fd), 0);
	EQ(syscall(118, -1), -EBADF);
	EQ(fstat64(fd, &st), 0);
	EQ(syscall(383, fd, "", AT_EMPTY_PATH, 0x7ff, stx), 0);
	EQ(stx[4], st.st_nlink);
	EQ(stx[7] & 0xffff, st.st_mode);
	EQ(stx[10], st.st_size);
	EQ(syscall(300, fd, "", &st, AT_EMPTY_PATH), 0);
	EQ(st.st_size, stx[10]);
	EQ(syscall(300, fd, "", &st, 0), -ENOENT);
	EQ(syscall(439, -100, self, 1, 0), 0);
	file = syscall(295, fd, "x", O_RDONLY);
	EQ(file, -ENOTDIR);
	close(fd);
}

static void test_advice(void)
{
	char *p = map_memory(2 * PAGE_SIZE);
	int ret;

	p[0] = p[PAGE_SIZE] = 1;
	EQ(syscall(219, p, PAGE_SIZE, 3), 0);
	ret = syscall(219, p, PAGE_SIZE, 4);
	EQ(ret, on_pv86() ? -EINVAL : 0);
	EQ(p[0], ret < 0);
	EQ(p[PAGE_SIZE], 1);
}

static void new_session(void)
{
	EQ(syscall(66), getpid());
	EQ(syscall(147, 0), getpid());
	EQ(syscall(65), getpid());
	EQ(syscall(66), -EPERM);
	EQ(syscall(57, 0, 0), -EPERM);
	EQ(syscall(57, 0, syscall(132, getppid())), -EPERM);
}

static void test_session(void)
{
	int session = syscall(147, 0);

	EQ(in_child(new_session), 0);
	EQ(syscall(147, 0), session);
	EQ(syscall(147, 32768 * 1000), -ESRCH);
}

static void test_tgkill(void)
{
	int pid = fork(), status = -1;

	if (!pid) {
		sleep_ms(100000);
		exit(1);
	}
	EQ(syscall(270, getpid(), pid, SIGKILL), -ESRCH);
	EQ(syscall(270, pid, pid, 65), -EINVAL);
	EQ(syscall(238, -1, SIGKILL), -EINVAL);
	EQ(syscall(238, pid, 0), 0);
	EQ(syscall(270, pid, pid, SIGKILL), 0);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, SIGKILL);
}

int main(int argc, char *argv[])
{
	static const struct test tests[] = {
		{ "ids: root, and nobody else", test_ids },
		{ "umask: the old one, of nine bits", test_umask },
		{ "limits: are what they are", test_limits },
		{ "sysinfo, affinity: memory and a CPU", test_sysinfo },
		{ "getrandom: other bytes at each call", test_random },
		{ "pipe2, dup3, readv: flags and vectors", test_descriptors },
		{ "pread64, statx: as read and fstat64", test_positions },
		{ "madvise: zeros only where that is promised", test_advice },
		{ "setsid: once, and no group of others then", test_session },
		{ "tgkill, tkill: one process", test_tgkill },
	};

	self = argv[0];
	return run_tests(tests, ARRAY_SIZE(tests));
}
