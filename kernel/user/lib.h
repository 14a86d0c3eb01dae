/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that a user program of pv86 needs: the system calls with their numbers,
 * structures and constants as Linux has them on i386, a few string functions
 * and a small printf.  It exists because there is no C library here; the code
 * is in crt0.S and lib.c.  System calls return what the kernel returned: a
 * negative error number tells a failure.
 */
#ifndef USER_LIB_H
#define USER_LIB_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE	4096u
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

enum {
	ENOENT = 2, ESRCH, EINTR, EIO, ENXIO, E2BIG, ENOEXEC, EBADF, ECHILD,
	EAGAIN, ENOMEM, EACCES, EFAULT, EEXIST = 17, ENOTDIR = 20, EISDIR,
	EINVAL, ENFILE, EMFILE, ENOTTY, ETXTBSY, EFBIG, ENOSPC, ESPIPE, EROFS,
	EPIPE = 32, ERANGE = 34, ENAMETOOLONG = 36, ENOSYS = 38, ELOOP = 40,
	EPERM = 1,
};

enum {
	SIGHUP = 1, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE,
	SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM,
	SIGCHLD = 17, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU,
};

#define SIG_DFL		((void *)0)
#define SIG_IGN		((void *)1)
#define SIG_BLOCK	0
#define SIG_UNBLOCK	1
#define SIG_SETMASK	2

#define O_RDONLY	0
#define O_WRONLY	01
#define O_RDWR		02
#define O_CREAT		0100
#define O_TRUNC		01000
#define O_APPEND	02000
#define O_NONBLOCK	04000
#define O_DIRECTORY	0200000
#define O_CLOEXEC	02000000

#define SEEK_SET	0
#define SEEK_CUR	1
#define SEEK_END	2

#define S_IFMT		0170000
#define S_IFSOCK	0140000
#define S_IFLNK		0120000
#define S_IFREG		0100000
#define S_IFBLK		0060000
#define S_IFDIR		0040000
#define S_IFCHR		0020000
#define S_IFIFO		0010000

#define PROT_NONE	0
#define PROT_READ	1
#define PROT_WRITE	2
#define PROT_EXEC	4
#define MAP_SHARED	0x01
#define MAP_PRIVATE	0x02
#define MAP_FIXED	0x10
#define MAP_ANONYMOUS	0x20

#define WNOHANG		1
#define WIFEXITED(s)	(((s) & 0x7f) == 0)
#define WEXITSTATUS(s)	((s) >> 8 & 0xff)
#define WTERMSIG(s)	((s) & 0x7f)

#define TCGETS		0x5401
#define TCSETS		0x5402
#define TIOCSCTTY	0x540e
#define TIOCGPGRP	0x540f
#define TIOCSPGRP	0x5410
#define TIOCGWINSZ	0x5413

#define CLOCK_REALTIME	0
#define CLOCK_MONOTONIC	1

#define REBOOT_MAGIC1	0xfee1deadu
#define REBOOT_MAGIC2	672274793u
#define REBOOT_RESTART	0x01234567u
#define REBOOT_POWEROFF	0x4321fedcu

struct stat64 {
	uint64_t st_dev;
	uint32_t pad0;
	uint32_t st_ino_low;
	uint32_t st_mode;
	uint32_t st_nlink;
	uint32_t st_uid, st_gid;
	uint64_t st_rdev;
	uint32_t pad1;
	int64_t st_size;
	uint32_t st_blksize;
	uint64_t st_blocks;
	uint32_t st_times[6];		/* atime, mtime, ctime: s and ns */
	uint64_t st_ino;
} __attribute__((packed, aligned(4)));

struct dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	uint16_t d_reclen;
	uint8_t d_type;
	char d_name[];
} __attribute__((packed, aligned(4)));

struct utsname {
	char sysname[65], nodename[65], release[65];
	char version[65], machine[65], domainname[65];
};

struct timespec {
	int32_t tv_sec, tv_nsec;
};

struct timeval {
	int32_t tv_sec, tv_usec;
};

struct rusage {
	struct timeval ru_utime, ru_stime;
	int32_t rest[14];
};

struct iovec {
	void *base;
	size_t len;
};

struct sigaction {
	void *handler;
	uint32_t flags;
	void *restorer;
	uint64_t mask;
};

struct termios {
	uint32_t c_iflag, c_oflag, c_cflag, c_lflag;
	uint8_t c_line, c_cc[19];
};

#define ISIG		001		/* c_lflag */
#define ICANON		002
#define ECHO		010

struct winsize {
	uint16_t ws_row, ws_col, ws_xpixel, ws_ypixel;
};

struct user_desc {
	int32_t entry_number;
	uint32_t base_addr, limit;
	uint32_t seg_32bit : 1, contents : 2, read_exec_only : 1;
	uint32_t limit_in_pages : 1, seg_not_present : 1, useable : 1;
};

/* System calls: crt0.S. */
long syscall(long nr, ...);
void exit(int status) __attribute__((noreturn));
int fork(void);
int vfork(void) __attribute__((returns_twice));
int execve(const char *path, char *const argv[], char *const envp[]);
int waitpid(int pid, int *status, int options);
int wait4(int pid, int *status, int options, struct rusage *ru);
int getpid(void);
int getppid(void);
int gettid(void);
int kill(int pid, int sig);
int rt_sigaction(int sig, const struct sigaction *act, struct sigaction *old,
		 size_t size);
int rt_sigprocmask(int how, const uint64_t *set, uint64_t *old, size_t size);

int open(const char *path, int flags, ...);
int close(int fd);
int read(int fd, void *buf, size_t len);
int write(int fd, const void *buf, size_t len);
int writev(int fd, const struct iovec *iov, int count);
int lseek(int fd, int offset, int whence);
int dup(int fd);
int dup2(int fd, int as);
int pipe(int fds[2]);
int ioctl(int fd, unsigned int cmd, void *arg);
int access(const char *path, int mode);
int stat64(const char *path, struct stat64 *st);
int lstat64(const char *path, struct stat64 *st);
int fstat64(int fd, struct stat64 *st);
int getdents64(int fd, void *buf, size_t len);
int readlink(const char *path, char *buf, size_t len);
int getcwd(char *buf, size_t len);
int chdir(const char *path);

void *brk(void *end);
void *mmap2(void *addr, size_t len, int prot, int flags, int fd,
	    uint32_t pgoff);
int munmap(void *addr, size_t len);
int mprotect(void *addr, size_t len, int prot);

int uname(struct utsname *uts);
int reboot(uint32_t magic1, uint32_t magic2, uint32_t cmd, void *arg);
int nanosleep(const struct timespec *want, struct timespec *left);
int gettimeofday(struct timeval *tv, void *tz);
int clock_gettime(int clock, struct timespec *ts);
int sched_yield(void);
int set_thread_area(struct user_desc *desc);
int set_tid_address(int *tid);
int modify_ldt(int func, void *buf, size_t len);
int iopl(int level);

/* Strings: lib.c. */
void *memcpy(void *to, const void *from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
char *strchr(const char *s, int c);
char *strstr(const char *s, const char *what);
int atoi(const char *s);

/* What an error number means; it may be given as the kernel returned it. */
const char *errstr(int err);
const char *signame(int sig);

/* write() until all is out: 0, or the error. */
int writeall(int fd, const void *buf, size_t len);

/*
 * One write a call, for up to 256 bytes.  Known are %d %u %x %o %c %s %p and
 * %%, a width, the flags 0 and -, and l, which changes nothing here.
 */
void dprintf(int fd, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void vdprintf(int fd, const char *fmt, va_list ap);
#define printf(...)	dprintf(1, __VA_ARGS__)

#define LINE_SIZE	1024		/* of the shell, with its end */

/*
 * edit.c: reads a line from a terminal, whose settings are to be `tio` before
 * and after, into LINE_SIZE bytes, without its newline. 0: the input ended.
 */
int edit_line(const char *prompt, char *line, struct termios *tio);

/* "PROGRAM: WHAT: MEANING" to fd 2; returns 1, the exit status for it. */
int complain(const char *program, const char *what, int err);

/* n / d, which must fit 32 bits: there is no libgcc to divide for us. */
static inline uint32_t div64(uint64_t n, uint32_t d)
{
	uint32_t quotient, rest;

	asm("divl %4"
	    : "=a" (quotient), "=d" (rest)
	    : "a" ((uint32_t)n), "d" ((uint32_t)(n >> 32)), "r" (d)
	    : "cc");
	return quotient;
}

#endif
