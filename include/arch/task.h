/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a task is the CPU's: kernel/ has it in each struct task and leaves it
 * to the functions here. The context switch itself is in arch/switch.h.
 */
#ifndef ARCH_TASK_H
#define ARCH_TASK_H

#include <arch/cpu.h>

struct task;

struct arch_task {
	u32 esp;		/* while it does not run; offset 0: switch.S */
	u32 fs, gs;		/* the same */
	u64 tls[GDT_TLS_COUNT];
	u32 iopl;		/* 0-3 */
	void *fpu;		/* saved FPU state, NULL: never used */
};

/*
 * arch/i386/task.c. `t` is made from a copy of the current task; what it begins
 * with: the return from the system call of `regs` with 0, or fn(arg). 0 or
 * -ENOMEM.
 */
int arch_fork(struct task *t, const struct regs *regs);
void arch_thread(struct task *t, void (*fn)(void *), void *arg);
/* The current task is to begin a program; its address space is in use. */
void arch_exec(struct regs *regs, u32 entry, u32 sp);

void __noreturn enter_user(struct regs *regs);	/* entry.S */

/* arch/i386/switch.S */
void switch_stacks(struct arch_task *from, struct arch_task *to);
void kthread_entry(void);

/* fpu.c: a task's FPU state is loaded when it first uses it again. */
void fpu_init(void);
int fpu_trap(void);			/* 0 or -ENOMEM */
void fpu_disable(void);			/* the next use traps */
void fpu_release(struct task *t);	/* it exits or executes anew */
int fpu_fork(struct task *child);	/* current has used it; 0 or -ENOMEM */
extern struct task *fpu_owner;		/* whose state the registers hold */

#endif
