// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * execve: what a new program is given, what stays and what goes, and that a
 * file which is no program is refused, however nearly it is one.  The broken
 * files are made by mkbadelf.c; this program also executes itself and then
 * looks around.
 */
#include "test.h"

#define AT_PHDR		3
#define AT_PHENT	4
#define AT_PHNUM	5
#define AT_PAGESZ	6
#define AT_ENTRY	9

#define MANY		100000
#define STRING_MAX	(128 * 1024)

static char *self;
static const char *bad_dir;
static int variable = 5;
static char long_string[200000];

static char *const no_env[] = { NULL };

extern char _start[];

/* As a new program: are these the arguments of test_arguments()? */
static int check_arguments(int argc, char **argv, char **envp)
{
	EQ(argc, 5);
	EQ(strcmp(argv[2], ""), 0);
	EQ(strcmp(argv[3], "two words"), 0);
	EQ(strlen(argv[4]), 5000);
	EQ(argv[5], NULL);
	EQ(envp, argv + 6);
	EQ(strcmp(envp[0], "A=b"), 0);
	EQ(strcmp(envp[1], ""), 0);
	EQ(envp[2], NULL);
	EQ(((uintptr_t)argv - 4) % 16, 0);	/* esp at the entry */
	EQ(variable, 5);
	return test_failed;
}

/* Are these the arguments of test_many()? */
static int check_many(int argc, char **argv)
{
	int i, wrong = 0;

	EQ(argc, MANY);
	for (i = 2; i < MANY; i++)
		wrong += atoi(argv[i]) != i;
	EQ(wrong, 0);
	EQ(argv[MANY], NULL);
	EQ(argv[MANY + 1], NULL);
	return test_failed;
}

static int check_longest(char **argv)
{
	EQ(strlen(argv[2]), STRING_MAX - 1);
	EQ(argv[2][STRING_MAX - 2], 'z');
	return test_failed;
}

static int check_auxv(char **envp)
{
	uint32_t *aux, value[AT_ENTRY + 1] = { 0 };
	uint32_t *segment;

	while (*envp)
		envp++;
	for (aux = (uint32_t *)(envp + 1); aux[0]; aux += 2)
		if (aux[0] <= AT_ENTRY)
			value[aux[0]] = aux[1];
	EQ(value[AT_PAGESZ], PAGE_SIZE);
	EQ(value[AT_PHENT], 32);
	EQ(value[AT_ENTRY], _start);
	CHECK(value[AT_PHNUM] >= 1 && value[AT_PHNUM] < 10);
	segment = (uint32_t *)value[AT_PHDR];
	CHECK(segment);
	if (!test_failed)
		EQ(segment[0], 1);		/* PT_LOAD */
	return test_failed;
}

static int check_files(char **argv)
{
	char c = 0;

	EQ(read(atoi(argv[2]), &c, 1), -EBADF);
	EQ(read(atoi(argv[3]), &c, 1), 1);
	EQ(c, 'E');
	EQ(getcwd(long_string, 100), 5);
	return test_failed;
}

static int check_signals(void)
{
	struct sigaction act;

	EQ(rt_sigaction(SIGTERM, NULL, &act, 8), 0);
	EQ(act.handler, SIG_IGN);
	EQ(rt_sigaction(SIGUSR1, NULL, &act, 8), 0);
	EQ(act.handler, SIG_DFL);
	return test_failed;
}

static int new_program(int argc, char **argv, char **envp)
{
	switch (argv[1][0]) {
	case 'a':
		return check_arguments(argc, argv, envp);
	case 'x':
		return check_auxv(envp);
	case 'f':
		return check_files(argv);
	case 's':
		return check_signals();
	case 'm':
		return check_many(argc, argv);
	case 'l':
		return check_longest(argv);
	}
	return 99;
}

static void exec_arguments(void)
{
	char *argv[] = {
		self, (char *)"arguments", (char *)"", (char *)"two words",
		long_string, NULL,
	};
	char *env[] = { (char *)"A=b", (char *)"", NULL };

	memset(long_string, 'x', 5000);
	variable = 6;
	EQ(execve(self, argv, env), 0);
}

/* More than a megabyte, with the addresses. */
static void exec_many(void)
{
	static char text[MANY][8];
	static char *argv[MANY + 1];
	int i, n, at;

	for (i = 2; i < MANY; i++) {
		for (n = i, at = 6; at >= 0; n /= 10)
			text[i][at--] = '0' + n % 10;
		argv[i] = text[i];
	}
	argv[0] = self;
	argv[1] = (char *)"many";
	EQ(execve(self, argv, no_env), 0);
}

static void exec_longest(void)
{
	char *argv[] = { self, (char *)"longest", long_string, NULL };

	memset(long_string, 'z', STRING_MAX - 1);
	long_string[STRING_MAX - 1] = 'z';
	EQ(execve(self, argv, no_env), -E2BIG);
	long_string[STRING_MAX - 1] = '\0';
	EQ(execve(self, argv, no_env), 0);
}

static void exec_auxv(void)
{
	char *argv[] = { self, (char *)"x", NULL };

	EQ(execve(self, argv, no_env), 0);
}

static void exec_files(void)
{
	int goes = open(self, O_RDONLY | O_CLOEXEC);
	int stays = open(self, O_RDONLY);
	char a[] = { '0' + goes / 10, '0' + goes % 10, '\0' };
	char b[] = { '0' + stays / 10, '0' + stays % 10, '\0' };
	char *argv[] = { self, (char *)"files", a, b, NULL };

	lseek(stays, 1, SEEK_SET);
	EQ(execve("/nosuch", argv, no_env), -ENOENT);
	EQ(lseek(goes, 0, SEEK_CUR), 0);
	chdir("/dev");
	EQ(execve(self, argv, no_env), 0);
}

static void exec_signals(void)
{
	struct sigaction act = { .handler = SIG_IGN };
	char *argv[] = { self, (char *)"signals", NULL };

	rt_sigaction(SIGTERM, &act, NULL, 8);
	act.handler = (void *)exec_signals;
	act.flags = 0x04000000;		/* there is a restorer */
	act.restorer = (void *)exec_signals;
	rt_sigaction(SIGUSR1, &act, NULL, 8);
	EQ(execve(self, argv, no_env), 0);
}

static void test_arguments(void)
{
	EQ(in_child(exec_arguments), 0);
	EQ(variable, 5);
}

static void test_many(void)
{
	EQ(in_child(exec_many), 0);
}

static void test_longest(void)
{
	EQ(in_child(exec_longest), 0);
}

static void test_auxv(void)
{
	EQ(in_child(exec_auxv), 0);
}

static void test_files(void)
{
	EQ(in_child(exec_files), 0);
}

static void test_signals(void)
{
	EQ(in_child(exec_signals), 0);
}

static void test_errors(void)
{
	static const struct {
		const char *path;
		int err;
	} errors[] = {
		{ "/nosuch", ENOENT }, { "", ENOENT }, { "/no/such", ENOENT },
		{ "/dev/null/x", ENOTDIR }, { "/dev", EACCES },
		{ "/dev/null", EACCES }, { "/", EACCES },
	};
	char *argv[] = { self, NULL };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errors); i++)
		EQ(execve(errors[i].path, argv, no_env), -errors[i].err);
}

static void test_pointers(void)
{
	void *const bad[] = { NULL, KERNEL_ADDRESS, (void *)-1 };
	char *argv[] = { self, NULL, NULL };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EQ(execve(bad[i], argv, no_env), -EFAULT);
		if (!bad[i])
			continue;
		EQ(execve(self, bad[i], no_env), -EFAULT);
		EQ(execve(self, argv, bad[i]), -EFAULT);
		argv[1] = bad[i];
		EQ(execve(self, argv, no_env), -EFAULT);
		EQ(execve(self, argv + 2, argv), -EFAULT);
		argv[1] = NULL;
	}
}

static void test_too_big(void)
{
	char *argv[] = { self, long_string, NULL };
	size_t count = 60000, i;
	char **many;

	memset(long_string, 'y', sizeof(long_string) - 1);
	EQ(execve(self, argv, no_env), -E2BIG);
	EQ(execve(self, argv + 2, argv), -E2BIG);
	many = (char **)map_memory(count * sizeof(*many));
	for (i = 0; i < count - 1; i++)
		many[i] = long_string + sizeof(long_string) - 4000;
	EQ(execve(self, many, no_env), -E2BIG);
	munmap(many, count * sizeof(*many));
}

/* A broken program may do nothing for ever: it is given a while, then killed. */
static int status_of(int pid, int runs)
{
	int status = -1, i;

	for (i = 0; i < 100 || !runs; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		sleep_ms(1);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return status;
}

static int run_bad(const char *name, int runs)
{
	char path[300], *argv[] = { path, NULL };
	size_t len = strlen(bad_dir);
	int pid = fork();

	if (pid)
		return status_of(pid, runs);
	memcpy(path, bad_dir, len);
	path[len] = '/';
	memcpy(path + len + 1, name, strlen(name) + 1);
	exit(100 - execve(path, argv, no_env));
}

static void check_bad(const char *name, const char *outcome)
{
	int status, err = 0;

	if (!strcmp(outcome, "EACCES"))
		err = EACCES;
	if (!strcmp(outcome, "ENOEXEC") ||
	    (!strcmp(outcome, "STRICT") && on_pv86()))
		err = ENOEXEC;
	status = run_bad(name, !err && strcmp(outcome, "RUNS"));
	if (!strcmp(outcome, "RUNS") ? !status :
	    !err || status == (100 + err) << 8)
		return;
	printf("    # %s, which is %s: wait status %x\n", name, outcome,
	       status);
	test_failed = 1;
}

static void test_bad(void)
{
	static char list[8192];
	const char *path = beside(self, "badelf/list");
	int fd = open(path, O_RDONLY), n, count = 0;
	char *p = list, *name, *outcome;

	if (fd < 0) {
		skip("there is no badelf/list");
		return;
	}
	n = read(fd, list, sizeof(list) - 1);
	close(fd);
	path = beside(self, "badelf");
	bad_dir = path;
	CHECK(n > 0);
	while (*p) {
		name = p;
		outcome = strchr(name, ' ');
		p = outcome ? strchr(outcome, '\n') : NULL;
		if (!p)
			break;
		*outcome++ = '\0';
		*p++ = '\0';
		check_bad(name, outcome);
		count++;
	}
	CHECK(count > 50);
}

/* Segments are mapped by pages, with all that the file has in them. */
static void test_tail(void)
{
	struct {
		uint32_t type, offset, vaddr, paddr, filesz, memsz, flags;
	} *s = (void *)(_start - (uintptr_t)_start % PAGE_SIZE + 52);
	const char *end;
	size_t tail, i, differ = 0, zeros = 0;
	static char page[PAGE_SIZE];
	int fd = open(self, O_RDONLY);

	EQ(s->type, 1);
	EQ(s->filesz, s->memsz);
	end = (char *)s->vaddr + s->filesz;
	tail = -(uintptr_t)end % PAGE_SIZE;
	lseek(fd, s->offset + s->filesz, SEEK_SET);
	CHECK(read(fd, page, tail) > 0);
	for (i = 0; i < tail; i++) {
		differ += end[i] != page[i];
		zeros += !page[i];
	}
	EQ(differ, 0);
	CHECK(zeros < tail);
	close(fd);
}

static const struct test tests[] = {
	{ "execve: arguments and environment arrive, data is fresh",
	  test_arguments },
	{ "execve: 100,000 arguments of a megabyte arrive", test_many },
	{ "execve: so does one of 128 KiB, and a longer one is E2BIG",
	  test_longest },
	{ "execve: the auxiliary vector tells the truth", test_auxv },
	{ "execve: O_CLOEXEC files go, others and the directory stay",
	  test_files },
	{ "execve: ignored signals stay ignored, handlers go",
	  test_signals },
	{ "execve: what is no executable file, as on Linux", test_errors },
	{ "execve: bad pointers are EFAULT", test_pointers },
	{ "execve: arguments beyond all bounds are E2BIG", test_too_big },
	{ "execve: behind a segment's bytes come those of the file",
	  test_tail },
	{ "execve: broken ELF files are refused or die alone", test_bad },
};

int main(int argc, char **argv, char **envp)
{
	if (argc > 1)
		return new_program(argc, argv, envp);
	self = argv[0];
	return run_tests(tests, ARRAY_SIZE(tests));
}
