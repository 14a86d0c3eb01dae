// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory as a program sees it: brk, mmap2, munmap and mprotect, the stack,
 * what may be written and executed, copies after fork, and the end of all
 * memory.  Whatever must kill happens in a child; page tables as the kernel
 * sees them are in the kernel's own tests.
 */
#include "test.h"

#define RET	0xc3		/* an instruction that can be called */

static volatile char data = 'd';
static volatile char zeroed[3 * PAGE_SIZE];
static volatile char *volatile target;

static void write_target(void)
{
	*target = 1;
}

static void read_target(void)
{
	(void)*target;
}

static void call_target(void)
{
	((void (*)(void))target)();
}

/* How a child ends that does this at p. */
static int outcome(void (*fn)(void), volatile void *p)
{
	target = p;
	return in_child(fn);
}

static void *map(size_t len, int prot)
{
	return mmap2(NULL, len, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Are these len bytes all of this value? */
static int all(const volatile char *p, size_t len, char value)
{
	while (len--)
		if (*p++ != value)
			return 0;
	return 1;
}

static void test_brk(void)
{
	char *old = brk(NULL), *end = old + 3 * PAGE_SIZE + 100;

	EQ(brk(end), end);
	CHECK(all(old, 3 * PAGE_SIZE + 100, 0));
	memset(old, 'b', 3 * PAGE_SIZE);
	EQ(brk(old + 10), old + 10);
	EQ(brk(end), end);
	CHECK(all(old + PAGE_SIZE, 2 * PAGE_SIZE, 0));
	EQ(brk((void *)1), end);
	EQ(brk((void *)-1), end);
	EQ(brk((void *)0xfffff000), end);
	EQ(brk(old), old);
	EQ(outcome(read_target, old + PAGE_SIZE), SIGSEGV);
}

static void test_brk_blocked(void)
{
	char *end = brk(NULL);
	char *p = (char *)(((uintptr_t)end + 16 * PAGE_SIZE) & -PAGE_SIZE);

	EQ(mmap2(p, PAGE_SIZE, PROT_READ,
		 MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), p);
	EQ(brk(p + 2 * PAGE_SIZE), end);
	EQ(munmap(p, PAGE_SIZE), 0);
}

static void test_zero(void)
{
	char *p = map(16 * PAGE_SIZE, PROT_READ | PROT_WRITE);
	int i;

	CHECK(all(zeroed, sizeof(zeroed), 0));
	CHECK(!is_error(p));
	EQ((uintptr_t)p % PAGE_SIZE, 0);
	CHECK(all(p, 8 * PAGE_SIZE, 0));
	for (i = 0; i < 16; i++)
		p[i * PAGE_SIZE + i] = 'p';
	for (i = 0; i < 16; i++) {
		CHECK(all(p + i * PAGE_SIZE, i, 0));
		EQ(p[i * PAGE_SIZE + i], 'p');
	}
	EQ(munmap(p, 16 * PAGE_SIZE), 0);
	EQ(outcome(read_target, p), SIGSEGV);
	EQ(munmap(p, 16 * PAGE_SIZE), 0);
}

static void test_holes(void)
{
	char *p = map(8 * PAGE_SIZE, PROT_READ | PROT_WRITE);
	int i;

	memset(p, 'h', 8 * PAGE_SIZE);
	EQ(munmap(p + 3 * PAGE_SIZE, 2 * PAGE_SIZE), 0);
	EQ(munmap(p, PAGE_SIZE), 0);
	EQ(munmap(p + 7 * PAGE_SIZE, 100), 0);
	for (i = 0; i < 8; i++)
		EQ(outcome(write_target, p + i * PAGE_SIZE),
		   i == 0 || i == 3 || i == 4 || i == 7 ? SIGSEGV : 0);
	CHECK(all(p + PAGE_SIZE, 2 * PAGE_SIZE, 'h'));
	EQ(munmap(p, 8 * PAGE_SIZE), 0);
	EQ(outcome(read_target, p + PAGE_SIZE), SIGSEGV);
}

static void test_fixed(void)
{
	char *p = map(4 * PAGE_SIZE, PROT_READ | PROT_WRITE);
	char *q = p + PAGE_SIZE;

	memset(p, 'f', 4 * PAGE_SIZE);
	EQ(mmap2(q, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE,
		 MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), q);
	CHECK(all(p, PAGE_SIZE, 'f'));
	CHECK(all(q, 2 * PAGE_SIZE, 0));
	CHECK(all(q + 2 * PAGE_SIZE, PAGE_SIZE, 'f'));
	munmap(p, 4 * PAGE_SIZE);
}

static void test_protect(void)
{
	char *p = map(5 * PAGE_SIZE, PROT_READ | PROT_WRITE);
	char *middle = p + 2 * PAGE_SIZE;

	memset(p, 'm', 5 * PAGE_SIZE);
	EQ(mprotect(middle, PAGE_SIZE, PROT_READ), 0);
	EQ(outcome(read_target, middle), 0);
	EQ(outcome(write_target, middle), SIGSEGV);
	EQ(outcome(write_target, middle - 1), 0);
	EQ(outcome(write_target, middle + PAGE_SIZE), 0);
	EQ(mprotect(middle, PAGE_SIZE, PROT_NONE), 0);
	EQ(outcome(read_target, middle), SIGSEGV);
	EQ(mprotect(p, 5 * PAGE_SIZE, PROT_READ | PROT_WRITE), 0);
	EQ(outcome(write_target, middle), 0);
	CHECK(all(p, 5 * PAGE_SIZE, 'm'));
	EQ(munmap(middle, PAGE_SIZE), 0);
	EQ(mprotect(p, 5 * PAGE_SIZE, PROT_READ), -ENOMEM);
	munmap(p, 5 * PAGE_SIZE);
}

static void test_none(void)
{
	char *p = map(PAGE_SIZE, PROT_NONE);

	EQ(outcome(read_target, p), SIGSEGV);
	EQ(outcome(write_target, p), SIGSEGV);
	EQ(outcome(call_target, p), SIGSEGV);
	EQ(mprotect(p, PAGE_SIZE, PROT_READ | PROT_WRITE), 0);
	CHECK(all(p, PAGE_SIZE, 0));
	munmap(p, PAGE_SIZE);
}

static void test_text(void)
{
	EQ(outcome(write_target, (void *)test_text), SIGSEGV);
	EQ(outcome(write_target, (void *)"constant"), SIGSEGV);
	EQ(outcome(write_target, &data), 0);
	EQ(data, 'd');
}

/* /proc/pv/stats has "nx no" where it is missing; Linux needs it here. */
static int has_nx(void)
{
	static char buf[4096];
	int fd = open("/proc/pv/stats", O_RDONLY), n;

	if (fd < 0)
		return !on_pv86();
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	buf[n < 0 ? 0 : n] = '\0';
	return !strstr(buf, "nx no");
}

static void test_execute(void)
{
	char *p = map(PAGE_SIZE, PROT_READ | PROT_WRITE);
	char stack = (char)RET;

	*p = (char)RET;
	EQ(mprotect(p, PAGE_SIZE, PROT_READ | PROT_EXEC), 0);
	EQ(outcome(call_target, p), 0);
	if (!has_nx()) {
		skip("the CPU has no NX");
		return;
	}
	EQ(mprotect(p, PAGE_SIZE, PROT_READ), 0);
	EQ(outcome(call_target, p), SIGSEGV);
	data = (char)RET;
	EQ(outcome(call_target, &data), SIGSEGV);
	data = 'd';
	EQ(outcome(call_target, &stack), SIGSEGV);
	munmap(p, PAGE_SIZE);
}

static void grow_stack(void)
{
	volatile char array[256 * 1024];
	size_t i;

	for (i = sizeof(array); i; i -= PAGE_SIZE / 2)
		array[i - 1] = 1;
	EQ(array[sizeof(array) - 1], 1);
}

static void overflow_stack(void)
{
	asm volatile("1: pushl %eax; jmp 1b");
}

static void test_stack(void)
{
	EQ(in_child(grow_stack), 0);
	EQ(in_child(overflow_stack), SIGSEGV);
}

#define GAP		(256 * PAGE_SIZE)

static void test_stack_gap(void)
{
	char *page = (char *)((uintptr_t)&page & -PAGE_SIZE);
	char *below = page - 4 * GAP, *end = below + PAGE_SIZE;

	EQ(mmap2(below, PAGE_SIZE, PROT_READ,
		 MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), below);
	EQ(outcome(write_target, end), SIGSEGV);
	EQ(outcome(write_target, end + GAP - 1), SIGSEGV);
	EQ(outcome(write_target, end + GAP), 0);
	EQ(mprotect(below, PAGE_SIZE, PROT_NONE), 0);
	EQ(outcome(write_target, end), 0);
	EQ(munmap(below, PAGE_SIZE), 0);
	below = mmap2(page - GAP / 2, PAGE_SIZE, PROT_READ,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(!is_error(below) && below < page - GAP);
	munmap(below, PAGE_SIZE);
}

static void test_null(void)
{
	EQ(outcome(read_target, NULL), SIGSEGV);
	EQ(outcome(write_target, NULL), SIGSEGV);
	EQ(outcome(call_target, NULL), SIGSEGV);
	EQ(outcome(read_target, (void *)4095), SIGSEGV);
}

static void test_kernel(void)
{
	static const uint32_t addresses[] = {
		0xc0000000, 0xc0100000, 0xf5800000, 0xfffff000,
		0xfffffffc,
	};
	size_t i;

	if (!on_pv86()) {
		skip("programs reach further up on a 64-bit kernel");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(addresses); i++) {
		EQ(outcome(read_target, (void *)addresses[i]), SIGSEGV);
		EQ(outcome(write_target, (void *)addresses[i]), SIGSEGV);
		EQ(outcome(call_target, (void *)addresses[i]), SIGSEGV);
	}
}

static char *shared;

static void change_copy(void)
{
	CHECK(all(shared, 4 * PAGE_SIZE, 'p'));
	EQ(data, 'd');
	memset(shared, 'k', 4 * PAGE_SIZE);
	data = 'k';
	CHECK(all(shared, 4 * PAGE_SIZE, 'k'));
}

static void test_copy(void)
{
	shared = map(4 * PAGE_SIZE, PROT_READ | PROT_WRITE);
	memset(shared, 'p', 4 * PAGE_SIZE);
	EQ(in_child(change_copy), 0);
	CHECK(all(shared, 4 * PAGE_SIZE, 'p'));
	EQ(data, 'd');
	EQ(in_child(change_copy), 0);
	CHECK(all(shared, 4 * PAGE_SIZE, 'p'));
	munmap(shared, 4 * PAGE_SIZE);
}

static int depth;

/* Each level changes its copy and finds it so when its child has ended. */
static void go_deeper(void)
{
	EQ(shared[0], depth);
	EQ(shared[PAGE_SIZE], 'u');
	depth++;
	shared[0] = depth;
	if (depth < 16)
		EQ(in_child(go_deeper), 0);
	EQ(shared[0], depth);
	EQ(shared[PAGE_SIZE], 'u');
}

static void test_deep(void)
{
	shared = map(2 * PAGE_SIZE, PROT_READ | PROT_WRITE);
	shared[PAGE_SIZE] = 'u';
	depth = 0;
	EQ(in_child(go_deeper), 0);
	EQ(shared[0], 0);
	munmap(shared, 2 * PAGE_SIZE);
}

static void kernel_writes(void)
{
	int fd = open("/dev/zero", O_RDONLY);

	EQ(read(fd, shared + 10, PAGE_SIZE), PAGE_SIZE);
	CHECK(all(shared, 10, 'p'));
	CHECK(all(shared + 10, PAGE_SIZE, 0));
	CHECK(all(shared + PAGE_SIZE + 10, PAGE_SIZE - 10, 'p'));
}

static void test_kernel_copy(void)
{
	shared = map(2 * PAGE_SIZE, PROT_READ | PROT_WRITE);
	memset(shared, 'p', 2 * PAGE_SIZE);
	EQ(in_child(kernel_writes), 0);
	CHECK(all(shared, 2 * PAGE_SIZE, 'p'));
	EQ(in_child(kernel_writes), 0);
	kernel_writes();
	munmap(shared, 2 * PAGE_SIZE);
}

static void protect_copy(void)
{
	EQ(mprotect(shared, PAGE_SIZE, PROT_READ), 0);
	EQ(outcome(write_target, shared), SIGSEGV);
	EQ(mprotect(shared, PAGE_SIZE, PROT_READ | PROT_WRITE), 0);
	shared[0] = 'k';
}

static void test_protected_copy(void)
{
	shared = map(PAGE_SIZE, PROT_READ | PROT_WRITE);
	shared[0] = 'p';
	EQ(in_child(protect_copy), 0);
	EQ(shared[0], 'p');
	munmap(shared, PAGE_SIZE);
}

/* Ends by a signal or, when mmap2 says that there is no more, by itself. */
static void use_everything(void)
{
	const size_t chunk = 4 << 20;
	size_t i;
	char *p;

	for (;;) {
		p = map(chunk, PROT_READ | PROT_WRITE);
		if (is_error(p)) {
			EQ(p, -ENOMEM);
			return;
		}
		for (i = 0; i < chunk; i += PAGE_SIZE)
			p[i] = 1;
	}
}

/* What the kernel writes runs out of memory, too. */
static void read_everything(void)
{
	const size_t all = 900u << 20;
	int fd = open("/dev/zero", O_RDONLY);

	read(fd, map(all, PROT_READ | PROT_WRITE), all);
}

static void test_exhaustion(void)
{
	int status, i;

	if (!on_pv86()) {
		skip("not on a machine that others use");
		return;
	}
	EQ(in_child(read_everything), SIGKILL);
	for (i = 0; i < 2; i++) {
		status = in_child(use_everything);
		if (status)
			CHECK(status == SIGKILL || status == SIGSEGV ||
			      status == SIGBUS);
		shared = map(64 * PAGE_SIZE, PROT_READ | PROT_WRITE);
		CHECK(!is_error(shared));
		memset(shared, 'x', 64 * PAGE_SIZE);
		munmap(shared, 64 * PAGE_SIZE);
	}
}

/* Shared means shared, even if writing is allowed only later. */
static void test_shared(void)
{
	volatile int *p = mmap2(NULL, 4096, PROT_READ,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int pid;

	EQ(mprotect((void *)p, 4096, PROT_READ | PROT_WRITE), 0);
	pid = fork();
	if (!pid) {
		*p = 0x1234;
		exit(0);
	}
	EQ(waitpid(pid, NULL, 0), pid);
	EQ(*p, 0x1234);
	EQ(munmap((void *)p, 4096), 0);
}

static const struct test tests[] = {
	{ "mmap: shared memory that may be written later is shared",
	  test_shared },
	{ "brk: grows with zeros, shrinks, refuses nonsense", test_brk },
	{ "brk: does not grow into a mapping", test_brk_blocked },
	{ "new memory is zero, page by page, and gone after munmap",
	  test_zero },
	{ "munmap: in the middle, at both ends, over holes", test_holes },
	{ "mmap2: MAP_FIXED replaces what was there", test_fixed },
	{ "mprotect: exactly the pages named", test_protect },
	{ "PROT_NONE: no reading, writing, executing", test_none },
	{ "a write to text or constants is SIGSEGV", test_text },
	{ "executing data or stack is SIGSEGV", test_execute },
	{ "the stack grows by itself, up to a limit: SIGSEGV", test_stack },
	{ "the stack keeps 256 pages away from what can be touched",
	  test_stack_gap },
	{ "the page at address 0 is SIGSEGV", test_null },
	{ "every access to kernel addresses is SIGSEGV", test_kernel },
	{ "fork: parent and child each see their own writes", test_copy },
	{ "fork: copies of copies, 16 deep", test_deep },
	{ "fork: the kernel's writes by read() are private too",
	  test_kernel_copy },
	{ "mprotect: a page still shared after fork stays private",
	  test_protected_copy },
	{ "no memory left ends a process, not the system", test_exhaustion },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
