/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls take the frame of the caller: arguments in ebx, ecx, edx, esi,
 * edi, ebp; the result goes to eax. The list is kernel/syscalls.def.
 */
#ifndef KERNEL_SYSCALL_H
#define KERNEL_SYSCALL_H

#include <arch/cpu.h>

#define SYSCALL(number, name)	int sys_##name(struct regs *r);
#define OTHER(number, name, as, ...)	int sys_##name(struct regs *r);
#include <kernel/syscalls.def>

/* A short one. */
#define CALL(name, value)						\
	int sys_##name(struct regs *r) { return value; }

void syscall_init(void);

/* -ENOSYS; the console names it and the program. */
int sys_unknown(struct regs *r);

#endif
