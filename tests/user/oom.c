// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who is killed when memory is out: the process that has most of it, even if
 * it waits for a vfork child, and with that child; and whoever needed memory
 * goes on. As process 1 this program needs it itself, and switches the machine
 * off if all went well: tests/matrix boots it so.
 */
#include "test.h"

static int ready[2];

static size_t free_memory(void)
{
	static char text[512];
	int fd = open("/proc/meminfo", O_RDONLY), n;
	char *line;

	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	line = strstr(text, "MemFree:");
	for (line = line ? line + 8 : text; *line == ' '; line++)
		;
	return (size_t)atoi(line) * 1024;
}

static void use(size_t bytes)
{
	char *p = mmap2(NULL, bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(!is_error(p));
	for (size_t i = 0; i < bytes; i += PAGE_SIZE)
		p[i] = 1;
}

/* Says when it has so much, and keeps it. */
static int start_hog(size_t bytes, int lend)
{
	int pid;
	char c;

	pipe(ready);
	pid = fork();
	if (!pid) {
		use(bytes);
		if (lend)
			vfork();
		write(ready[1], "", 1);
		for (;;)
			sleep_ms(1000000);
	}
	close(ready[1]);
	EQ(read(ready[0], &c, 1), 1);
	return pid;
}

/* Nothing of it is left, nor of what shared its memory. */
static void hog_is_gone(int pid)
{
	int status = -1;
	char c;

	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, SIGKILL);
	EQ(read(ready[0], &c, 1), 0);
	close(ready[0]);
}

static size_t need;

static void need_memory(void)
{
	use(need);
}

static void someone_needs_memory(int lend)
{
	size_t all = free_memory();
	int hog;

	if (!on_pv86()) {
		skip("not on a machine that others use");
		return;
	}
	hog = start_hog(all / 8 * 5, lend);
	need = all / 2;
	if (getpid() == 1)
		need_memory();
	else
		EQ(in_child(need_memory), 0);
	hog_is_gone(hog);
}

static void test_largest(void)
{
	someone_needs_memory(0);
}

static void test_lent(void)
{
	someone_needs_memory(1);
}

static const struct test tests[] = {
	{ "the process with most memory is killed, the other goes on",
	  test_largest },
	{ "so it is with a vfork parent, and its child with it", test_lent },
};

int main(void)
{
	int status = run_tests(tests, ARRAY_SIZE(tests));

	if (getpid() == 1 && !status)
		reboot(REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_POWEROFF, NULL);
	return status;
}
