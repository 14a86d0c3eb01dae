/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traps and interrupts: the stubs of arch/i386/entry.S, and the C that they call
 * in traps.c.
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

/* desc.c */
void __noreturn double_fault(void);
void double_fault_use(u32 l3_pa);

/* traps.c */
void trap(struct regs *regs);
void nmi(void);

/* cpu.c */
void cpu_identify(void);
void cpu_init(void);

#endif
