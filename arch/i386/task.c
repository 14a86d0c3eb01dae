// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The beginning of a task: the frame that its first switch_stacks pops, and the
 * one by which it first returns to user mode. Both are put on its stack here.
 */
#include <arch/switch.h>
#include <arch/trap.h>
#include <kernel/kernel.h>

/* The first switch_stacks pops four registers and returns to fork_return. */
int arch_fork(struct task *t, const struct regs *regs)
{
	struct regs *copy = task_regs(t);
	u32 *frame = (u32 *)copy - 5;

	*copy = *regs;
	copy->eax = 0;
	memset(frame, 0, 4 * sizeof(*frame));
	frame[4] = (u32)fork_return;
	t->arch.esp = (u32)frame;
	save_segments(&t->arch);
	return current->arch.fpu ? fpu_fork(t) : 0;
}

/* The frame is what switch_stacks pops; kthread_entry gets fn and arg. */
void arch_thread(struct task *t, void (*fn)(void *), void *arg)
{
	u32 *frame = (u32 *)task_regs(t) - 6;

	frame[0] = 0;			/* edi */
	frame[1] = (u32)arg;		/* esi */
	frame[2] = (u32)fn;		/* ebx */
	frame[3] = 0;			/* ebp: ends the backtrace */
	frame[4] = (u32)kthread_entry;
	frame[5] = 0;
	t->arch = (struct arch_task){ .esp = (u32)frame };
}

void arch_exec(struct regs *regs, u32 entry, u32 sp)
{
	struct arch_task *t = &current->arch;

	fpu_release(current);
	asm volatile("mov %0, %%fs\n\tmov %0, %%gs" : : "r" (0));
	*regs = (struct regs){
		.ds = USER_DS, .es = USER_DS,
		.eip = entry, .cs = USER_CS,
		.eflags = EFLAGS_FIXED | EFLAGS_IF,
		.esp = sp, .ss = USER_DS,
	};
	for (int i = 0; i < GDT_TLS_COUNT; i++)
		t->tls[i] = 0;
	t->iopl = 0;
	load_tls(t->tls);
	task_loaded();
}
