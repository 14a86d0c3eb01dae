// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a program decides about the kernel's own way in and out: the data
 * segments that are loaded on entry and until the last moment before user mode,
 * and the flags of the frame by which the kernel tells user mode from its own.
 */
#include "test.h"

#define PATCH		"/proc/pv/patch"
#define LDT_ENTRY(n)	((n) << 3 | 7)
#define SPINS		500000000	/* some seconds */

static volatile uint32_t ring __attribute__((used)) = 3;

/* A program's own code, by a jump of the kernel: it says so and returns. */
void in_the_kernel(void);
asm(".text\n"
    "in_the_kernel:\n"
    "	pushl	%eax\n"
    "	movl	%cs, %eax\n"
    "	andl	$3, %eax\n"
    "	movl	%eax, %ss:ring\n"
    "	popl	%eax\n"
    "	iret");

static uint32_t target = (uint32_t)in_the_kernel;

/*
 * Where the kernel has the address of its iret: at the end of the compiled
 * bytes of that site, little endian, after the opcode.
 */
static uint32_t iret_slot(void)
{
	static char text[256 * 1024];
	uint32_t slot = 0;
	char *p;
	int i;

	read_text("/proc/pv/sites", text, sizeof(text));
	p = strstr(text, " iret ");
	p = p ? strstr(p, "ff25") : NULL;
	for (i = 11; p && i > 3; i -= 2) {
		const char *digits = "0123456789abcdef";

		slot = slot << 8 | (strchr(digits, p[i - 1]) - digits) << 4 |
			(strchr(digits, p[i]) - digits);
	}
	return slot;
}

/* Any kernel address means another one through it, that of iret `target`. */
static int make_segment(void)
{
	struct user_desc desc = {
		.entry_number = 0,
		.base_addr = (uint32_t)&target - iret_slot(),
		.limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1,
		.useable = 1,
	};

	return modify_ldt(0x11, &desc, sizeof(desc));
}

/*
 * Enters the kernel with these data segments by a system call, by a page fault
 * at `fresh`, by timer interrupts until another process has set `flag`, and
 * comes back from a switch to others.
 */
static int enter_with(uint32_t selector, volatile int *fresh,
		      volatile int *flag)
{
	int pid;

	asm volatile("movw %w4, %%ds\n\t"
		     "movw %w4, %%es\n\t"
		     "movw %w4, %%fs\n\t"
		     "movw %w4, %%gs\n\t"
		     "movl $20, %%eax\n\t"
		     "int $0x80\n\t"
		     "movl %%eax, %%ss:(%2)\n"
		     "1:\n\t"
		     "cmpl $0, %%ss:(%3)\n\t"
		     "loope 1b\n\t"
		     "movl $158, %%eax\n\t"
		     "int $0x80\n\t"
		     "xorl %%ecx, %%ecx\n\t"
		     "movw %%cx, %%fs\n\t"
		     "movw %%cx, %%gs\n\t"
		     "movl %%ss:(%2), %0\n\t"
		     "movl %%ss, %%ecx\n\t"
		     "movw %%cx, %%ds\n\t"
		     "movw %%cx, %%es"
		     : "=&a" (pid)
		     : "c" (SPINS), "S" (fresh), "D" (flag), "d" (selector)
		     : "memory");
	return pid;
}

static void enter_by_all_ways(uint32_t selector)
{
	int *fresh = (int *)map_memory(PAGE_SIZE), pid;
	int *flag = mmap2(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	pid = fork();
	if (!pid) {
		*flag = 1;
		exit(0);
	}
	ring = 3;
	EQ(enter_with(selector, fresh, flag), getpid());
	EQ(*flag, 1);
	EQ(waitpid(pid, NULL, 0), pid);
	EQ(ring, 3);
	munmap(fresh, PAGE_SIZE);
	munmap(flag, PAGE_SIZE);
}

static void test_segments(void)
{
	static const char *const levels[] = { "off", "direct", "inline" };
	char level[16];
	size_t i;

	CHECK(!make_segment() || !on_pv86());
	read_text(PATCH, level, sizeof(level));
	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		if (*level)
			EQ(write_text(PATCH, levels[i]), 0);
		enter_by_all_ways(0);
		enter_by_all_ways(LDT_ENTRY(0));
	}
	if (*level)
		EQ(write_text(PATCH, level), 0);
}

#define CODE		0x10000		/* 1000:0000 and fff:10 */
#define VM_FLAGS	0x20202
#define UD2		0x0b0f
#define LOOP		0xfeeb

static struct {
	uint16_t code;
	uint32_t cs, ip;
} vm;

/* Not more than #GP on a CPU: only the kernel may set the flag. */
static void become_vm86(void)
{
	mmap2((void *)CODE, 2 * PAGE_SIZE,
	      PROT_READ | PROT_WRITE | PROT_EXEC,
	      MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*(uint16_t *)CODE = vm.code;
	asm volatile("pushl $0; pushl $0; pushl $0; pushl $0\n\t"
		     "pushl $0x1000; pushl $0x1ff0\n\t"
		     "pushl %2; pushl %0; pushl %1; iret"
		     : : "r" (vm.cs), "r" (vm.ip), "r" (VM_FLAGS));
}

static void test_vm86(void)
{
	char backend[64], stats[2048];
	int i, pid, status;

	read_text("/proc/pv/backend", backend, sizeof(backend));
	read_text("/proc/pv/stats", stats, sizeof(stats));
	if (strstr(backend, "xen") || strstr(stats, "switches_")) {
		skip("where a program can set it, a hypervisor in 64-bit mode falls");
		return;
	}
	for (i = 0; i < 4; i++) {
		vm.code = i & 2 ? LOOP : UD2;
		vm.cs = i & 1 ? 0xfff : 0x1000;
		vm.ip = i & 1 ? 0x10 : 0;
		pid = fork();
		if (!pid) {
			become_vm86();
			exit(0);
		}
		sleep_ms(50);
		kill(pid, SIGKILL);
		EQ(waitpid(pid, &status, 0), pid);
		CHECK(WTERMSIG(status) == SIGSEGV ||
		      WTERMSIG(status) == (i & 2 ? SIGKILL : SIGILL));
	}
}

static const struct test tests[] = {
	{ "the kernel is entered and left with any data segments",
	  test_segments },
	{ "EFLAGS.VM in a program's frame does not make it the kernel's",
	  test_vm86 },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
