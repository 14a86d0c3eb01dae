/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traps and interrupts: the stubs of arch/i386/entry.S, the C that they call in
 * traps.c, and the few pieces of assembly that the scheduler and the copies
 * from and to user memory need.
 */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include <arch/cpu.h>

/* entry.S */
extern const u32 trap_stubs[32], irq_stubs[18];
void syscall_entry(void);
void fork_return(void);
void bad_iret(void);
extern const u8 iret_site[];
void __noreturn enter_user(struct regs *regs);

/* switch.S */
struct task;
void switch_stacks(struct task *from, struct task *to);
void kthread_entry(void);

/* desc.c */
void __noreturn double_fault(void);
void double_fault_use(u32 l3_pa);

/* traps.c */
void trap(struct regs *regs);
void nmi(void);

/* fpu.c: a task's FPU state is loaded when it first uses it again. */
void fpu_init(void);
int fpu_trap(void);			/* 0 or -ENOMEM */
void fpu_switch(void);			/* `current` is about to change */
void fpu_release(struct task *t);	/* it exits or executes anew */
int fpu_fork(struct task *child);	/* 0 or -ENOMEM */
extern struct task *fpu_owner;

/* cpu.c */
void cpu_identify(void);
void cpu_init(void);

/* kernel/task.c: is this below the stack of the current task? */
bool stack_overflowed(u32 esp);

#endif
