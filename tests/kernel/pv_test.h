/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the hook layer share: pv_tools.c. They leave the kernel at
 * the level that it was booted with.
 */
#ifndef TESTS_PV_TEST_H
#define TESTS_PV_TEST_H

#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/selftest.h>
#include <pv/backend.h>
#include <pv/patch.h>
#include <pv/pv.h>

/* Free pages of the vmap area, between the windows and the stacks. */
#define CODE_VA		0xf0006000	/* executable, never writable */
#define DATA_VA		0xf0008000	/* two pages, writable */

/* EXPECT for one operation of many: its name follows the message. */
#define EXPECT_OP(op, cond) do {					\
	if (!(cond)) {							\
		FAIL(#cond);						\
		name_op(op);						\
	}								\
} while (0)
void name_op(u32 op);

/*
 * False, and the test reported as skipped, where another backend was booted;
 * and where a wrapper lies on top of native, so that nothing is inlined.
 */
bool on_native(void);
bool on_bare_hardware(void);		/* by a VMI ROM or not */
bool inlines_native(void);
/* The same where another than Xen, or more than that, is in force. */
bool on_xen(void);

/* Puts a backend in force by its name, and expects that to work. */
void go_to_backend(const char *name);
/* The name of the one in force. */
const char *in_use(void);

/* Rewrites all sites and expects that to work. */
void go_to_level(enum pv_level level);
/* Once each way from one level to another, then back to the boot level. */
void at_each_level(void (*check)(void));

/*
 * Puts a function behind an operation, at every level, so that a test sees how
 * the kernel uses it. The function goes on to what was there: BELOW(name).
 */
#define WATCH(name, fn)		watch(PV_NR_##name, (u32)(typeof(pv_ops.name)){ fn })
#define UNWATCH(name)		watch(PV_NR_##name, 0)
#define BELOW(name)		((typeof(pv_ops.name))below[PV_NR_##name].fn)
void watch(u32 op, u32 fn);
extern struct pv_impl below[PV_OPS];

/* What a row of the list promises to the callers of an operation. */
struct promise {
	u8 class;		/* PV_CLASS_* */
	u8 bits;		/* of the result */
	u8 lost;		/* registers that may change besides */
};
extern const struct promise promises[PV_OPS];

/* The registers that carry the result, and all that an operation may change. */
#define EAX	1
#define EDX	2
#define ECX	4
u32 result_in(u32 op);
u32 changed_by(u32 op);

/*
 * A page of generated code: written through the result, executed at CODE_VA.
 * NULL: no memory.
 */
u8 *code_page(void);
void code_page_free(u8 *code);
/* That page as a piece of text, for the site in it. */
struct pv_text code_text(const u8 *code, const struct pv_site *site);

/* The first site of an operation and class, or NULL. */
const struct pv_site *find_site(u32 op, u8 class);
/* The number of the register in which a site of class ANY has its operand. */
u32 any_register(const struct pv_site *site);
/* What the compiled call of a site of class ANY reaches. */
u32 thunk_of(const struct pv_site *site);

struct cpu_regs {
	u32 eax, ebx, ecx, edx, esi, edi, ebp;
};

/* Calls `code` with these registers and brings back what it left in them. */
void run_code(u32 code, struct cpu_regs *regs);

/* What an operation may do to these registers; to be XORed in. */
struct spoils {
	u32 eax, edx, ecx;
};
struct spoils spoils_of(u32 op);

/*
 * Parts of generated functions: an opcode with four bytes of operand, and the
 * end of a function that returns with all that its class leaves undefined
 * spoilt. They return where the code goes on.
 */
u8 *emit(u8 *p, u8 opcode, u32 operand);
u8 *emit_poison(u8 *p, u32 op);

/* For pv_apply: writes through DATA_VA, as pv/patch.c does at PATCH_VA. */
void poke_text(u32 addr, const u8 *bytes, u32 len);

/* A function at the start of a cache line; the linker does the padding. */
#define LINE		64
#define __own_line	__noinline __aligned(LINE) __section(".text.own_line")

/* Whether an access faults, by trying; can_write() changes nothing. */
bool can_read(u32 va);
bool can_write(u32 va);

/*
 * Returns with interrupts off and a timer interrupt waiting to be delivered;
 * false if none came within a second.
 */
bool pend_timer(void);

/* What a kernel does all day, as far as it involves operations. */
void workload(void);
/* Address spaces, system calls, and the way to user mode and back. */
void use_processes(void);

/* pv_watch.c, for bench.c: in TSC cycles, while the wrapper is installed. */
u32 longest_irqs_off(void);

#endif
