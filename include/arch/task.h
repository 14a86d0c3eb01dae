/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of a task that depends on the CPU. It lies in each struct task, and
 * only the functions here change it. The context switch is in arch/switch.h.
 */
#ifndef ARCH_TASK_H
#define ARCH_TASK_H

#include <arch/cpu.h>

struct fpstate;
struct task;

struct arch_task {
	u32 esp;		/* while it does not run; offset 0: switch.S */
	u32 fs, gs;		/* the same */
	u64 tls[GDT_TLS_COUNT];
	u32 iopl;		/* 0-3 */
	void *fpu;		/* saved FPU state, NULL: never used */
};

/*
 * arch/i386/task.c: how a task that task_create has made begins. With arch_fork
 * it returns from the system call of `regs` with 0, with arch_thread it calls
 * fn(arg). 0 or -ENOMEM.
 */
int arch_fork(struct task *t, const struct regs *regs);
void arch_thread(struct task *t, void (*fn)(void *), void *arg);
/*
 * The current task begins a program when it returns to user mode by `regs`. The
 * program's address space must be active.
 */
void arch_exec(struct regs *regs, u32 entry, u32 sp);

/*
 * segments.c: what a user wants in a TLS entry, and its index in arch_task.tls;
 * ~0: any. 0, -EFAULT or -EINVAL.
 */
int get_tls(u32 user, u32 *entry, u64 *tls);

void __noreturn enter_user(struct regs *regs);	/* entry.S */

/* arch/i386/switch.S */
void switch_stacks(struct arch_task *from, struct arch_task *to);
void kthread_entry(void);

/* fpu.c: the FPU state of a task is loaded when the task uses the FPU again. */
void fpu_init(void);
int fpu_trap(void);			/* 0 or -ENOMEM */
void fpu_disable(void);			/* the next use traps */
void fpu_release(struct task *t);	/* it exits or executes anew */
int fpu_fork(struct task *child);	/* current has used it; 0 or -ENOMEM */
u8 fpu_error(bool sse);			/* FPE_* of current's exception, or 0 */
void fpu_to_frame(struct fpstate *to);	/* current has used it */
int fpu_from_frame(const struct fpstate *user);	/* -EFAULT, -ENOMEM, -EINVAL */
extern struct task *fpu_owner;		/* whose state the registers hold */

#endif
