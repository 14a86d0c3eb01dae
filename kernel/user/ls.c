// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ls: lists directories and files in the order in which the kernel names
 * them; -l adds type, permissions, links, owner, size and where a symbolic
 * link points to.
 */
#include "lib.h"

#define PATH_MAX	1024

static int longform;

static void mode_string(uint32_t mode, char *s)
{
	static const char types[] = "?pc?d?b?-?l?s???";
	int bit;

	*s++ = types[mode >> 12 & 15];
	for (bit = 8; bit >= 0; bit--)
		*s++ = mode >> bit & 1 ? "xwr"[bit % 3] : '-';
	*s = '\0';
}

static void list_one(const char *path, const char *name)
{
	char mode[11], target[PATH_MAX];
	struct stat64 st;
	int n;

	if (!longform) {
		printf("%s\n", name);
		return;
	}
	n = lstat64(path, &st);
	if (n < 0) {
		complain("ls", path, n);
		return;
	}
	mode_string(st.st_mode, mode);
	n = -1;
	if ((st.st_mode & S_IFMT) == S_IFLNK)
		n = readlink(path, target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = '\0';
	printf("%s %3u %u:%u %9u %s%s%s\n", mode, st.st_nlink, st.st_uid,
	       st.st_gid, (uint32_t)st.st_size, name, n < 0 ? "" : " -> ",
	       target);
}

static int list_dir(const char *dir, int fd)
{
	static char buf[2048], path[PATH_MAX];
	size_t len = strlen(dir), name;
	struct dirent64 *d;
	int n, pos;

	memcpy(path, dir, len);
	if (!len || path[len - 1] != '/')
		path[len++] = '/';
	while ((n = getdents64(fd, buf, sizeof(buf))) > 0) {
		for (pos = 0; pos < n; pos += d->d_reclen) {
			d = (struct dirent64 *)(buf + pos);
			name = strlen(d->d_name) + 1;
			if (d->d_name[0] == '.' || len + name > PATH_MAX)
				continue;
			memcpy(path + len, d->d_name, name);
			list_one(path, d->d_name);
		}
	}
	return n < 0 ? complain("ls", dir, n) : 0;
}

static int list(const char *path)
{
	struct stat64 st;
	int fd, failed, err = stat64(path, &st);

	if (err < 0 && longform)
		err = lstat64(path, &st);
	if (err < 0)
		return complain("ls", path, err);
	if ((st.st_mode & S_IFMT) != S_IFDIR) {
		list_one(path, path);
		return 0;
	}
	fd = strlen(path) < PATH_MAX - 1 ?
		open(path, O_RDONLY | O_DIRECTORY) : -ENAMETOOLONG;
	if (fd < 0)
		return complain("ls", path, fd);
	failed = list_dir(path, fd);
	close(fd);
	return failed;
}

int main(int argc, char **argv)
{
	int i = 1, many, failed = 0;

	if (argc > 1 && !strcmp(argv[1], "-l")) {
		longform = 1;
		i++;
	}
	if (i == argc)
		return list(".");
	many = argc - i > 1;
	for (; i < argc; i++) {
		if (many)
			printf("%s:\n", argv[i]);
		failed |= list(argv[i]);
	}
	return failed;
}
