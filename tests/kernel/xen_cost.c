// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Self-tests of processes on Xen: whose FPU it is, what costs a hypercall, and
 * interrupts anywhere in system calls.
 */
#ifndef PV_OFF
#include <arch/desc.h>
#include <arch/switch.h>
#include <arch/trap.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <kernel/uaccess.h>
#include <xen/traps.h>
#include "xen_test.h"

#define TRIES	5

static void run_thread(const char *name, void (*fn)(void *), u32 n)
{
	EXPECT(kthread_create(name, fn, (void *)n));
}

static void wait_for_all(void)
{
	int status;

	while (do_wait(-1, 0, &status) > 0)
		EXPECT_EQ(status, 0);
}

/* ---- the FPU ------------------------------------------------------------ */

/* As the trap comes: Xen has cleared TS, and there is no memory for a state. */
static void refused_fpu(void *unused)
{
	void *all = NULL, *object;

	while ((object = kmalloc(512))) {
		*(void **)object = all;
		all = object;
	}
	xen_must(XEN_NR_fpu_taskswitch, 0, 0, 0, 0);
	xen_ts = 0;
	fpu_trap();
	EXPECT(!current->arch.fpu);
	EXPECT(read_cr0() & CR0_TS);
	for (; all; all = object) {
		object = *(void **)all;
		kfree(all);
	}
	EXPECT_EQ(sleep_until(clock_ns() + NSEC_PER_MSEC), 0);
	EXPECT_EQ(xen_ts, 1);
}

SELFTEST(xen_fpu_refused, "xen: whom there is no memory for does not leave the "
	 "FPU open to others")
{
	if (!on_xen())
		return;
	run_thread("fpu", refused_fpu, 0);
	wait_for_all();
}

/* ---- what costs a hypercall --------------------------------------------- */

/* The least that run(n) takes in some tries: an alarm may come in one. */
static u32 least_calls(void (*run)(u32), u32 n)
{
	u32 least = ~0u;

	for (u32 i = 0; i < TRIES; i++) {
		u32 before = pv_hypercalls();

		run(n);
		least = min(least, pv_hypercalls() - before);
	}
	return least;
}

/* What each of n more rounds takes; the alarms of the long run do not count. */
static u32 calls_each(void (*run)(u32), u32 n)
{
	u32 few = least_calls(run, 10);

	return (least_calls(run, 10 + n) - few + n / 2) / n;
}

static void switch_irqs(u32 n)
{
	while (n--) {
		u32 flags = irq_save();

		irq_enable();
		irq_disable();
		restore_fl(flags);
	}
}

SELFTEST(xen_cost_irq, "xen: interrupts go off and on without a hypercall")
{
	if (on_xen())
		EXPECT_EQ(calls_each(switch_irqs, 1000), 0);
}

static void load_one_slot(u32 value)
{
	u64 tls[GDT_TLS_COUNT] = { 0 };

	tls[1] = value ? DATA_SEGMENT(value) : 0;
	load_tls(tls);
	task_loaded();
}

SELFTEST(xen_cost_tls, "xen: load_tls takes one hypercall for each slot that "
	 "changes")
{
	if (!on_xen())
		return;
	load_one_slot(0);
	EXPECT_EQ(least_calls(load_one_slot, 0), 0);
	load_one_slot(0x1000);
	EXPECT_EQ(least_calls(load_one_slot, 0x1000), 0);
	for (u32 i = 0, before = pv_hypercalls(); i < TRIES; i++) {
		load_one_slot(0x2000 + i);
		EXPECT_EQ(pv_hypercalls() - before, i + 1);
	}
	load_tls(current->arch.tls);
	task_loaded();
}

static void yield_often(void *n)
{
	if (become_process())
		for (u32 i = 0; i < (u32)n; i++)
			yield();
}

static void switch_processes(u32 n)
{
	run_thread("one", yield_often, n);
	run_thread("two", yield_often, n);
	wait_for_all();
}

SELFTEST(xen_cost_switch, "xen: a switch between processes takes one hypercall")
{
	if (on_xen())
		EXPECT_EQ(calls_each(switch_processes, 100),
			  xen_lazy < 0 ? 4 : 2);
}

/*
 * getpid as often as edi says, then exit; with 0, if the other registers are
 * still powers of 2. May begin with the FPU.
 */
static bool with_fpu;
static const u8 getpids[] = {
	0xd9, 0xe8,			/*	fld1 */
	0xb8, 20, 0, 0, 0,		/* 1:	mov	$20, %eax */
	0xcd, 0x80,			/*	int	$0x80 */
	0x4f,				/*	dec	%edi */
	0x75, 0xf6,			/*	jnz	1b */
	0x01, 0xcb,			/*	add	%ecx, %ebx */
	0x01, 0xd3,			/*	add	%edx, %ebx */
	0x01, 0xf3,			/*	add	%esi, %ebx */
	0x01, 0xeb,			/*	add	%ebp, %ebx */
	0x83, 0xeb, 31,			/*	sub	$31, %ebx */
	0xb8, 1, 0, 0, 0,		/*	mov	$1, %eax */
	0xcd, 0x80,			/*	int	$0x80 */
};
#define USER_CODE	0x10000

static void call_often(void *n)
{
	struct vma area = {
		.start = USER_CODE, .end = USER_CODE + PAGE_SIZE,
		.prot = PROT_READ | PROT_WRITE | PROT_EXEC,
	};
	struct regs *regs = task_regs(current);

	if (!become_process())
		return;
	EXPECT_EQ(vma_map(current->mm, &area), 0);
	EXPECT_EQ(copy_to_user((void *)USER_CODE, getpids, sizeof(getpids)),
		  0);
	*regs = (struct regs){
		.ebx = 1, .ecx = 2, .edx = 4, .esi = 8, .ebp = 16,
		.edi = (u32)n, .ds = USER_DS, .es = USER_DS,
		.eip = USER_CODE + (with_fpu ? 0 : 2), .cs = USER_CS,
		.eflags = EFLAGS_FIXED | EFLAGS_IF,
		.esp = USER_CODE + PAGE_SIZE, .ss = USER_DS,
	};
	enter_user(regs);
}

static void call_system(u32 n)
{
	run_thread("calls", call_often, n);
	wait_for_all();
}

SELFTEST(xen_cost_syscall, "xen: a system call takes no hypercall")
{
	if (on_xen())
		EXPECT_EQ(calls_each(call_system, 1000), 0);
}

/* Xen clears TS with the trap; the next switch sets it, in its batch if any. */
SELFTEST(xen_cost_fpu, "xen: the first use of the FPU takes no hypercall")
{
	u32 without;

	if (!on_xen())
		return;
	without = least_calls(call_system, 10);
	with_fpu = true;
	EXPECT_EQ(least_calls(call_system, 10), without + (xen_lazy < 0));
	with_fpu = false;
}

/* Alarms at all distances, each of which interrupts the process somewhere. */
SELFTEST(xen_storm, "xen: timer interrupts anywhere in system calls harm "
	 "nothing")
{
	struct task *t;
	u32 distance = 0;
	int status = -1;

	if (!on_xen())
		return;
	t = kthread_create("storm", call_often, (void *)100000);
	EXPECT(t);
	while (t && t->state != ZOMBIE) {
		distance = (distance + 733) % 20000;
		EXPECT_EQ(sleep_until(clock_ns() + distance), 0);
	}
	EXPECT(t && do_wait(t->pid, 0, &status) > 0);
	EXPECT_EQ(status, 0);
}

#endif /* PV_OFF */
