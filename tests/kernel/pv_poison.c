// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A backend that does to its callers all that the list of operations permits.
 * It lies on top of the one that was booted: each function does what that one
 * does, then spoils every register that its class may lose, the undefined bits
 * of its result, and the flags. A site whose constraints say less than
 * the truth does not survive this, nor does code that reads what means nothing.
 *
 * `pv=poison` boots on it, so that all tests run on it (tests/matrix);
 * `echo poison > /proc/pv/backend` puts it under the live kernel. What it may
 * spoil is derived from the list of operations: spoils_of() in pv_tools.c.
 */
#include <kernel/file.h>
#include <kernel/task.h>
#include "pv_test.h"

#define PROGRAM		"/bin/true"

#ifndef PV_OFF

/* For each operation; the assembly below knows the order. */
static struct {
	u32 fn;			/* that does the work */
	struct spoils spoils;
} poisoned[PV_OPS] __used;

extern const u8 poison_stubs[];
#define STUB_BYTES	5

/*
 * A stub for each operation. All of them call common code, whose return address
 * tells which one it was, and so the place in poisoned[], of 16 bytes each:
 *
 *	return address - (poison_stubs + 5)	= 5 * number
 *	5 * 0xcccccccd				= 1 modulo 2^32
 *	16 * 0xcccccccd				= 0xccccccd0 modulo 2^32
 *	5 * number * 0xccccccd0			= 16 * number
 */
asm(".pushsection .text\n"
    "	.type	poison_stubs, @function\n"
    "poison_stubs:\n"
#define PV_OP(group, name, class, ret, params) "	call	poison_common\n"
#include <pv/ops.def>
    "	.size	poison_stubs, . - poison_stubs\n"
    "	.type	poison_common, @function\n"
    "poison_common:\n"
    "	xchg	%ebp, (%esp)\n"
    "	sub	$poison_stubs + 5, %ebp\n"
    "	imul	$0xccccccd0, %ebp\n"
    "	call	*poisoned(%ebp)\n"
    "	xor	poisoned + 4(%ebp), %eax\n"
    "	xor	poisoned + 8(%ebp), %edx\n"
    "	xor	poisoned + 12(%ebp), %ecx\n"
    "	pop	%ebp\n"
    "	cmp	$0, %esp\n"
    "	stc\n"
    "	ret\n"
    "	.size	poison_common, . - poison_common\n"
    "	.popsection");

/* What does not come back can spoil nothing, and stays what it was. */
static void fill(struct pv_impl impl[PV_OPS])
{
	for (u32 op = 0; op < PV_OPS; op++) {
		if (promises[op].class == PV_CLASS_JUMP)
			continue;
		poisoned[op].fn = impl[op].fn;
		poisoned[op].spoils = spoils_of(op);
		impl[op] = (struct pv_impl){
			.fn = (u32)poison_stubs + STUB_BYTES * op
		};
	}
}

static const struct pv_backend poison_wrapper = {
	.name = "poison", .wrapper = true, .fill = fill,
};
PV_BACKEND(poison_wrapper);

#endif /* PV_OFF */

static void run_program(void *unused)
{
	static const char *const argv[] = { PROGRAM, NULL };

	files_open_console();
	do_exit(kernel_exec(PROGRAM, argv) ? 127 << 8 : 0);
}

void use_processes(void)
{
	struct task *t;
	int err, status = -1;

	if (!lookup(PROGRAM, true, &err))
		return;
	for (u32 i = 0; i < 3; i++) {
		t = kthread_create("true", run_program, NULL);
		EXPECT(t && do_wait(t->pid, 0, &status) > 0);
		EXPECT_EQ(status, 0);
	}
}

static void work_on_both(void)
{
	go_to_backend("poison");
	workload();
	use_processes();
	go_to_backend(pv_backend->name);
	workload();
}

/* 5, 18 */
SELFTEST_HOOKS(poison, "pv: the kernel needs no registers and flags that an "
	       "operation may change")
{
	const char *name = in_use();

	at_each_level(work_on_both);
	go_to_backend(name);
}

/* All bits but one of a flags word mean nothing, and may be anything. */
SELFTEST_HOOKS(spoils, "pv: the poison backend spoils all that it may")
{
	struct cpu_regs regs = { .eax = 0, .edx = 1, .ecx = 2 };
	const char *name = in_use();
	u32 in, plain;

	go_to_backend(pv_backend->name);
	plain = save_fl();
	go_to_backend("poison");
	in = ((const u32 *)&pv_ops)[PV_NR_save_fl];
	run_code(in, &regs);
	EXPECT(regs.eax & EFLAGS_IF);
	EXPECT(((regs.eax ^ plain) & (EFLAGS_FIXED | 1 << 31)) ==
	       (EFLAGS_FIXED | 1u << 31));
	EXPECT(regs.edx == 1 && regs.ecx == 2);
	regs.eax = EFLAGS_IF;
	in = ((const u32 *)&pv_ops)[PV_NR_io_delay];
	run_code(in, &regs);
	EXPECT(regs.eax != EFLAGS_IF && regs.edx != 1 && regs.ecx != 2);
	go_to_backend(name);
}

SELFTEST_HOOKS(installable, "pv: of backends only the one in use, its way up or "
	       "down, and those that go on top, can be installed")
{
	for (const struct pv_backend *const *b = __pv_backends;
	     b < __pv_backends_end; b++) {
		bool up = !strcmp(pv_backend->name, "native") &&
			  !strcmp((*b)->name, "vmi");
		bool down = !strcmp(pv_backend->name, "vmi") &&
			    !strcmp((*b)->name, "native");

		EXPECT(pv_find_installable((*b)->name) ==
		       ((*b)->wrapper || *b == pv_backend || up || down ?
			*b : NULL));
	}
	EXPECT(!pv_find_installable("none"));
}

/* ---- new bytes in the line that is being executed ----------------------- */

static u32 read_other(void)
{
	return 0x5a5a;
}

static u32 __own_line patch_and_call(const struct pv_impl *impl)
{
	EXPECT_EQ(pv_set_impl(impl).error, PV_OK);
	return read_cr3();
}

/* 23 */
SELFTEST_HOOKS(new_bytes, "pv: new bytes run at once, in the cache line that "
	       "wrote them")
{
	static struct pv_impl impl[PV_OPS];
	struct pv_impl truth = pv_impl[PV_NR_read_cr3];
	u32 cr3 = read_cr3();
	bool found = false;

	for (u32 i = 0; i < pv_text.count; i++)
		found |= pv_text.sites[i].op == PV_NR_read_cr3 &&
			pv_text.sites[i].addr - (u32)patch_and_call < LINE;
	EXPECT(found);
	memcpy(impl, pv_impl, sizeof(impl));
	go_to_level(PV_LEVEL_DIRECT);
	impl[PV_NR_read_cr3] = (struct pv_impl){ .fn = (u32)read_other };
	EXPECT_EQ(patch_and_call(impl), 0x5a5a);
	impl[PV_NR_read_cr3] = truth;
	EXPECT_EQ(patch_and_call(impl), cr3);
	go_to_level(pv_boot_level);
}
