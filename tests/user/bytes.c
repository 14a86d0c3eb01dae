// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is in files: writing, holes, cutting off, memory that runs out, files
 * without a name; and files that are programs: one that runs is not written to,
 * and scripts. Names are in tree.c.
 */
#include "files.h"

#define KIB		1024
#define MIB		(1024 * KIB)

static char *self;			/* from the directory of the tests */

/* Bytes that differ from those at other places. */
static uint8_t byte_at(uint32_t at)
{
	return at * 7 + (at >> 8) * 13 + (at >> 16);
}

static int write_pattern(int fd, uint32_t from, uint32_t len)
{
	static uint8_t buf[3000];
	uint32_t done, i, n;
	int ret;

	for (done = 0; done < len; done += ret) {
		n = len - done < sizeof(buf) ? len - done : sizeof(buf);
		for (i = 0; i < n; i++)
			buf[i] = byte_at(from + done + i);
		ret = write(fd, buf, n);
		if (ret <= 0)
			return ret;
	}
	return done;
}

/* How many bytes of the file, from here on, are not those or not zero. */
static uint32_t differ(int fd, uint32_t from, uint32_t len, int zero)
{
	static uint8_t buf[5000];
	uint32_t done = 0, wrong = 0;
	int i, n;

	while (done < len) {
		n = len - done < sizeof(buf) ? len - done : sizeof(buf);
		n = read(fd, buf, n);
		if (n <= 0)
			return wrong + len - done;
		for (i = 0; i < n; i++)
			wrong += buf[i] != (zero ? 0 : byte_at(from + done + i));
		done += n;
	}
	return wrong;
}

static int size_of(int fd)
{
	struct stat64 st;

	return fstat64(fd, &st) ? -1 : st.st_size;
}

static void test_write(void)
{
	int fd = open("f", O_RDWR | O_CREAT, 0600);

	EQ(write_pattern(fd, 0, 5 * MIB + 5), 5 * MIB + 5);
	EQ(lseek(fd, 0, SEEK_CUR), 5 * MIB + 5);
	EQ(lseek(fd, 0, SEEK_SET), 0);
	EQ(differ(fd, 0, 5 * MIB + 5, 0), 0);
	EQ(read(fd, &fd, 1), 0);
	EQ(lseek(fd, 4095, SEEK_SET), 4095);
	EQ(write(fd, "xy", 2), 2);
	EQ(lseek(fd, 4095, SEEK_SET), 4095);
	EQ(differ(fd, 0, 2, 0), 2);
	EQ(size_of(fd), 5 * MIB + 5);
	close(fd);
	EQ(unlink("f"), 0);
}

static void test_append(void)
{
	int a, b;

	make("f", "one");
	a = open("f", O_WRONLY | O_APPEND);
	b = open("f", O_WRONLY | O_APPEND);
	EQ(lseek(a, 0, SEEK_SET), 0);
	EQ(write(a, " two", 4), 4);
	EQ(write(b, " three", 6), 6);
	EQ(write(a, ".", 1), 1);
	EQ(lseek(a, 0, SEEK_CUR), 14);
	close(a);
	close(b);
	EQ(holds("f", "one two three."), 1);
	a = open("f", O_WRONLY | O_TRUNC);
	EQ(write(a, "new", 3), 3);
	close(a);
	EQ(holds("f", "new"), 1);
	EQ(unlink("f"), 0);
}

/* Holes far apart: in the first page, and beyond two kinds of index. */
static void test_holes(void)
{
	static const uint32_t at[] = { 0, 9000, 5 * MIB, 100 * MIB };
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	struct stat64 st;
	size_t i;

	for (i = ARRAY_SIZE(at); i--; ) {
		EQ(lseek(fd, at[i], SEEK_SET), at[i]);
		EQ(write_pattern(fd, at[i], 10), 10);
	}
	EQ(size_of(fd), 100 * MIB + 10);
	fstat64(fd, &st);
	CHECK(st.st_blocks < 1000);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		EQ(lseek(fd, at[i], SEEK_SET), at[i]);
		EQ(differ(fd, at[i], 10, 0), 0);
		EQ(differ(fd, 0, i < 3 ? 2000 : 0, 1), 0);
	}
	close(fd);
	EQ(unlink("f"), 0);
}

static void test_truncate(void)
{
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	struct stat64 st;

	EQ(write_pattern(fd, 0, 5 * MIB), 5 * MIB);
	EQ(ftruncate(fd, 4 * MIB + 9000), 0);
	EQ(truncate("f", 5000), 0);
	EQ(size_of(fd), 5000);
	fstat64(fd, &st);
	CHECK(st.st_blocks <= 16);
	EQ(ftruncate(fd, 4 * MIB + 9000), 0);
	EQ(lseek(fd, 0, SEEK_SET), 0);
	EQ(differ(fd, 0, 5000, 0), 0);
	EQ(differ(fd, 0, 4 * MIB + 4000, 1), 0);
	EQ(read(fd, &st, 1), 0);
	EQ(ftruncate(fd, -1), -EINVAL);
	EQ(truncate("f", -1), -EINVAL);
	EQ(ftruncate(fd, 0), 0);
	EQ(size_of(fd), 0);
	close(fd);
	fd = open("f", O_RDONLY);
	EQ(ftruncate(fd, 0), -EINVAL);
	EQ(write(fd, "x", 1), -EBADF);
	close(fd);
	EQ(unlink("f"), 0);
}

/* The last byte that a file can have without O_LARGEFILE. */
static void test_largest(void)
{
	int fd = open("f", O_RDWR | O_CREAT, 0600);

	EQ(lseek(fd, INT32_MAX - 1, SEEK_SET), INT32_MAX - 1);
	EQ(write(fd, "xy", 2), 1);
	EQ(write(fd, "y", 1), -EFBIG);
	EQ(size_of(fd), INT32_MAX);
	EQ(ftruncate(fd, 0), 0);
	close(fd);
	EQ(unlink("f"), 0);
}

static void test_nameless(void)
{
	int fd = open("f", O_RDWR | O_CREAT, 0600), other;
	struct stat64 st;

	EQ(write_pattern(fd, 0, 10000), 10000);
	EQ(unlink("f"), 0);
	EQ(fstat64(fd, &st), 0);
	EQ(st.st_nlink, 0);
	make("f", "another");
	other = dup(fd);
	close(fd);
	EQ(lseek(other, 0, SEEK_SET), 0);
	EQ(differ(other, 0, 10000, 0), 0);
	EQ(write_pattern(other, 10000, 10000), 10000);
	close(other);
	EQ(holds("f", "another"), 1);
	EQ(unlink("f"), 0);
}

static void test_bad_memory(void)
{
	char *p = map_memory(PAGE_SIZE);
	int fd = open("f", O_RDWR | O_CREAT, 0600);

	memset(p, 'p', PAGE_SIZE);
	EQ(write(fd, KERNEL_ADDRESS, 1), -EFAULT);
	EQ(write(fd, p + PAGE_SIZE, 1), -EFAULT);
	EQ(size_of(fd), 0);
	EQ(write(fd, p, 1), 1);
	EQ(write(fd, KERNEL_ADDRESS, 10), -EFAULT);
	EQ(size_of(fd), 1);
	close(fd);
	EQ(unlink("f"), 0);
	munmap(p, PAGE_SIZE);
}

/* Twice, and as much each time; what is there stays, and can be removed. */
static void test_full(void)
{
	int fd, n, first = 0, round;

	if (!on_pv86()) {
		skip("this machine has too much memory to fill");
		return;
	}
	make("kept", "kept");
	for (round = 0; round < 2; round++) {
		static char buf[64 * KIB];
		int total = 0;

		fd = open("f", O_RDWR | O_CREAT, 0600);
		while ((n = write(fd, buf, sizeof(buf))) > 0)
			total += n;
		EQ(n, -ENOSPC);
		EQ(size_of(fd), total);
		EQ(open("g", O_WRONLY | O_CREAT, 0600), -ENOSPC);
		EQ(mkdir("g", 0700), -ENOSPC);
		EQ(symlink("g", "h"), -ENOSPC);
		EQ(link("f", "g"), -ENOSPC);
		EQ(access("g", 0), -ENOENT);
		EQ(rename("kept", "a longer name"), 0);
		EQ(rename("a longer name", "kept"), 0);
		EQ(holds("kept", "kept"), 1);
		CHECK(total > MIB);
		CHECK(!round || total > first - 64 * KIB);
		first = total;
		close(fd);
		EQ(unlink("f"), 0);
	}
	EQ(unlink("kept"), 0);
}

/* ---- programs ------------------------------------------------------------ */

static void copy_self(const char *to)
{
	static char buf[4096];
	int in = open(self, O_RDONLY), n;
	int out = open(to, O_WRONLY | O_CREAT, 0755);

	while ((n = read(in, buf, sizeof(buf))) > 0)
		EQ(write(out, buf, n), n);
	close(in);
	EQ(execve(to, (char *[]){ (char *)to, NULL }, NULL), -ETXTBSY);
	close(out);
}

static int start(const char *path, const char *arg)
{
	char *argv[] = { (char *)path, (char *)arg, NULL };
	int pid = fork();

	if (!pid)
		exit(-execve(path, argv, NULL));
	return pid;
}

static void test_running(void)
{
	int fds[2], pid, status = 0;
	char c, arg[] = "w00";

	copy_self("p");
	pipe(fds);
	arg[1] += fds[0];
	arg[2] += fds[1];
	pid = start("p", arg);
	EQ(read(fds[0], &c, 1), 1);	/* it runs */
	EQ(open("p", O_WRONLY), -ETXTBSY);
	EQ(open("p", O_RDWR | O_TRUNC), -ETXTBSY);
	EQ(open("p", O_WRONLY | O_CREAT, 0700), -ETXTBSY);
	EQ(truncate("p", 0), -ETXTBSY);
	EQ(close(open("p", O_RDONLY)), 0);
	make("new", "#!/nosuch");
	EQ(rename("new", "p"), 0);	/* it runs on, without a name */
	write(fds[1], "g", 1);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 7 << 8);
	EQ(close(open("p", O_WRONLY)), 0);
	EQ(unlink("p"), 0);
	close(fds[0]);
	close(fds[1]);
}

static const struct script {
	const char *text;
	int status;
} scripts[] = {
	{ "#!p", 50 }, { "#! \tp\n", 50 }, { "#!p one\n", 51 },
	{ "#!p one two \t\nthree", 52 }, { "#!p one", 51 },
	{ "#!nosuch\n", ENOENT }, { "#!\n", ENOEXEC },
	{ "#! \n", ENOEXEC }, { "#!./\n", EACCES }, { "#!s\n", ELOOP },
	{ "#", ENOEXEC }, { "", ENOEXEC }, { "echo hello\n", ENOEXEC },
};

static int run_script(const char *path)
{
	int status = -1, pid = start(path, "last");

	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

/* `p` gets what the first line says, the path and the other arguments. */
static void test_scripts(void)
{
	static char line[300] = "#!";
	size_t i;

	copy_self("p");
	for (i = 0; i < ARRAY_SIZE(scripts); i++) {
		int got;

		make("s", scripts[i].text);
		got = run_script("s");
		if (got != scripts[i].status)
			printf("    # %s\n", scripts[i].text);
		EQ(got, scripts[i].status);
		EQ(unlink("s"), 0);
	}
	memset(line + 2, '/', 297);
	line[299] = '\0';
	make("s", line);
	EQ(run_script("s"), ENOEXEC);	/* cut off in the name */
	EQ(unlink("s"), 0);
	EQ(unlink("p"), 0);
}

static void test_nested_scripts(void)
{
	char text[] = "#!s0 a\n", name[] = "s1";
	int i;

	copy_self("p");
	make("s0", "#!p\n");
	for (i = 1; i < 6; i++) {
		text[3] = '0' + i - 1;
		name[1] = '0' + i;
		make(name, text);
	}
	EQ(run_script("s4"), 54);	/* p, and s0 a, s1 a, s2 a, s3 a, s4 */
	EQ(run_script("s5"), ELOOP);
	for (i = 0; i < 6; i++) {
		name[1] = '0' + i;
		EQ(unlink(name), 0);
	}
	EQ(unlink("p"), 0);
}

/* As a program that a script or test_running() started. */
static int new_program(int argc, char **argv)
{
	char c;

	if (argv[1][0] == 'w') {
		write(argv[1][2] - '0', "!", 1);
		sleep_ms(50);
		return read(argv[1][1] - '0', &c, 1) == 1 ? 7 : 8;
	}
	if (strcmp(argv[argc - 1], "last"))
		return 90;
	if (argc == 11 && !strcmp(argv[1], "s0"))
		return 54;
	if (argc == 3)
		return strcmp(argv[1], "s") ? 91 : 50;
	if (argc != 4 || strcmp(argv[2], "s"))
		return 92;
	return !strcmp(argv[1], "one") ? 51 :
	       !strcmp(argv[1], "one two") ? 52 : 93;
}

static const struct test tests[] = {
	{ "write: what was written is there, over page ends and later",
	  test_write },
	{ "O_APPEND: at the end, whoever moved it; O_TRUNC: from nothing",
	  test_append },
	{ "lseek and write: holes are zeros and take no memory", test_holes },
	{ "truncate: what was cut off does not come back", test_truncate },
	{ "write: up to 2 GiB - 1, then EFBIG", test_largest },
	{ "unlink: an open file lives until it is closed", test_nameless },
	{ "write: EFAULT, and nothing was written", test_bad_memory },
	{ "memory full: ENOSPC, what is there stays, and all comes back",
	  test_full },
	{ "a program that runs: its file is ETXTBSY, and outlives its name",
	  test_running },
	{ "execve: a script's first line, and what is none", test_scripts },
	{ "execve: five scripts run each other, a sixth is ELOOP",
	  test_nested_scripts },
};

int main(int argc, char **argv)
{
	static char path[64] = "../";

	if (argc > 1)
		return new_program(argc, argv);
	memcpy(path + 3, argv[0] + strlen(beside(argv[0], "")),
	       strlen(argv[0]) - strlen(beside(argv[0], "")) + 1);
	self = path;
	return run_in_directory(argv[0], "bytes.d", tests, ARRAY_SIZE(tests));
}
