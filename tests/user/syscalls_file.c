// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System calls on files, asked properly: what they do and return.  The files
 * are those that both pv86 and Linux have: this program, /dev/null and
 * /dev/zero; nothing is created.  Wrong questions are in syscalls_bad.c.
 */
#include "test.h"

#define DT_UNKNOWN	0
#define DT_CHR		2
#define DT_LNK		10

static const char *self;

static void test_open(void)
{
	int a = open("/dev/null", O_RDWR), b = open("/dev/null", O_RDONLY);

	CHECK(a > 2);
	EQ(b, a + 1);
	EQ(close(a), 0);
	EQ(open("/dev/zero", O_RDONLY), a);
	EQ(close(a), 0);
	EQ(close(b), 0);
	EQ(close(b), -EBADF);
}

static void test_read(void)
{
	int fd = open(self, O_RDONLY), i;
	uint8_t a[64], b[64];

	EQ(read(fd, a, 64), 64);
	EQ(memcmp(a, "\177ELF", 4), 0);
	EQ(lseek(fd, 0, SEEK_SET), 0);
	for (i = 0; i < 64; i++)
		EQ(read(fd, b + i, 1), 1);
	EQ(memcmp(a, b, 64), 0);
	EQ(read(fd, b, 0), 0);
	close(fd);
}

static void test_end(void)
{
	int fd = open(self, O_RDONLY), size = lseek(fd, 0, SEEK_END);
	char buf[16];

	CHECK(size > 1000);
	EQ(read(fd, buf, 16), 0);
	EQ(lseek(fd, -4, SEEK_CUR), size - 4);
	EQ(read(fd, buf, 16), 4);
	EQ(lseek(fd, 10, SEEK_END), size + 10);
	EQ(read(fd, buf, 16), 0);
	EQ(lseek(fd, -size, SEEK_END), 0);
	EQ(read(fd, buf, 1), 1);
	EQ(buf[0], 127);
	close(fd);
}

/* Positions that do not fit are refused, and the file stays where it is. */
static void test_far(void)
{
	int fd = open(self, O_RDONLY), size = lseek(fd, 0, SEEK_END);
	int64_t at = 99;

	EQ(lseek(fd, INT32_MAX, SEEK_SET), INT32_MAX);
	EQ(lseek(fd, INT32_MIN, SEEK_CUR), -EINVAL);
	EQ(lseek(fd, 0, SEEK_CUR), INT32_MAX);
	EQ(syscall(140, fd, INT32_MAX, -1, &at, SEEK_CUR), -EINVAL);
	EQ(syscall(140, fd, INT32_MAX, -1, &at, SEEK_END), -EINVAL);
	EQ(syscall(140, fd, INT32_MIN, 0, &at, SEEK_CUR), -EINVAL);
	EQ(syscall(140, fd, INT32_MIN, 0, &at, SEEK_END), -EINVAL);
	EQ(syscall(140, fd, -1, -size - 1, &at, SEEK_END), -EINVAL);
	EQ(at, 99);
	EQ(read(fd, &at, 1), 0);
	EQ(syscall(140, fd, -1, -INT32_MAX, &at, SEEK_CUR), 0);
	EQ(at, 0);
	EQ(syscall(140, fd, -1, -size, &at, SEEK_END), 0);
	EQ(read(fd, &at, 1), 1);
	close(fd);
}

static int getfl(int fd)
{
	return syscall(221, fd, 3, 0);
}

/* Flags that mean something are told again, no others. */
static void test_flags(void)
{
	static const unsigned int unknown[] = {
		O_CLOEXEC, 0400, 040000000, 0x08000000, 0x40000000,
		0x80000000,
	};
	const int known = O_RDWR | O_APPEND | O_NONBLOCK | 0100000 | 0400000;
	int fd = open("/dev/null", known), fds[2];
	size_t i;

	EQ(getfl(fd), known);
	EQ(syscall(221, fd, 4, 0), 0);
	EQ(getfl(fd), O_RDWR | 0100000 | 0400000);
	EQ(syscall(221, fd, 4, O_APPEND | O_WRONLY | O_CREAT), 0);
	EQ(getfl(fd), O_RDWR | O_APPEND | 0100000 | 0400000);
	close(fd);
	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		fd = open("/dev/null", O_WRONLY | unknown[i]);
		EQ(getfl(fd), O_WRONLY);
		close(fd);
	}
	pipe(fds);
	EQ(getfl(fds[0]), O_RDONLY);
	EQ(getfl(fds[1]), O_WRONLY);
	close(fds[0]);
	close(fds[1]);
}

static void test_devices(void)
{
	int null = open("/dev/null", O_RDWR);
	int zero = open("/dev/zero", O_RDWR);
	char buf[100];
	int i;

	memset(buf, 'x', sizeof(buf));
	EQ(write(null, buf, 100), 100);
	EQ(read(null, buf, 100), 0);
	EQ(buf[0], 'x');
	EQ(write(zero, buf, 100), 100);
	EQ(read(zero, buf, 99), 99);
	for (i = 0; i < 99; i++)
		EQ(buf[i], 0);
	EQ(buf[99], 'x');
	EQ(write_text("/dev/full", "x"), -ENOSPC);
	close(null);
	close(zero);
}

static void test_writev(void)
{
	struct iovec iov[] = {
		{ (char *)"one", 3 }, { NULL, 0 }, { (char *)"three", 5 },
	};
	char buf[16];
	int fds[2];

	pipe(fds);
	EQ(writev(fds[1], iov, 3), 8);
	EQ(writev(fds[1], iov, 0), 0);
	EQ(read(fds[0], buf, 16), 8);
	EQ(memcmp(buf, "onethree", 8), 0);
	close(fds[0]);
	close(fds[1]);
}

static void test_dup(void)
{
	int fd = open(self, O_RDONLY), other = dup(fd);
	char c;

	CHECK(other > fd);
	EQ(read(fd, &c, 1), 1);
	EQ(lseek(other, 0, SEEK_CUR), 1);
	EQ(close(fd), 0);
	EQ(read(other, &c, 1), 1);
	EQ(c, 'E');
	EQ(dup(other), fd);
	EQ(dup2(other, 25), 25);
	EQ(dup2(25, 25), 25);
	EQ(dup2(25, other), other);
	EQ(lseek(25, 0, SEEK_CUR), 2);
	EQ(close(25), 0);
	EQ(close(other), 0);
	EQ(close(fd), 0);
}

static void test_separate(void)
{
	int a = open(self, O_RDONLY), b = open(self, O_RDONLY);

	EQ(lseek(a, 7, SEEK_SET), 7);
	EQ(lseek(b, 0, SEEK_CUR), 0);
	close(a);
	close(b);
}

static void test_stat(void)
{
	struct stat64 st, same, null, dir;
	int fd = open(self, O_RDONLY), fds[2];

	EQ(stat64(self, &st), 0);
	EQ(st.st_mode & S_IFMT, S_IFREG);
	CHECK(st.st_mode & 0100);
	CHECK(st.st_nlink >= 1);
	EQ(st.st_size, lseek(fd, 0, SEEK_END));
	EQ(fstat64(fd, &same), 0);
	EQ(same.st_ino, st.st_ino);
	EQ(same.st_size, st.st_size);
	EQ(lstat64(self, &same), 0);
	EQ(same.st_ino, st.st_ino);
	EQ(stat64("/dev/null", &null), 0);
	EQ(null.st_mode & S_IFMT, S_IFCHR);
	EQ(null.st_rdev, 0x103);
	EQ(stat64("/dev/../dev/.", &dir), 0);
	EQ(dir.st_mode & S_IFMT, S_IFDIR);
	EQ(stat64("//dev///", &same), 0);
	EQ(dir.st_ino, same.st_ino);
	CHECK(dir.st_ino != null.st_ino);
	pipe(fds);
	EQ(fstat64(fds[0], &st), 0);
	EQ(st.st_mode & S_IFMT, S_IFIFO);
	close(fds[0]);
	close(fds[1]);
	close(fd);
}

/* How often name is there; -1 when something is wrong with an entry. */
static int find_entry(int fd, const char *name, size_t buf_size)
{
	static char buf[4096];
	struct dirent64 *d;
	int n, pos, found = 0;

	while ((n = getdents64(fd, buf, buf_size)) > 0) {
		for (pos = 0; pos < n; pos += d->d_reclen) {
			d = (struct dirent64 *)(buf + pos);
			if (d->d_reclen < 20 || pos + d->d_reclen > n)
				return -1;
			if (strcmp(d->d_name, name))
				continue;
			found++;
			if (d->d_type != DT_CHR && d->d_type != DT_LNK &&
			    d->d_type != DT_UNKNOWN)
				return -1;
		}
	}
	return n < 0 ? n : found;
}

static void test_getdents(void)
{
	int fd = open("/dev", O_RDONLY | O_DIRECTORY);

	EQ(find_entry(fd, "null", 4096), 1);
	EQ(find_entry(fd, "null", 4096), 0);
	EQ(lseek(fd, 0, SEEK_SET), 0);
	EQ(find_entry(fd, "zero", 300), 1);
	EQ(lseek(fd, 0, SEEK_SET), 0);
	EQ(find_entry(fd, "nosuch", 300), 0);
	close(fd);
	fd = open("/proc/self", O_RDONLY | O_DIRECTORY);
	EQ(find_entry(fd, "exe", 300), 1);
	EQ(find_entry(fd, "exe", 300), 0);
	close(fd);
}

/* A running program by the link in /proc: its own file, by its own name. */
static void test_exe(void)
{
	struct stat64 a, b;
	char buf[256];
	int n = readlink("/proc/self/exe", buf, sizeof(buf) - 1);

	CHECK(n > 0);
	buf[n > 0 ? n : 0] = '\0';
	EQ(stat64(buf, &a), 0);
	EQ(stat64("/proc/self/exe", &b), 0);
	EQ(a.st_ino, b.st_ino);
	EQ(stat64(self, &b), 0);
	EQ(a.st_ino, b.st_ino);
}

static void test_cmdline(void)
{
	char text[256];

	read_text("/proc/self/cmdline", text, sizeof(text));
	EQ(strcmp(text, self), 0);
}

static void test_access(void)
{
	EQ(access(self, 0), 0);
	EQ(access(self, 1), 0);
	EQ(access(self, 4), 0);
	EQ(access("/dev", 0), 0);
	EQ(access("/dev/null", 2), 0);
}

static void test_cwd(void)
{
	char buf[64];
	int fd;

	EQ(chdir("/dev"), 0);
	EQ(getcwd(buf, sizeof(buf)), 5);
	EQ(strcmp(buf, "/dev"), 0);
	EQ(getcwd(buf, 4), -ERANGE);
	fd = open("null", O_RDONLY);
	CHECK(fd > 2);
	EQ(close(fd), 0);
	EQ(open("dev/null", O_RDONLY), -ENOENT);
	EQ(access("../dev/./null", 0), 0);
	EQ(chdir(".."), 0);
	EQ(getcwd(buf, sizeof(buf)), 2);
	EQ(strcmp(buf, "/"), 0);
	EQ(chdir("../.."), 0);
	EQ(getcwd(buf, sizeof(buf)), 2);
}

static void test_ioctl(void)
{
	int fd = open(on_pv86() ? "/dev/console" : "/dev/ptmx", O_RDWR);
	struct termios tio = { .c_line = 99 };
	struct winsize size = { .ws_xpixel = 9999 };

	if (fd < 0) {
		skip("no terminal to open");
		return;
	}
	EQ(ioctl(fd, TCGETS, &tio), 0);
	CHECK(tio.c_line != 99);
	CHECK(tio.c_lflag & 010);	/* ECHO */
	EQ(ioctl(fd, TIOCGWINSZ, &size), 0);
	CHECK(size.ws_xpixel != 9999);
	close(fd);
}

static void test_full(void)
{
	int first = open("/dev/null", O_RDONLY), fd = first, last = first;
	int fds[2];

	while (fd >= 0 && fd < 4096) {
		last = fd;
		fd = dup(first);
	}
	if (fd >= 0 && !on_pv86()) {
		skip("more descriptors are allowed here");
		last = fd;
	} else {
		EQ(fd, -EMFILE);
		if (on_pv86())
			EQ(last, 31);
		EQ(open("/dev/null", O_RDONLY), -EMFILE);
		EQ(pipe(fds), -EMFILE);
		EQ(close(last--), 0);
		EQ(pipe(fds), -EMFILE);
	}
	while (last >= first)
		close(last--);
	EQ(open("/dev/null", O_RDONLY), first);
	close(first);
}

/* tests/link is a symbolic link to tests/null. */
static void test_link(void)
{
	const char *path = beside(self, "link");
	struct stat64 st;
	char buf[16];
	int fd;

	if (lstat64(path, &st) < 0) {
		skip("there is no link beside this program");
		return;
	}
	EQ(st.st_mode & S_IFMT, S_IFLNK);
	EQ(st.st_size, 4);
	EQ(stat64(path, &st), 0);
	EQ(st.st_mode & S_IFMT, S_IFREG);
	EQ(readlink(path, buf, sizeof(buf)), 4);
	EQ(memcmp(buf, "null", 4), 0);
	EQ(readlink(path, buf, 2), 2);
	EQ(readlink(path, KERNEL_ADDRESS, 4), -EFAULT);
	fd = open(path, O_RDONLY);
	EQ(read(fd, buf, 4), 4);
	EQ(memcmp(buf, "\177ELF", 4), 0);
	close(fd);
}

static void test_path(void)
{
	static char path[4097];
	int most = on_pv86() ? 1023 : 4095;

	memset(path, '/', most + 1);
	EQ(access(path, 0), -ENAMETOOLONG);
	path[most] = '\0';
	EQ(access(path, 0), 0);
}

static const struct test tests[] = {
	{ "open and close: the lowest free descriptor", test_open },
	{ "read: a file's bytes, in order", test_read },
	{ "lseek and read: at and behind the end of a file", test_end },
	{ "lseek and _llseek: no position beyond what there can be", test_far },
	{ "F_GETFL: the flags that were asked for and mean something",
	  test_flags },
	{ "/dev/null, /dev/zero and /dev/full", test_devices },
	{ "writev: the pieces in order, empty ones too", test_writev },
	{ "dup and dup2: one file position, until the last close", test_dup },
	{ "open: a file position of its own", test_separate },
	{ "stat64, lstat64, fstat64: type, size, inode, device", test_stat },
	{ "getdents64: every entry once, from the start again after lseek",
	  test_getdents },
	{ "/proc/self/exe: the file that runs", test_exe },
	{ "/proc/self/cmdline: the arguments", test_cmdline },
	{ "access: what is there", test_access },
	{ "chdir and getcwd: relative paths, dot and dot-dot", test_cwd },
	{ "ioctl: TCGETS and TIOCGWINSZ of a terminal", test_ioctl },
	{ "access: a path may be long, but not longer", test_path },
	{ "open and pipe: EMFILE when no descriptor is left", test_full },
	{ "a symbolic link: followed, and readlink tells where to",
	  test_link },
};

int main(int argc, char **argv)
{
	(void)argc;
	self = argv[0];
	return run_tests(tests, ARRAY_SIZE(tests));
}
