/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests share that make files: the calls, and a directory of their own. */
#ifndef USER_FILES_H
#define USER_FILES_H

#include "test.h"

enum { EBUSY = 16, EXDEV = 18, ENOTEMPTY = 39 };

#define O_EXCL			0200
#define AT_FDCWD		(-100)
#define AT_REMOVEDIR		0x200
#define AT_SYMLINK_FOLLOW	0x400
#define UTIME_NOW		0x3fffffff
#define UTIME_OMIT		0x3ffffffe

enum {
	NR_CREAT = 8, NR_LINK, NR_UNLINK, NR_CHMOD = 15, NR_RENAME = 38,
	NR_MKDIR, NR_RMDIR, NR_SYMLINK = 83, NR_TRUNCATE = 92, NR_FTRUNCATE,
	NR_FCHMOD, NR_FCHDIR = 133, NR_OPENAT = 295, NR_MKDIRAT,
	NR_UNLINKAT = 301, NR_RENAMEAT, NR_LINKAT, NR_SYMLINKAT,
	NR_UTIMENSAT = 320, NR_RENAMEAT2 = 353,
};

#define creat(path, mode)	syscall(NR_CREAT, path, mode)
#define link(from, to)		syscall(NR_LINK, from, to)
#define unlink(path)		syscall(NR_UNLINK, path)
#define chmod(path, mode)	syscall(NR_CHMOD, path, mode)
#define rename(from, to)	syscall(NR_RENAME, from, to)
#define mkdir(path, mode)	syscall(NR_MKDIR, path, mode)
#define rmdir(path)		syscall(NR_RMDIR, path)
#define symlink(text, path)	syscall(NR_SYMLINK, text, path)
#define truncate(path, size)	syscall(NR_TRUNCATE, path, size)
#define ftruncate(fd, size)	syscall(NR_FTRUNCATE, fd, size)
#define fchmod(fd, mode)	syscall(NR_FCHMOD, fd, mode)
#define fchdir(fd)		syscall(NR_FCHDIR, fd)
#define openat(...)		syscall(NR_OPENAT, __VA_ARGS__)
#define mkdirat(...)		syscall(NR_MKDIRAT, __VA_ARGS__)
#define unlinkat(...)		syscall(NR_UNLINKAT, __VA_ARGS__)
#define renameat(...)		syscall(NR_RENAMEAT, __VA_ARGS__)
#define linkat(...)		syscall(NR_LINKAT, __VA_ARGS__)
#define symlinkat(...)		syscall(NR_SYMLINKAT, __VA_ARGS__)
#define utimensat(...)		syscall(NR_UTIMENSAT, __VA_ARGS__)
#define renameat2(...)		syscall(NR_RENAMEAT2, __VA_ARGS__)

/* A new file with this text. */
HELPER void make(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0755);

	CHECK(fd > 2);
	EQ(write(fd, text, strlen(text)), strlen(text));
	EQ(close(fd), 0);
}

HELPER int holds(const char *path, const char *text)
{
	static char buf[1024];

	read_text(path, buf, sizeof(buf));
	return !strcmp(buf, text);
}

/* How many bytes getdents64 gives of a directory that is gone. */
HELPER int find_none(const char *path)
{
	char buf[64];
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	int n = fd < 0 ? fd : getdents64(fd, buf, sizeof(buf));

	close(fd);
	return n == -ENOENT ? 0 : n;
}

/* Runs the tests in a new directory beside the program, and removes it. */
HELPER int run_in_directory(const char *argv0, const char *name,
			    const struct test *tests, int count)
{
	const char *path = beside(argv0, name);
	int status = 1;

	if (!mkdir(path, 0755) && !chdir(path)) {
		status = run_tests(tests, count);
		chdir("..");
	}
	return rmdir(path) ? 1 : status;
}

#endif
