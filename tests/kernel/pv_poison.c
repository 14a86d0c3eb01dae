// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A backend that does to its callers all that the list of operations permits:
 * each function does what the real one does, then overwrites every register
 * that its class may lose, the undefined bits of its result, and the flags.
 * The kernel's own sites are made to call it, and the kernel has to work. A
 * call site whose constraints say less than the truth does not survive this.
 *
 * The functions are generated, and the sites written through a window of the
 * tests' own: pv/patch.c knows no backend but the one that was booted.
 *
 * Read next: pv_probe.c.
 */
#include <kernel/file.h>
#include <kernel/task.h>
#include "pv_test.h"

#define CALL		0xe8
#define JMP		0xe9
#define PROGRAM		"/bin/true"

static struct pv_impl impl[PV_OPS];
static const struct pv_state poisoned = { PV_LEVEL_DIRECT, impl };

static void __noinline rewrite(const struct pv_state *from,
			       const struct pv_state *to)
{
	u32 changed, flags = irq_save();
	struct pv_fault fault = pv_apply(&pv_text, from, to, poke_text,
					 &changed);

	if (fault.error == PV_OK)
		fault = pv_verify(&pv_text, to, NULL);
	restore_fl(flags);
	EXPECT_EQ(fault.error, PV_OK);
	EXPECT_EQ(fault.addr, 0);
}

static void generate(u8 *code)
{
	u8 *p = code;

	for (u32 op = 0; op < PV_OPS; op++) {
		bool jump = promises[op].class == JUMP;
		u32 here = CODE_VA + (p - code);

		impl[op] = (struct pv_impl){ here, NULL };
		p = emit(p, jump ? JMP : CALL, pv_impl[op].fn - (here + 5));
		if (!jump)
			p = emit_poison(p, op);
	}
	EXPECT(p <= code + PAGE_SIZE);
}

static void run_program(void *unused)
{
	static const char *const argv[] = { PROGRAM, NULL };

	files_open_console();
	do_exit(kernel_exec(PROGRAM, argv) ? 127 << 8 : 0);
}

/* Address spaces, system calls, and the way to user mode and back. */
static void use_processes(void)
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

/* 5, 18 */
SELFTEST_HOOKS(poison, "pv: the kernel needs no registers and flags that an "
	       "operation may change")
{
	struct pv_state truth = pv_now;
	u8 *code = code_page();

	if (!code)
		return;
	generate(code);
	rewrite(&truth, &poisoned);
	workload();
	use_processes();
	rewrite(&poisoned, &truth);
	code_page_free(code);
	workload();
}

/* ---- new bytes in the line that is being executed ----------------------- */

static u32 __pv_saved store_other(void)
{
	return 0x5a5a;
}

static u32 __own_line patch_and_call(const struct pv_state *to)
{
	rewrite(&pv_now, to);
	return store_tr();
}

/* 23: pv/patch.c serialises likewise, but there both forms do the same. */
SELFTEST_HOOKS(new_bytes, "pv: new bytes run at once, in the cache line that "
	       "wrote them")
{
	u32 tr = store_tr();
	bool found = false;

	for (u32 i = 0; i < pv_text.count; i++)
		found |= pv_text.sites[i].op == PV_NR_store_tr &&
			pv_text.sites[i].addr - (u32)patch_and_call < LINE;
	EXPECT(found);
	memcpy(impl, pv_impl, sizeof(impl));
	impl[PV_NR_store_tr] = (struct pv_impl){ (u32)store_other, NULL };
	EXPECT_EQ(patch_and_call(&poisoned), 0x5a5a);
	rewrite(&poisoned, &pv_now);
	EXPECT_EQ(store_tr(), tr);
}
