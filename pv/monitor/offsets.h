/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What entry.S knows of struct guest, struct regs and switches: traps.c checks it. */
#ifndef MONITOR_OFFSETS_H
#define MONITOR_OFFSETS_H

#define GUEST_ATTENTION		0
#define GUEST_KERNEL_SP		4
#define GUEST_KERNEL_SS		8
#define GUEST_FRAME_IOPL	12
#define GUEST_VCPU		16
#define GUEST_SYSCALL		(24 + 0x80 * 8)
#define TRAP_FLAGS		1
#define TRAP_CS			2
#define TRAP_ADDRESS		4

#define REGS_CS			80
#define REGS_EFLAGS		88
#define REGS_SIZE		112

#define SWITCH_SYSCALL		1	/* SWITCH_SYSTEM_CALL */

#endif
