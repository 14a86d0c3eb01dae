// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Self-tests that stand behind an operation and watch how the kernel uses it:
 * what a pass of the patcher asks for, and whether interrupts are off where
 * they have to be.
 */
#include <kernel/task.h>
#include <kernel/uaccess.h>
#include "pv_test.h"

#define ATOMIC		8	/* bytes that one CMPXCHG8B replaces */

/* ---- a pass ------------------------------------------------------------- */

static u32 windows, open_windows, serialised_at, irqs_on, pairs;
static pteval_t next_page;

static void watch_set_pte(pte_t *p, pteval_t value)
{
	if (value & PTE_W) {
		windows++;
		irqs_on += (save_fl() & EFLAGS_IF) != 0;
		open_windows += pte_nx && !(value & PTE_NX);
		if (p == kernel_pte(PATCH_VA))
			next_page = value + PAGE_SIZE;
		else if (value == next_page && p == kernel_pte(PATCH_VA + PAGE_SIZE))
			pairs++;
	}
	BELOW(set_pte)(p, value);
}

/* Both bytes and the count of passes are new by then. */
static void watch_cpuid(u32 leaf, u32 subleaf, u32 *out)
{
	serialised_at = pv_patch_stats.passes;
	EXPECT_EQ(pv_verify(&pv_text, &pv_now, NULL).error, PV_OK);
	BELOW(cpuid)(leaf, subleaf, out);
}

static void watch_level(enum pv_level level)
{
	windows = pairs = 0;
	go_to_level(level);
	EXPECT(windows > 0);
	EXPECT_EQ(windows, 2 * pairs);
	EXPECT_EQ(open_windows, 0);
	EXPECT_EQ(irqs_on, 0);
	EXPECT_EQ(serialised_at, pv_patch_stats.passes);
}

/* 22, 23 */
SELFTEST_HOOKS(watch_pass, "pv: a pass writes with interrupts off where nothing "
	       "can execute, and serialises after it")
{
	go_to_level(PV_LEVEL_OFF);
	open_windows = irqs_on = 0;
	WATCH(set_pte, watch_set_pte);
	WATCH(cpuid, watch_cpuid);
	watch_level(PV_LEVEL_DIRECT);
	watch_level(PV_LEVEL_OFF);
	UNWATCH(cpuid);
	UNWATCH(set_pte);
	go_to_level(pv_boot_level);
}

static const struct pv_site *watched;
static u8 was[PV_SITE_MAX], is[PV_SITE_MAX];
static u32 traps, halves;

/* Every store to a watched byte is followed by a trap, which resets DR6. */
static void watch_set_debugreg(u32 n, u32 value)
{
	const void *now = (const void *)watched->addr;

	traps += n == 6;
	halves += memcmp(now, was, watched->len) &&
		  memcmp(now, is, watched->len);
	BELOW(set_debugreg)(n, value);
}

#define DR7_TWO_BYTES	0x00110405	/* DR0, DR1: 1 byte, written */

/* The first and the last byte are watched where the patcher writes them. */
static void watch_stores(enum pv_level level)
{
	const struct pv_state to = { level, pv_impl };
	u32 at = PATCH_VA + (watched->addr & (PAGE_SIZE - 1));
	enum pv_form form;

	memcpy(was, (const void *)watched->addr, watched->len);
	EXPECT_EQ(pv_encode(&pv_text, watched, &to, is, &form), PV_OK);
	set_debugreg(0, at);
	set_debugreg(1, at + watched->len - 1);
	set_debugreg(7, DR7_TWO_BYTES);
	traps = 0;
	go_to_level(level);
	set_debugreg(7, 0);
	EXPECT(traps > 0);
	EXPECT_EQ(halves, 0);
}

/* 6 */
SELFTEST_HOOKS(one_store, "pv: a site of up to 8 bytes is replaced by one store, "
	       "so no NMI finds half of one")
{
	extern const u8 iret_site[];

	watched = pv_text.sites;
	while (watched->addr != (u32)iret_site)
		watched++;
	EXPECT(watched->len <= ATOMIC);
	halves = 0;
	go_to_level(PV_LEVEL_OFF);
	WATCH(set_debugreg, watch_set_debugreg);
	watch_stores(PV_LEVEL_DIRECT);
	watch_stores(PV_LEVEL_OFF);
	UNWATCH(set_debugreg);
	go_to_level(pv_boot_level);
}

/* ---- into the kernel and out of it -------------------------------------- */

static u32 seen;

static u32 watch_read_cr2(void)
{
	seen++;
	irqs_on += (save_fl() & EFLAGS_IF) != 0;
	return BELOW(read_cr2)();
}

SELFTEST_HOOKS(watch_fault, "pv: no interrupt comes between a page fault and the "
	       "reading of CR2")
{
	seen = irqs_on = 0;
	WATCH(read_cr2, watch_read_cr2);
	EXPECT(!can_read(DATA_VA));
	use_processes();
	UNWATCH(read_cr2);
	EXPECT(seen > 0);
	EXPECT_EQ(irqs_on, 0);
}

/* What was built last, and whether interrupts were on then. */
static void watch_new_page(pte_t *p, pteval_t value)
{
	seen++;
	irqs_on += (save_fl() & EFLAGS_IF) != 0;
	BELOW(set_pte)(p, value);
}

static void touch_new_page(void *unused)
{
	struct vma area = { .start = PAGE_SIZE, .end = 2 * PAGE_SIZE,
			    .prot = PROT_READ | PROT_WRITE };
	u32 word = 0;

	if (!become_process())
		return;
	EXPECT_EQ(vma_map(current->mm, &area), 0);
	seen = irqs_on = 0;
	EXPECT_EQ(put_user(word, (u32 *)PAGE_SIZE), 0);
	EXPECT_EQ(seen, 1);
	EXPECT_EQ(irqs_on, 1);
}

SELFTEST_HOOKS(watch_new, "pv: interrupts are on while a page is made for who "
	       "had them on")
{
	struct task *t;
	int status;

	WATCH(set_pte, watch_new_page);
	t = kthread_create("touch", touch_new_page, NULL);
	EXPECT(t && do_wait(t->pid, 0, &status) > 0);
	UNWATCH(set_pte);
}

/* Only SS is good for memory there. The flag is asked for as a site would. */
static u32 iret_below __used;
void watch_iret(void);
#ifndef PV_OFF
asm(".pushsection .text\n"
    "	.type	watch_iret, @function\n"
    "watch_iret:\n"
    "	push	%eax\n"
    "	mov	%ss:pv_ops, %eax\n"	/* save_fl, the first */
    "	call	*%eax\n"
    "	bt	$9, %eax\n"		/* IF */
    "	adcl	$0, %ss:irqs_on\n"
    "	incl	%ss:seen\n"
    "	pop	%eax\n"
    "	jmp	*%ss:iret_below\n"
    "	.size	watch_iret, . - watch_iret\n"
    "	.popsection");
#endif
_Static_assert(PV_NR_save_fl == 0, "watch_iret");

/* Work for the task that leaves must not come after it was looked for. */
SELFTEST_HOOKS(watch_exit, "pv: interrupts are off on every way out of the "
	       "kernel")
{
	iret_below = pv_impl[PV_NR_iret].fn;
	seen = irqs_on = 0;
	WATCH(iret, watch_iret);
	EXPECT(!can_read(DATA_VA));
	use_processes();
	UNWATCH(iret);
	EXPECT(seen > 0);
	EXPECT_EQ(irqs_on, 0);
}
