// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a program may ask in vain: every system call with every pointer wrong
 * in turn, with descriptors that are none, with unknown numbers and with
 * arguments that make no sense.  All of it is tables; the expected answers
 * are Linux's.  What the calls do when asked properly is in syscalls_file.c
 * and syscalls_misc.c.
 */
#include "test.h"

/* Arguments that are known only at run time: */
enum {
	BAD = 0x5a5a0000,	/* the wrong one */
	ZERO, NOTHING, FILE, DIR, PIPE_IN, PIPE_OUT, TTY, SELF_PATH, SELF_PID,
	BUF, MAPPED, HOLE, LONG_PATH, NO_MORE
};

struct call {
	short nr;
	short want;		/* error number */
	long arg[6];
};

static const char *self;
static long values[NO_MORE - BAD];

static char *page_end;		/* after the last byte of a mapping */
static char buf[512], long_path[5000];

static long resolve(long arg)
{
	return arg >= BAD && arg < NO_MORE ? values[arg - BAD] : arg;
}

static long make(const struct call *c)
{
	return syscall(c->nr, resolve(c->arg[0]), resolve(c->arg[1]),
		       resolve(c->arg[2]), resolve(c->arg[3]),
		       resolve(c->arg[4]), resolve(c->arg[5]));
}

/* Wants c->want; with partial, fewer bytes than asked for will do too. */
static void check_call(const struct call *c, const char *what, int partial)
{
	long got = make(c);

	if (got == -c->want || (partial && got > 0 && got <= partial))
		return;
	printf("    # system call %d(%lx, %lx, %lx), %s: %ld, should be %d\n",
	       c->nr, resolve(c->arg[0]), resolve(c->arg[1]),
	       resolve(c->arg[2]), what, got, -c->want);
	test_failed = 1;
}

/* Calls with one pointer that must be good. */
static const struct call pointers[] = {
	{ 3, EFAULT, { ZERO, BAD, 16 } },		/* read */
	{ 3, EFAULT, { FILE, BAD, 16 } },
	{ 3, EFAULT, { PIPE_IN, BAD, 16 } },
	{ 4, EFAULT, { PIPE_OUT, BAD, 16 } },		/* write */
	{ 146, EFAULT, { PIPE_OUT, BAD, 1 } },		/* writev */
	{ 5, EFAULT, { BAD, O_RDONLY } },		/* open */
	{ 7, EFAULT, { -1, BAD, 0 } },			/* waitpid */
	{ 114, EFAULT, { -1, BAD, 0, 0 } },		/* wait4 */
	{ 114, EFAULT, { -1, 0, 0, BAD } },
	{ 11, EFAULT, { BAD, 0, 0 } },			/* execve */
	{ 11, EFAULT, { SELF_PATH, BAD, 0 } },
	{ 11, EFAULT, { SELF_PATH, 0, BAD } },
	{ 12, EFAULT, { BAD } },			/* chdir */
	{ 33, EFAULT, { BAD, 0 } },			/* access */
	{ 42, EFAULT, { BAD } },			/* pipe */
	{ 54, EFAULT, { TTY, TCGETS, BAD } },		/* ioctl */
	{ 54, EFAULT, { TTY, TIOCGWINSZ, BAD } },
	{ 78, EFAULT, { BAD, 0 } },			/* gettimeofday */
	{ 78, EFAULT, { 0, BAD } },
	{ 85, EFAULT, { BAD, BUF, 10 } },		/* readlink */
	{ 122, EFAULT, { BAD } },			/* uname */
	{ 162, EFAULT, { BAD, 0 } },			/* nanosleep */
	{ 174, EFAULT, { SIGUSR1, BAD, 0, 8 } },	/* rt_sigaction */
	{ 174, EFAULT, { SIGUSR1, 0, BAD, 8 } },
	{ 175, EFAULT, { SIG_BLOCK, BAD, 0, 8 } },	/* rt_sigprocmask */
	{ 175, EFAULT, { SIG_BLOCK, 0, BAD, 8 } },
	{ 183, EFAULT, { BAD, 100 } },			/* getcwd */
	{ 195, EFAULT, { BAD, BUF } },			/* stat64 */
	{ 195, EFAULT, { SELF_PATH, BAD } },
	{ 196, EFAULT, { BAD, BUF } },			/* lstat64 */
	{ 196, EFAULT, { SELF_PATH, BAD } },
	{ 197, EFAULT, { FILE, BAD } },			/* fstat64 */
	{ 220, EFAULT, { DIR, BAD, 400 } },		/* getdents64 */
	{ 243, EFAULT, { BAD } },			/* set_thread_area */
	{ 265, EFAULT, { CLOCK_MONOTONIC, BAD } },	/* clock_gettime */
};

/* For these NULL means something. */
static int null_is_fine(const struct call *c)
{
	switch (c->nr) {
	case 7: case 78: case 114: case 174: case 175:
		return 1;
	case 11:
		return c->arg[0] != BAD;
	}
	return 0;
}

static int may_be_partial(const struct call *c)
{
	return c->nr == 3 || c->nr == 4;
}

/*
 * A path without an end at the end of the mapping, and for the calls that ask
 * for one, a child that has ended.
 */
static void prepare(const struct call *c)
{
	page_end[-1] = 'a';
	if ((c->nr == 7 || c->nr == 114) && !fork())
		exit(0);
}

static void try_pointer(void *bad, const char *what)
{
	const struct call *c;

	values[0] = (long)bad;
	for (c = pointers; c < pointers + ARRAY_SIZE(pointers); c++) {
		if (!bad && null_is_fine(c))
			continue;
		if (c->arg[0] == TTY && values[TTY - BAD] < 0)
			continue;
		prepare(c);
		check_call(c, what, may_be_partial(c));
		while (waitpid(-1, NULL, 0) > 0)
			;
	}
}

static void bad_null(void)
{
	try_pointer(NULL, "NULL");
}

static void bad_kernel(void)
{
	try_pointer(KERNEL_ADDRESS, "kernel address");
}

static void bad_straddle(void)
{
	try_pointer(page_end - 1, "end of a mapping");
}

static void bad_minus_one(void)
{
	try_pointer((void *)-1, "address -1");
}

static void bad_inner(void)
{
	void *inner[] = { NULL, KERNEL_ADDRESS, page_end, (void *)-1 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(inner); i++) {
		struct iovec iov = { inner[i], 8 };
		char *vec[] = { (char *)"x", inner[i], NULL };

		EQ(writev(values[PIPE_OUT - BAD], &iov, 1), -EFAULT);
		if (!inner[i])
			continue;
		EQ(execve(self, vec, NULL), -EFAULT);
		EQ(execve(self, vec + 2, vec), -EFAULT);
	}
}

static void bad_readonly(void)
{
	char *p = map_memory(PAGE_SIZE);

	mprotect(p, PAGE_SIZE, PROT_READ);
	EQ(read(values[ZERO - BAD], p, 8), -EFAULT);
	EQ(uname((void *)p), -EFAULT);
	EQ(fstat64(values[ZERO - BAD], (void *)p), -EFAULT);
	EQ(read(values[ZERO - BAD], (void *)bad_readonly, 8), -EFAULT);
	EQ(p[0], 0);
	mprotect(p, PAGE_SIZE, PROT_NONE);
	EQ(write(values[PIPE_OUT - BAD], p, 8), -EFAULT);
	EQ(open(p, O_RDONLY), -EFAULT);
	munmap(p, PAGE_SIZE);
}

static const struct call descriptors[] = {
	{ 3, EBADF, { BAD, BUF, 1 } },
	{ 4, EBADF, { BAD, BUF, 1 } },
	{ 6, EBADF, { BAD } },
	{ 19, EBADF, { BAD, 0, SEEK_CUR } },
	{ 41, EBADF, { BAD } },
	{ 54, EBADF, { BAD, TCGETS, BUF } },
	{ 63, EBADF, { BAD, 100 } },
	{ 63, EBADF, { BAD, BAD } },
	{ 146, EBADF, { BAD, BUF, 1 } },
	{ 192, EBADF, { 0, 4096, PROT_READ, MAP_PRIVATE, BAD, 0 } },
	{ 197, EBADF, { BAD, BUF } },
	{ 220, EBADF, { BAD, BUF, 400 } },
};

static void bad_descriptors(void)
{
	static const long bad[] = {
		-1, -2, 100, 1000, 0x10000, INT32_MAX, INT32_MIN,
	};
	size_t i, j;

	memset(buf, 0, sizeof(buf));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		values[0] = bad[i];
		for (j = 0; j < ARRAY_SIZE(descriptors); j++)
			check_call(&descriptors[j], "bad descriptor", 0);
	}
}

static void bad_numbers(void)
{
	static const long numbers[] = {
		17, 31, 32, 35, 44, 53, 56, 58, 98, 1000, 4095, 4096, 65536,
		-1, -2, -4096, INT32_MAX, INT32_MIN, 0x40000014, -0x40000000,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		EQ(syscall(numbers[i], 0, 0, 0, 0, 0, 0), -ENOSYS);
	if (on_pv86())		/* its first beyond all that it has */
		EQ(syscall(448, 0, 0, 0, 0, 0, 0), -ENOSYS);
}

static const struct call file_errors[] = {
	{ 3, EISDIR, { DIR, BUF, 10 } },
	{ 3, EBADF, { NOTHING, BUF, 10 } },
	{ 3, EBADF, { PIPE_OUT, BUF, 10 } },
	{ 4, EBADF, { PIPE_IN, BUF, 10 } },
	{ 4, EBADF, { FILE, BUF, 10 } },
	{ 5, ENOENT, { (long)"/no/such", O_RDONLY } },
	{ 5, ENOENT, { (long)"/nosuch", O_RDONLY } },
	{ 5, ENOENT, { (long)"", O_RDONLY } },
	{ 5, ENOTDIR, { (long)"/dev/null/x", O_RDONLY } },
	{ 5, ENOTDIR, { SELF_PATH, O_DIRECTORY } },
	{ 5, EISDIR, { (long)"/dev", O_WRONLY } },
	{ 5, EISDIR, { (long)"/dev", O_RDWR } },
	{ 5, ENAMETOOLONG, { LONG_PATH, O_RDONLY } },
	{ 12, ENOTDIR, { SELF_PATH } },
	{ 12, ENOENT, { (long)"/nosuch" } },
	{ 12, ENOENT, { (long)"" } },
	{ 12, ENAMETOOLONG, { LONG_PATH } },
	{ 19, EINVAL, { FILE, 0, 99 } },
	{ 19, EINVAL, { FILE, -1, SEEK_SET } },
	{ 19, ESPIPE, { PIPE_IN, 0, SEEK_CUR } },
	{ 33, ENOENT, { (long)"/nosuch", 0 } },
	{ 33, EINVAL, { SELF_PATH, 8 } },
	{ 54, ENOTTY, { FILE, TCGETS, BUF } },
	{ 54, ENOTTY, { NOTHING, TCGETS, BUF } },
	{ 54, ENOTTY, { PIPE_IN, TIOCGWINSZ, BUF } },
	{ 63, EBADF, { FILE, -1 } },
	{ 63, EBADF, { FILE, INT32_MAX } },
	{ 85, EINVAL, { SELF_PATH, BUF, 100 } },
	{ 85, EINVAL, { SELF_PATH, BUF, 0 } },
	{ 85, ENOENT, { (long)"/nosuch", BUF, 100 } },
	{ 146, EINVAL, { PIPE_OUT, BUF, -1 } },
	{ 146, EINVAL, { PIPE_OUT, BUF, 2000 } },
	{ 183, ERANGE, { BUF, 0 } },
	{ 183, ERANGE, { BUF, 1 } },
	{ 195, ENOENT, { (long)"/nosuch", BUF } },
	{ 195, ENOENT, { (long)"", BUF } },
	{ 195, ENOTDIR, { (long)"/dev/null/x", BUF } },
	{ 196, ENOENT, { (long)"/nosuch", BUF } },
	{ 220, ENOTDIR, { FILE, BUF, 400 } },
	{ 220, EINVAL, { DIR, BUF, 1 } },
};

static const struct call memory_errors[] = {
	{ 91, EINVAL, { MAPPED, 0 } },
	{ 91, EINVAL, { 0x40000001, 4096 } },
	{ 125, EINVAL, { 0x40000001, 4096, PROT_READ } },
	{ 125, EINVAL, { MAPPED, 4096, 0x1000 } },
	{ 125, ENOMEM, { HOLE, 4096, PROT_READ } },
	{ 192, EINVAL, { 0, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1 } },
	{ 192, EINVAL, { 0, 4096, PROT_READ, MAP_ANONYMOUS, -1 } },
	{ 192, EINVAL, { 0x40000001, 4096, PROT_READ,
			 MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1 } },
	{ 192, ENOMEM, { 0, -1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1 } },
	{ 192, ENOMEM, { 0, -4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1 } },
};

static const struct timespec bad_times[] = {
	{ 0, 1000000000 }, { 0, -1 }, { -1, 0 },
};

static const struct call other_errors[] = {
	{ 7, ECHILD, { -1, 0, 0 } },
	{ 7, ECHILD, { -1, 0, WNOHANG } },
	{ 7, ECHILD, { 1, 0, 0 } },
	{ 7, EINVAL, { -1, 0, 0x100 } },
	{ 114, ECHILD, { SELF_PID, 0, 0, 0 } },
	{ 114, EINVAL, { -1, 0, 0x100, 0 } },
	{ 37, ESRCH, { INT32_MAX, 0 } },
	{ 37, EINVAL, { SELF_PID, 65 } },
	{ 37, EINVAL, { SELF_PID, -1 } },
	{ 88, EINVAL, { 0, 0, 0, 0 } },
	{ 162, EINVAL, { (long)&bad_times[0], 0 } },
	{ 162, EINVAL, { (long)&bad_times[1], 0 } },
	{ 162, EINVAL, { (long)&bad_times[2], 0 } },
	{ 174, EINVAL, { 0, BUF, 0, 8 } },
	{ 174, EINVAL, { 65, BUF, 0, 8 } },
	{ 174, EINVAL, { -1, BUF, 0, 8 } },
	{ 174, EINVAL, { SIGKILL, BUF, 0, 8 } },
	{ 174, EINVAL, { SIGSTOP, BUF, 0, 8 } },
	{ 174, EINVAL, { SIGUSR1, BUF, 0, 4 } },
	{ 175, EINVAL, { 99, BUF, 0, 8 } },
	{ 175, EINVAL, { SIG_BLOCK, BUF, 0, 4 } },
	{ 265, EINVAL, { 99, BUF } },
};

static void try_calls(const struct call *c, size_t count)
{
	memset(buf, 0, sizeof(buf));
	for (; count--; c++)
		check_call(c, "nonsense", 0);
}

static void bad_files(void)
{
	try_calls(file_errors, ARRAY_SIZE(file_errors));
}

static void bad_memory(void)
{
	try_calls(memory_errors, ARRAY_SIZE(memory_errors));
}

static void bad_others(void)
{
	try_calls(other_errors, ARRAY_SIZE(other_errors));
}

static void kernel_range(void)
{
	char *p;

	if (!on_pv86()) {
		skip("programs reach further up on a 64-bit kernel");
		return;
	}
	CHECK(munmap(KERNEL_ADDRESS, PAGE_SIZE) < 0);
	CHECK(munmap((void *)0xbffff000, 2 * PAGE_SIZE) < 0);
	CHECK(munmap((void *)0x1000, -PAGE_SIZE) < 0);
	CHECK(mprotect(KERNEL_ADDRESS, PAGE_SIZE, PROT_READ) < 0);
	p = mmap2(KERNEL_ADDRESS, PAGE_SIZE, PROT_READ,
		  MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(is_error(p));
	p = mmap2((void *)0xbffff000, 2 * PAGE_SIZE, PROT_READ,
		  MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(is_error(p));
	p = mmap2(KERNEL_ADDRESS, PAGE_SIZE, PROT_READ,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p < (char *)0xc0000000);
}

static const struct test tests[] = {
	{ "every pointer: NULL is EFAULT", bad_null },
	{ "every pointer: a kernel address is EFAULT", bad_kernel },
	{ "every pointer: the end of a mapping is EFAULT", bad_straddle },
	{ "every pointer: address -1 is EFAULT", bad_minus_one },
	{ "bad pointers inside iovec, argv and envp are EFAULT", bad_inner },
	{ "the kernel respects a page's protection: EFAULT", bad_readonly },
	{ "every descriptor that is none is EBADF", bad_descriptors },
	{ "unknown system call numbers are ENOSYS", bad_numbers },
	{ "file calls refuse nonsense as Linux does", bad_files },
	{ "memory calls refuse nonsense as Linux does", bad_memory },
	{ "other calls refuse nonsense as Linux does", bad_others },
	{ "no mapping call reaches the kernel's range", kernel_range },
};

static int open_tty(void)
{
	struct winsize size;
	int fd = open(on_pv86() ? "/dev/console" : "/dev/ptmx", O_RDWR);

	return fd < 0 || !ioctl(fd, TIOCGWINSZ, &size) ? fd : -1;
}

int main(int argc, char **argv)
{
	int fds[2];

	(void)argc;
	self = argv[0];
	chdir("/");
	pipe(fds);
	page_end = map_memory(PAGE_SIZE) + PAGE_SIZE;
	memset(long_path, '/', sizeof(long_path) - 1);
	write(fds[1], long_path, 64);
	values[ZERO - BAD] = open("/dev/zero", O_RDONLY);
	values[NOTHING - BAD] = open("/dev/null", O_WRONLY);
	values[FILE - BAD] = open(self, O_RDONLY);
	values[DIR - BAD] = open("/dev", O_RDONLY);
	values[PIPE_IN - BAD] = fds[0];
	values[PIPE_OUT - BAD] = fds[1];
	values[TTY - BAD] = open_tty();
	values[SELF_PATH - BAD] = (long)self;
	values[SELF_PID - BAD] = getpid();
	values[BUF - BAD] = (long)buf;
	values[MAPPED - BAD] = (long)page_end - PAGE_SIZE;
	values[HOLE - BAD] = (long)page_end;
	values[LONG_PATH - BAD] = (long)long_path;
	return run_tests(tests, ARRAY_SIZE(tests));
}
