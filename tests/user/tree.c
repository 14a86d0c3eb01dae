// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tree of names as programs change it: what each call does, and what keeps
 * it from doing it, as on Linux. All of it happens in a directory beside this
 * program, which is empty again after each test. bytes.c has what is in files.
 */
#include "files.h"

/* What is in the current directory: names, each with a blank after it. */
static const char *listing(void)
{
	static char text[512];
	char buf[256];
	int fd = open(".", O_RDONLY | O_DIRECTORY), n, pos;
	size_t len = 0, size;
	struct dirent64 *d;

	while ((n = getdents64(fd, buf, sizeof(buf))) > 0) {
		for (pos = 0; pos < n; pos += d->d_reclen) {
			d = (struct dirent64 *)(buf + pos);
			size = strlen(d->d_name);
			if (d->d_name[0] == '.' || len + size > 500)
				continue;
			memcpy(text + len, d->d_name, size);
			len += size;
			text[len++] = ' ';
		}
	}
	close(fd);
	text[len] = '\0';
	return text;
}

static void test_create(void)
{
	int fd = creat("f", 0640);
	struct stat64 st;

	CHECK(fd > 2);
	EQ(close(fd), 0);
	EQ(stat64("f", &st), 0);
	EQ(st.st_mode & (S_IFMT | 0700), S_IFREG | 0600);
	EQ(st.st_nlink, 1);
	EQ(st.st_size, 0);
	EQ(open("f", O_WRONLY | O_CREAT | O_EXCL, 0600), -EEXIST);
	EQ(symlink("g", "dangling"), 0);
	EQ(open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0600), -EEXIST);
	fd = open("dangling", O_WRONLY | O_CREAT, 0600);
	CHECK(fd > 2);
	close(fd);
	EQ(access("g", 0), 0);
	EQ(unlink("f"), 0);
	EQ(unlink("g"), 0);
	EQ(unlink("dangling"), 0);
	EQ(access("f", 0), -ENOENT);
}

static void test_mkdir(void)
{
	struct stat64 st;
	char buf[64];

	EQ(mkdir("d", 0755), 0);
	EQ(mkdir("d/e/", 0700), 0);
	EQ(stat64("d", &st), 0);
	EQ(st.st_mode & (S_IFMT | 0700), S_IFDIR | 0700);
	EQ(st.st_nlink, 3);
	EQ(rmdir("d"), -ENOTEMPTY);
	EQ(chdir("d/e"), 0);
	EQ(rmdir("../e"), 0);
	EQ(getcwd(buf, sizeof(buf)), -ENOENT);
	EQ(open("f", O_WRONLY | O_CREAT, 0600), -ENOENT);
	EQ(mkdir("f", 0700), -ENOENT);
	EQ(find_none("."), 0);
	EQ(chdir("../.."), 0);
	EQ(stat64("d", &st), 0);
	EQ(st.st_nlink, 2);
	EQ(rmdir("d"), 0);
}

static void test_links(void)
{
	struct stat64 a, b;
	int fd;

	make("a", "text");
	EQ(link("a", "b"), 0);
	EQ(stat64("a", &a), 0);
	EQ(stat64("b", &b), 0);
	EQ(a.st_ino, b.st_ino);
	EQ(b.st_nlink, 2);
	fd = open("b", O_WRONLY | O_APPEND);
	EQ(write(fd, "!", 1), 1);
	close(fd);
	EQ(holds("a", "text!"), 1);
	EQ(unlink("a"), 0);
	EQ(holds("b", "text!"), 1);
	EQ(stat64("b", &b), 0);
	EQ(b.st_nlink, 1);
	EQ(link("b", "b"), -EEXIST);
	EQ(link(".", "c"), -EPERM);
	EQ(link("a", "c"), -ENOENT);
	EQ(symlink("b", "s"), 0);
	EQ(link("s", "t"), 0);
	EQ(lstat64("t", &b), 0);
	EQ(b.st_mode & S_IFMT, S_IFLNK);
	EQ(linkat(AT_FDCWD, "s", AT_FDCWD, "u", AT_SYMLINK_FOLLOW), 0);
	EQ(lstat64("u", &b), 0);
	EQ(b.st_mode & S_IFMT, S_IFREG);
	EQ(unlink("b"), 0);
	EQ(unlink("s"), 0);
	EQ(unlink("t"), 0);
	EQ(unlink("u"), 0);
}

static void test_symlinks(void)
{
	char buf[64];

	EQ(symlink("b", "a"), 0);
	EQ(symlink("a", "b"), 0);
	EQ(open("a", O_RDONLY), -ELOOP);
	EQ(open("a", O_WRONLY | O_CREAT, 0600), -ELOOP);
	EQ(readlink("a", buf, sizeof(buf)), 1);
	EQ(buf[0], 'b');
	EQ(symlink("x", "a"), -EEXIST);
	EQ(symlink("", "c"), -ENOENT);
	EQ(symlink("x", "c/d"), -ENOENT);
	EQ(unlink("a"), 0);
	EQ(unlink("b"), 0);
	EQ(symlink(".", "here"), 0);
	make("f", "found");
	EQ(holds("here/here/here/f", "found"), 1);
	EQ(unlink("here/f"), 0);
	EQ(unlink("here"), 0);
}

static void test_rename(void)
{
	struct stat64 a, b;

	make("a", "A");
	make("b", "B");
	stat64("a", &a);
	EQ(rename("a", "b"), 0);
	EQ(stat64("b", &b), 0);
	EQ(a.st_ino, b.st_ino);
	EQ(holds("b", "A"), 1);
	EQ(access("a", 0), -ENOENT);
	EQ(link("b", "c"), 0);
	EQ(rename("b", "c"), 0);	/* one file: nothing happens */
	EQ(access("b", 0), 0);
	EQ(rename("b", "b"), 0);
	EQ(renameat2(AT_FDCWD, "b", AT_FDCWD, "c", 1), -EEXIST);
	EQ(renameat2(AT_FDCWD, "b", AT_FDCWD, "e", 1), 0);
	EQ(rename("b", "x"), -ENOENT);
	EQ(strcmp(listing(), "c e ") && strcmp(listing(), "e c "), 0);
	EQ(unlink("c"), 0);
	EQ(unlink("e"), 0);
}

static void test_rename_dir(void)
{
	char buf[256];
	struct stat64 st;

	EQ(mkdir("a", 0755), 0);
	EQ(mkdir("a/in", 0755), 0);
	EQ(mkdir("b", 0755), 0);
	make("f", "");
	EQ(rename("a", "f"), -ENOTDIR);
	EQ(rename("f", "a"), -EISDIR);
	EQ(rename("f", "g/"), -ENOTDIR);
	EQ(rename("b", "a"), -ENOTEMPTY);
	EQ(rename("a/in", "a"), -ENOTEMPTY);
	EQ(rename("a", "a/in/x"), -EINVAL);
	EQ(rename("a", "a/x"), -EINVAL);
	EQ(rename(".", "c"), -EBUSY);
	EQ(rename("a", "b/.."), -EBUSY);
	EQ(chdir("a/in"), 0);
	EQ(rename("../../a", "../../b"), 0);
	CHECK(getcwd(buf, sizeof(buf)) > 5);
	EQ(strcmp(buf + strlen(buf) - 5, "/b/in"), 0);
	EQ(rename("../in", "../../in"), 0);
	EQ(stat64("..", &st), 0);
	EQ(st.st_nlink, 4);		/* itself, b and in */
	EQ(chdir(".."), 0);
	EQ(access("b/in", 0), -ENOENT);
	EQ(rmdir("b"), 0);
	EQ(rmdir("in"), 0);
	EQ(unlink("f"), 0);
}

/* Each call names something that is in the way, or not there. */
static void test_errors(void)
{
	static char name[300];
	static const struct {
		int nr;
		const char *path;
		int err;
	} calls[] = {
		{ NR_MKDIR, "d", EEXIST }, { NR_MKDIR, "f", EEXIST },
		{ NR_MKDIR, ".", EEXIST }, { NR_MKDIR, "/", EEXIST },
		{ NR_MKDIR, "", ENOENT }, { NR_MKDIR, "no/d", ENOENT },
		{ NR_MKDIR, "f/d", ENOTDIR }, { NR_MKDIR, name, ENAMETOOLONG },
		{ NR_MKDIR, KERNEL_ADDRESS, EFAULT },
		{ NR_RMDIR, "f", ENOTDIR }, { NR_RMDIR, "no", ENOENT },
		{ NR_RMDIR, "d/.", EINVAL }, { NR_RMDIR, "d/..", ENOTEMPTY },
		{ NR_RMDIR, "/", EBUSY }, { NR_RMDIR, "/proc", EBUSY },
		{ NR_RMDIR, name, ENAMETOOLONG },
		{ NR_UNLINK, "d", EISDIR }, { NR_UNLINK, "no", ENOENT },
		{ NR_UNLINK, "f/", ENOTDIR }, { NR_UNLINK, "f/x", ENOTDIR },
		{ NR_UNLINK, "/proc/self/stat", EPERM },
		{ NR_UNLINK, name, ENAMETOOLONG },
		{ NR_CREAT, "d", EISDIR }, { NR_CREAT, "no/f", ENOENT },
		{ NR_CREAT, "f/", EISDIR }, { NR_CREAT, "no/", EISDIR },
		{ NR_CREAT, "f/x", ENOTDIR }, { NR_CREAT, name, ENAMETOOLONG },
		{ NR_CREAT, "/proc/no", ENOENT },
		{ NR_TRUNCATE, "d", EISDIR }, { NR_TRUNCATE, "no", ENOENT },
		{ NR_CHMOD, "no", ENOENT },
	};
	size_t i;

	memset(name, 'n', 256);
	EQ(mkdir("d", 0755), 0);
	make("f", "");
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		int err = syscall(calls[i].nr, calls[i].path, 0755);

		if (err != -calls[i].err)
			printf("    # call %d, %s\n", calls[i].nr,
			       calls[i].path == KERNEL_ADDRESS ? "bad" :
			       calls[i].path);
		EQ(err, -calls[i].err);
	}
	if (on_pv86())
		EQ(unlink("/proc/pv/ops"), -EPERM);
	name[255] = '\0';
	EQ(mkdir(name, 0755), 0);
	EQ(rmdir(name), 0);
	EQ(rmdir("d"), 0);
	EQ(unlink("f"), 0);
}

static void test_at(void)
{
	char buf[16];
	int dir, file;

	EQ(mkdir("d", 0755), 0);
	dir = open("d", O_RDONLY | O_DIRECTORY);
	file = openat(dir, "f", O_RDWR | O_CREAT, 0600);
	CHECK(file > dir);
	EQ(access("d/f", 0), 0);
	EQ(mkdirat(dir, "e", 0755), 0);
	EQ(symlinkat("f", dir, "s"), 0);
	EQ(linkat(dir, "f", AT_FDCWD, "f", 0), 0);
	EQ(renameat(dir, "e", AT_FDCWD, "e"), 0);
	EQ(readlink("d/s", buf, sizeof(buf)), 1);
	EQ(unlinkat(dir, "f", AT_REMOVEDIR), -ENOTDIR);
	EQ(unlinkat(dir, "f", 1), -EINVAL);
	EQ(unlinkat(dir, "f", 0), 0);
	EQ(unlinkat(dir, "s", 0), 0);
	EQ(unlinkat(dir, "../e", AT_REMOVEDIR), 0);
	EQ(mkdirat(file, "x", 0755), -ENOTDIR);
	EQ(mkdirat(99, "x", 0755), -EBADF);
	EQ(mkdirat(99, "/dev", 0755), -EEXIST);
	EQ(fchdir(file), -ENOTDIR);
	EQ(fchdir(dir), 0);
	EQ(access("../f", 0), 0);
	EQ(chdir(".."), 0);
	EQ(rmdir("d"), 0);
	EQ(openat(dir, "f", O_RDWR | O_CREAT, 0600), -ENOENT);
	close(dir);
	close(file);
	EQ(unlink("f"), 0);
}

static void test_attributes(void)
{
	struct timespec times[2] = { { 1000000000, 5 }, { 2000000000, 7 } };
	struct stat64 st;
	int fd;

	make("f", "");
	EQ(chmod("f", 04711), 0);
	EQ(stat64("f", &st), 0);
	EQ(st.st_mode, S_IFREG | 04711);
	fd = open("f", O_RDONLY);
	EQ(fchmod(fd, 0600), 0);
	EQ(utimensat(AT_FDCWD, "f", times, 0), 0);
	EQ(fstat64(fd, &st), 0);
	EQ(st.st_mode, S_IFREG | 0600);
	EQ(st.st_times[0], 1000000000);
	EQ(st.st_times[2], 2000000000);
	EQ(st.st_times[3], 7);
	times[0].tv_nsec = UTIME_OMIT;
	times[1].tv_nsec = UTIME_NOW;
	EQ(utimensat(fd, NULL, times, 0), 0);
	EQ(stat64("f", &st), 0);
	EQ(st.st_times[0], 1000000000);
	CHECK(st.st_times[2] != 2000000000);
	times[1].tv_nsec = 1000000000;
	EQ(utimensat(fd, NULL, times, 0), -EINVAL);
	close(fd);
	EQ(unlink("f"), 0);
}

/* As `rm -r` does it: entries go while the directory is read. */
static void test_remove_while_reading(void)
{
	char name[] = "00", buf[128];
	struct dirent64 *d;
	int fd, i, n, pos, removed = 0;

	for (i = 0; i < 100; i++) {
		name[0] = '0' + i / 10;
		name[1] = '0' + i % 10;
		make(name, "");
	}
	fd = open(".", O_RDONLY | O_DIRECTORY);
	while ((n = getdents64(fd, buf, sizeof(buf))) > 0)
		for (pos = 0; pos < n; pos += d->d_reclen) {
			d = (struct dirent64 *)(buf + pos);
			removed += !unlink(d->d_name);
		}
	EQ(n, 0);
	close(fd);
	EQ(removed, 100);
	EQ(strcmp(listing(), ""), 0);
}

static const struct test tests[] = {
	{ "open: a new file, O_EXCL no other, and through a link to nowhere",
	  test_create },
	{ "mkdir, rmdir: only empty ones go; nothing is made in one that is gone",
	  test_mkdir },
	{ "link: names of one file", test_links },
	{ "symlink: loops, and what it may not be", test_symlinks },
	{ "rename: takes the place of a file", test_rename },
	{ "rename: a directory, not into itself, nor over a full one",
	  test_rename_dir },
	{ "names: errors as on Linux, and nothing changes", test_errors },
	{ "*at: from an open directory", test_at },
	{ "chmod, utimensat: what stat64 says then", test_attributes },
	{ "getdents64: every entry, although those before it go",
	  test_remove_while_reading },
};

int main(int argc, char **argv)
{
	(void)argc;
	return run_in_directory(argv[0], "tree.d", tests, ARRAY_SIZE(tests));
}
