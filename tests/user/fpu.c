// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The FPU's registers are a process's own: x87 and, where the CPU has it, SSE
 * state must survive other processes' use of it, be copied by fork and be
 * fresh after execve.  The kernel switches it lazily, so the tests make
 * several processes use it in turns, by force and of their own accord.
 */
#include "test.h"

#define USERS		4
#define DEFAULT_CW	0x37f
#define DEFAULT_MXCSR	0x1f80

struct x87 {
	uint32_t cw, sw, tag, ip, cs, dp, ds;
	uint8_t st[8][10];
};

struct state {
	struct x87 x87;
	uint32_t mxcsr;
	uint32_t xmm[8][4];
};

static char *self;
static int has_sse;

static void detect_sse(void)
{
	uint32_t leaf = 1, features;

	asm("cpuid" : "+a" (leaf), "=d" (features) : : "ebx", "ecx");
	has_sse = features >> 25 & 1;
}

#define EACH_XMM(op_to, op_from)				\
	"movups " op_to(0) "\n\tmovups " op_to(1) "\n\t"	\
	"movups " op_to(2) "\n\tmovups " op_to(3) "\n\t"	\
	"movups " op_to(4) "\n\tmovups " op_to(5) "\n\t"	\
	"movups " op_to(6) "\n\tmovups " op_to(7) op_from

#define LOAD(n)		#n "*16(%0), %%xmm" #n
#define STORE(n)	"%%xmm" #n ", " #n "*16(%0)"

static void save(struct state *s)
{
	memset(s, 0, sizeof(*s));
	asm volatile("fnsave %0\n\tfrstor %0" : "=m" (s->x87));
	/* Where it last was and the reserved halves mean nothing here. */
	s->x87.ip = s->x87.cs = s->x87.dp = s->x87.ds = 0;
	s->x87.cw &= 0xffff;
	s->x87.sw &= 0xffff;
	s->x87.tag &= 0xffff;
	if (!has_sse)
		return;
	asm volatile("stmxcsr %0" : "=m" (s->mxcsr));
	asm volatile(EACH_XMM(STORE, "") : : "r" (s->xmm) : "memory");
}

static void load(const struct state *s)
{
	asm volatile("frstor %0" : : "m" (s->x87));
	if (!has_sse)
		return;
	asm volatile("ldmxcsr %0" : : "m" (s->mxcsr));
	asm volatile(EACH_XMM(LOAD, "") : : "r" (s->xmm) : "memory");
}

/* A state like nobody else's. */
static void make(struct state *s, uint32_t seed)
{
	int i, j;

	memset(s, 0, sizeof(*s));
	s->x87.cw = DEFAULT_CW | (seed & 3) << 10;	/* rounding */
	s->mxcsr = DEFAULT_MXCSR | (seed & 3) << 13;
	for (i = 0; i < 8; i++) {
		s->x87.st[i][0] = seed;
		s->x87.st[i][1] = i;
		s->x87.st[i][7] = 0x80;		/* a normal number: */
		s->x87.st[i][9] = 0x3f;		/* any tag but valid is lost */
		s->x87.st[i][8] = 0xf0;
		for (j = 0; j < 4; j++)
			s->xmm[i][j] = seed * 1000 + i * 10 + j;
	}
	s->x87.sw = 0;
	load(s);
	save(s);
}

static int same(const struct state *a, const struct state *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void use_and_yield(int who)
{
	struct state mine, now;
	int i, bad = 0;

	make(&mine, who + 1);
	for (i = 0; i < 100; i++) {
		load(&mine);
		sched_yield();
		save(&now);
		bad += !same(&mine, &now);
		if (i % 3 == who % 3)
			sched_yield();	/* a turn without the FPU */
	}
	EQ(bad, 0);
	exit(test_failed);
}

static void use_and_spin(int who)
{
	struct state mine, now;
	struct timespec begin, end;
	int i, bad = 0;

	make(&mine, who + 100);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		for (i = 0; i < 200; i++) {
			save(&now);
			bad += !same(&mine, &now);
		}
		clock_gettime(CLOCK_MONOTONIC, &end);
	} while ((end.tv_sec - begin.tv_sec) * 1000 +
		 (end.tv_nsec - begin.tv_nsec) / 1000000 < 100);
	EQ(bad, 0);
	exit(test_failed);
}

static void run_users(void (*user)(int who))
{
	int i, status, n = 0;

	for (i = 0; i < USERS; i++)
		if (!fork())
			user(i);
	while (waitpid(-1, &status, 0) > 0) {
		EQ(status, 0);
		n++;
	}
	EQ(n, USERS);
}

static void test_yield(void)
{
	run_users(use_and_yield);
}

static void test_preempt(void)
{
	run_users(use_and_spin);
}

static struct state parent;

static void check_inherited(void)
{
	struct state now;

	save(&now);
	CHECK(same(&parent, &now));
	make(&now, 55);
	sched_yield();
}

static void test_fork(void)
{
	struct state now;
	int i;

	for (i = 0; i < 3; i++) {
		make(&parent, 42 + i);
		EQ(in_child(check_inherited), 0);
		save(&now);
		CHECK(same(&parent, &now));
	}
}

/* What a new program finds; the exit status says what was wrong. */
static int check_fresh(void)
{
	static const uint32_t zero[8][4];
	struct state now;

	save(&now);
	if (now.x87.cw != DEFAULT_CW || now.x87.tag != 0xffff)
		return 10;
	if (has_sse && now.mxcsr != DEFAULT_MXCSR)
		return 11;
	if (memcmp(now.xmm, zero, sizeof(zero)))
		return 12;
	return 0;
}

static void exec_fresh(void)
{
	char *argv[] = { self, (char *)"fresh", NULL };

	make(&parent, 99);
	EQ(execve(self, argv, argv + 2), 0);
}

static void test_exec(void)
{
	struct state now;

	make(&parent, 98);
	EQ(in_child(exec_fresh), 0);
	save(&now);
	CHECK(same(&parent, &now));
}

static void test_calls(void)
{
	struct state mine, now;
	char *p = map_memory(PAGE_SIZE);
	struct utsname uts;

	make(&mine, 7);
	uname(&uts);
	save(&now);
	CHECK(same(&mine, &now));
	*p = 1;
	save(&now);
	CHECK(same(&mine, &now));
	sleep_ms(1);
	save(&now);
	CHECK(same(&mine, &now));
	munmap(p, PAGE_SIZE);
}

/* The exception waits for the next FPU instruction. */
static void divide_and_leave(void)
{
	const uint16_t cw = 0x37b;	/* division by zero is no more masked */

	asm volatile("fninit\n\t"
		     "fldcw %0\n\t"
		     "fld1\n\t"
		     "fldz\n\t"
		     "fdivrp" : : "m" (cw));
}

static void divide_x87(void)
{
	divide_and_leave();
	asm volatile("fwait");
}

static void divide_sse(void)
{
	const uint32_t mxcsr = DEFAULT_MXCSR & ~(1 << 9);
	const uint32_t one = 0x3f800000;

	asm volatile("ldmxcsr %0\n\t"
		     "movss %1, %%xmm0\n\t"
		     "xorps %%xmm1, %%xmm1\n\t"
		     "divss %%xmm1, %%xmm0" : : "m" (mxcsr), "m" (one));
}

static void test_x87_fault(void)
{
	EQ(in_child(divide_x87), SIGFPE);
}

static void test_left_behind(void)
{
	struct state mine, now;

	make(&mine, 77);
	EQ(in_child(divide_and_leave), 0);
	save(&now);
	CHECK(same(&mine, &now));
}

static void test_sse_fault(void)
{
	int status = has_sse ? in_child(divide_sse) : 0;

	if (status)
		EQ(status, SIGFPE);
	else
		skip("the CPU has no SSE exceptions; QEMU's TCG has none");
}

static const struct test tests[] = {
	{ "the FPU's state survives calls, faults and sleep", test_calls },
	{ "four processes that yield keep their FPU states", test_yield },
	{ "four processes that are interrupted keep theirs", test_preempt },
	{ "fork: the child has the parent's FPU state, as a copy",
	  test_fork },
	{ "execve: a new program finds a fresh FPU", test_exec },
	{ "an x87 division by zero, not masked, is SIGFPE", test_x87_fault },
	{ "an x87 exception that a process leaves behind ends with it",
	  test_left_behind },
	{ "an SSE division by zero, not masked, is SIGFPE", test_sse_fault },
};

int main(int argc, char **argv)
{
	detect_sse();
	if (argc > 1)
		return check_fresh();
	self = argv[0];
	return run_tests(tests, ARRAY_SIZE(tests));
}
