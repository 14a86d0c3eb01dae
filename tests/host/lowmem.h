/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Low memory that is writable and executable, and calls of what is there.
 *
 * The host is 64-bit, the sites are not. Direct calls, jumps, prefixes and the
 * templates of these tests mean the same in both modes and run as they are. The
 * indirect form does not: for it, and then for everything again, a stub enters
 * the 32-bit code segment that Linux keeps. Where there is none, or no such
 * memory, tests are skipped.
 */
#ifndef HOST_LOWMEM_H
#define HOST_LOWMEM_H

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <pv/core.h>
#include "tap.h"

/* Where things are; the rest, up to TEXT, is for the test. */
#define STUB		0x0040
#define PROBE		0x00e0
#define RESULT		0x1800
#define STACK_END	0x3ff0
#define TEXT		0x4000

static u8 *low;			/* NULL: not to be had */
static u32 base;		/* its address */

#ifdef __x86_64__
/*
 * u32 stub(u32 arg, u32 entry, u32 stack): calls a 32-bit function with arg in
 * edi, on a stack below 4 GiB. All that must survive lies in memory: the upper
 * halves of registers need not survive 32-bit code.
 */
extern const u8 stub[], stub_end[];
asm(".pushsection .rodata\n"
    "stub:\n"
    "	push	%rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "	mov	%rsp, %rax\n"
    "	mov	%edx, %esp\n"
    "	push	%rax\n"
    "	sub	$8, %rsp\n"
    "	lea	1f(%rip), %rax\n"
    "	mov	%eax, (%rsp)\n"
    "	movl	$0x23, 4(%rsp)\n"
    "	lcall	*(%rsp)\n"
    "	add	$8, %rsp\n"
    "	pop	%rsp\n"
    "	pop	%r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "	ret\n"
    "	.code32\n"
    "1:	mov	$0x2b, %eax\n"
    "	mov	%eax, %ds\n"
    "	call	*%esi\n"
    "	lret\n"
    "	.code64\n"
    "stub_end:\n"
    ".popsection\n");
#define LOW_MEMORY	MAP_32BIT
#else
static const u8 stub[1], *const stub_end = stub;
#define LOW_MEMORY	0
#endif

static void put(u32 at, const void *bytes, u32 len)
{
	memcpy(low + at, bytes, len);
}

/*
 * Calls the function in a child, whose death is a result too; false if it
 * died.
 */
static bool call(bool as_i386, u32 fn, u32 arg, u32 *result)
{
	typedef u32 call64(u32 arg);
	typedef u32 call32(u32 arg, u32 fn, u32 stack);
	u32 *shared = (u32 *)(low + RESULT);
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		alarm(60);	/* bad code may also never end */
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		signal(SIGILL, SIG_DFL);
		signal(SIGTRAP, SIG_DFL);
		if (as_i386)
			*shared = ((call32 *)(low + STUB))(arg, fn,
							   base + STACK_END);
		else
			*shared = ((call64 *)(low + (fn - base)))(arg);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	*result = *shared;
	return !status;
}

/* Whether this host runs such code at all; says so if not. */
static bool can_run(bool as_i386)
{
	u32 result = 0;

	if (low && call(as_i386, base + PROBE, 86, &result) &&
	    result == 86)
		return true;
	tap_skip(as_i386 ? "no 32-bit code segment" :
			   "no x86-64 code in low memory");
	return false;
}

/* For pv_apply. */
static void write_low(u32 addr, const u8 *bytes, u32 len)
{
	memcpy(low + (addr - base), bytes, len);
}

/* False where there is no such memory. */
static bool low_alloc(u32 size)
{
	/* What can_run() calls: mov %edi, %eax; ret */
	static const u8 probe[] = { 0x89, 0xf8, 0xc3 };
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC,
		       MAP_SHARED | MAP_ANONYMOUS | LOW_MEMORY, -1, 0);

	if (p == MAP_FAILED || (uintptr_t)p + size > 0xffffffff)
		return false;
	low = p;
	base = (u32)(uintptr_t)p;
	put(STUB, stub, (u32)((uintptr_t)stub_end - (uintptr_t)stub));
	put(PROBE, probe, sizeof(probe));
	return true;
}

#endif
