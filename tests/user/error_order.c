// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls with two things wrong, or with one wrong thing that another one makes
 * unimportant: programs see which is looked at first, and it is as on Linux.
 * Calls with one thing wrong are in syscalls_bad.c.
 */
#include "test.h"

#define PRIVATE		(MAP_PRIVATE | MAP_ANONYMOUS)
#define PROT_SEM	8
#define UNALIGNED	((void *)0x40000001)
#define TOO_LONG	((size_t)-PAGE_SIZE)

static int map(void *at, size_t len, int flags, int fd)
{
	return (int)mmap2(at, len, PROT_READ, flags, fd, 0);
}

static void order_mmap(void)
{
	int fd = open("/dev/null", O_WRONLY);

	EQ(map(NULL, PAGE_SIZE, 0, -1), -EBADF);
	EQ(map(NULL, 0, MAP_PRIVATE, -1), -EBADF);
	EQ(map(NULL, TOO_LONG, MAP_PRIVATE, 99), -EBADF);
	EQ(map(UNALIGNED, PAGE_SIZE, MAP_PRIVATE | MAP_FIXED, -1), -EBADF);
	EQ(map(NULL, 0, 0, fd), -EINVAL);
	EQ(map(NULL, TOO_LONG, 0, fd), -ENOMEM);
	EQ(map(NULL, PAGE_SIZE, 0, fd), -EINVAL);
	EQ(map(NULL, PAGE_SIZE, MAP_PRIVATE, fd), -EACCES);
	EQ(map(NULL, 0, MAP_ANONYMOUS, -1), -EINVAL);
	EQ(map(NULL, TOO_LONG, MAP_ANONYMOUS, -1), -ENOMEM);
	EQ(map(UNALIGNED, TOO_LONG, PRIVATE | MAP_FIXED, -1), -ENOMEM);
	EQ(map((void *)-1, PAGE_SIZE, PRIVATE | MAP_FIXED, -1), -ENOMEM);
	EQ(map(UNALIGNED, PAGE_SIZE, PRIVATE | MAP_FIXED, 99), -EINVAL);
	EQ(map(UNALIGNED, PAGE_SIZE, MAP_ANONYMOUS | MAP_FIXED, -1), -EINVAL);
	EQ(map(NULL, PAGE_SIZE, MAP_ANONYMOUS | 4, -1), -EINVAL);
	EQ(map(NULL, PAGE_SIZE, PRIVATE | 4, -1), -EINVAL);
	EQ(map(NULL, PAGE_SIZE, MAP_ANONYMOUS | 3, -1), -EINVAL);
	CHECK(!is_error(mmap2(NULL, PAGE_SIZE, PROT_READ, PRIVATE, 99, 0)));
	close(fd);
}

static void order_mprotect(void)
{
	char *p = map_memory(PAGE_SIZE), *hole = p + PAGE_SIZE;

	EQ(mprotect(p, 0, PROT_READ), 0);
	EQ(mprotect(p, 0, 0x1000), 0);
	EQ(mprotect(hole, 0, PROT_READ), 0);
	EQ(mprotect(KERNEL_ADDRESS, 0, 0x1000), 0);
	EQ(mprotect(UNALIGNED, 0, PROT_READ), -EINVAL);
	EQ(mprotect(UNALIGNED, TOO_LONG, 0x1000), -EINVAL);
	EQ(mprotect(hole, PAGE_SIZE, 0x1000), -EINVAL);
	EQ(mprotect(p, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_SEM), 0);
	*p = 1;
	if (on_pv86()) {
		/* 32 bits wrap. */
		EQ(mprotect(p, TOO_LONG, 0x1000), -ENOMEM);
		EQ(mprotect(p, -1, 0x1000), -ENOMEM);
	}
	munmap(p, PAGE_SIZE);
}

static void order_sigaction(void)
{
	struct sigaction act = { .handler = SIG_DFL };

	EQ(rt_sigaction(65, KERNEL_ADDRESS, NULL, 4), -EINVAL);
	EQ(rt_sigaction(SIGTERM, KERNEL_ADDRESS, NULL, 4), -EINVAL);
	EQ(rt_sigaction(0, KERNEL_ADDRESS, NULL, 8), -EFAULT);
	EQ(rt_sigaction(65, KERNEL_ADDRESS, NULL, 8), -EFAULT);
	EQ(rt_sigaction(SIGKILL, KERNEL_ADDRESS, NULL, 8), -EFAULT);
	EQ(rt_sigaction(65, &act, KERNEL_ADDRESS, 8), -EINVAL);
	EQ(rt_sigaction(SIGKILL, &act, KERNEL_ADDRESS, 8), -EINVAL);
	EQ(rt_sigaction(65, NULL, KERNEL_ADDRESS, 8), -EINVAL);
	EQ(rt_sigprocmask(99, KERNEL_ADDRESS, NULL, 4), -EINVAL);
	EQ(rt_sigprocmask(99, KERNEL_ADDRESS, NULL, 8), -EFAULT);
	EQ(rt_sigprocmask(99, NULL, NULL, 8), 0);
}

static void order_ldt(void)
{
	struct user_desc d = { .entry_number = 8192, .limit = 1 };
	char buf[64];

	EQ(modify_ldt(99, KERNEL_ADDRESS, 4), -ENOSYS);
	EQ(modify_ldt(1, KERNEL_ADDRESS, 4), -EINVAL);
	EQ(modify_ldt(0x11, KERNEL_ADDRESS, 4), -EINVAL);
	EQ(modify_ldt(0x11, KERNEL_ADDRESS, sizeof(d)), -EFAULT);
	EQ(modify_ldt(0x11, &d, sizeof(d)), -EINVAL);
	EQ(modify_ldt(0, KERNEL_ADDRESS, 4), 0);
	d.entry_number = 0;
	d.seg_32bit = 1;
	EQ(modify_ldt(0x11, &d, sizeof(d)), 0);
	EQ(modify_ldt(0, NULL, 0), 0);
	EQ(modify_ldt(0, KERNEL_ADDRESS, 4), -EFAULT);
	/* What is beyond the entries reads as zero, up to all there can be. */
	memset(buf, 0xff, sizeof(buf));
	EQ(modify_ldt(0, buf, sizeof(buf)), sizeof(buf));
	EQ(buf[5], (char)0xf3);
	EQ(buf[63], 0);
	/* Code that conforms, which only the new call takes, not present. */
	d.contents = 3;
	EQ(modify_ldt(0x11, &d, sizeof(d)), -EINVAL);
	d.seg_not_present = 1;
	EQ(modify_ldt(1, &d, sizeof(d)), -EINVAL);
	EQ(modify_ldt(0x11, &d, sizeof(d)), 0);
}

static void order_tls(void)
{
	struct user_desc d = { .entry_number = 99, .contents = 2,
			       .seg_32bit = 1 };
	struct user_desc *readonly = (void *)map_memory(PAGE_SIZE);
	int i;

	EQ(set_thread_area(&d), -EINVAL);
	for (i = 0; i < 3; i++) {
		d = (struct user_desc){ .entry_number = -1, .seg_32bit = 1,
					.limit = 1 };
		EQ(set_thread_area(&d), 0);
	}
	d.entry_number = -1;
	EQ(set_thread_area(&d), -ESRCH);
	*readonly = d;
	mprotect(readonly, PAGE_SIZE, PROT_READ);
	EQ(set_thread_area(readonly), -ESRCH);
	d.contents = 2;
	EQ(set_thread_area(&d), -EINVAL);
	munmap(readonly, PAGE_SIZE);
}

static void order_kill(void)
{
	EQ(kill(INT32_MAX, 65), -ESRCH);
	EQ(kill(INT32_MAX, -1), -ESRCH);
	EQ(kill(getpid(), 65), -EINVAL);
	EQ(kill(0, 65), -EINVAL);
	EQ(kill(-INT32_MAX, 65), -ESRCH);
	EQ(kill(INT32_MIN, 0), -ESRCH);
}

static void order_wait(void)
{
	EQ(waitpid(INT32_MIN, NULL, 0), -ESRCH);
	EQ(waitpid(INT32_MIN, NULL, 0x100), -EINVAL);
	EQ(waitpid(1, KERNEL_ADDRESS, 0x100), -EINVAL);
	EQ(waitpid(1, KERNEL_ADDRESS, 0), -ECHILD);
	/* WCONTINUED, and what threads add: nothing to wait for here. */
	EQ(waitpid(-1, NULL, WNOHANG | 8), -ECHILD);
	EQ(waitpid(-1, NULL, WNOHANG | 0x20000000), -ECHILD);
	EQ(waitpid(-1, NULL, WNOHANG | 0x40000000), -ECHILD);
	EQ(waitpid(-1, NULL, WNOHANG | 0x80000000), -ECHILD);
}

static void order_files(void)
{
	struct iovec bad = { NULL, -1 }, far = { KERNEL_ADDRESS, -1 };
	int null = open("/dev/null", O_WRONLY), fds[2];

	pipe(fds);
	EQ(writev(99, KERNEL_ADDRESS, 2000), -EBADF);
	EQ(writev(null, KERNEL_ADDRESS, 2000), -EINVAL);
	EQ(writev(null, KERNEL_ADDRESS, 1), -EFAULT);
	EQ(writev(null, &bad, 1), -EINVAL);
	EQ(writev(null, &far, 1), -EINVAL);
	EQ(read(null, KERNEL_ADDRESS, 1), -EBADF);
	EQ(write(fds[0], KERNEL_ADDRESS, 1), -EBADF);
	EQ(lseek(99, 0, 99), -EBADF);
	EQ(lseek(fds[0], 0, 99), -EINVAL);
	EQ(lseek(fds[0], 0, 3), -ESPIPE);
	EQ(syscall(140, fds[0], 0, 0, KERNEL_ADDRESS, 99), -EINVAL);
	EQ(syscall(140, fds[0], 0, 0, KERNEL_ADDRESS, 0), -ESPIPE);
	EQ(dup2(99, 99), -EBADF);
	EQ(dup2(99, -1), -EBADF);
	EQ(syscall(221, 99, 9999, 0), -EBADF);
	EQ(syscall(221, null, 9999, 0), -EINVAL);
	EQ(syscall(221, null, 0, 0x7fffffff), -EINVAL);
	EQ(ioctl(99, TCGETS, KERNEL_ADDRESS), -EBADF);
	EQ(ioctl(null, TCGETS, KERNEL_ADDRESS), -ENOTTY);
	close(null);
	close(fds[0]);
	close(fds[1]);
}

static void order_time(void)
{
	struct timespec bad = { -1, 0 };

	EQ(nanosleep(KERNEL_ADDRESS, KERNEL_ADDRESS), -EFAULT);
	EQ(nanosleep(&bad, KERNEL_ADDRESS), -EINVAL);
	EQ(clock_gettime(99, KERNEL_ADDRESS), -EINVAL);
}

static const struct test tests[] = {
	{ "mmap2: descriptor, length, address, kind, permission", order_mmap },
	{ "mprotect: alignment, length 0, range, protection",
	  order_mprotect },
	{ "rt_sigaction, rt_sigprocmask: size, pointer, signal, old pointer",
	  order_sigaction },
	{ "modify_ldt: function, size, pointer, contents", order_ldt },
	{ "set_thread_area: contents, free entry, pointer, entry",
	  order_tls },
	{ "kill: the process, then the signal", order_kill },
	{ "waitpid: options, the child, then the pointer", order_wait },
	{ "file calls: descriptor, then the rest", order_files },
	{ "clocks: pointers, ranges", order_time },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
