/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An instruction that faulted, and what each face does with those that are not
 * the same to both: emulate.c of its folder. False: it is the guest's fault.
 */
#ifndef MONITOR_EMULATE_H
#define MONITOR_EMULATE_H

#include <monitor/monitor.h>

#define INSN_MAX	15

struct insn {
	struct regs *regs;
	u8 byte[INSN_MAX];
	u32 length;		/* decoded so far */
	u32 have;		/* could be read */
	u8 op;
	bool two, word, rep;	/* 0f, 66, f2 or f3 before it */
};

/* Its bytes, prefixes and opcode; false: they can't be read. `regs` is set. */
bool insn_read(struct insn *i);
u64 *gpr(struct regs *regs, u32 number);
bool next_byte(struct insn *i, u8 *b);
/* Counts it and goes on behind it. */
void done(struct regs *regs, u32 bytes);

/* Has code of this ring the right to use ports, without a bitmap? */
bool face_iopl_allows(const struct regs *regs);
/* Where the bitmap of ports is, and for how many. */
bool face_io_bitmap(u32 *at, u32 *ports);
bool face_read_cr(u32 number, u64 *value);
bool face_write_cr(u32 number, u32 value);
bool face_read_msr(u32 msr, u32 *low, u32 *high);
bool face_write_msr(u32 msr, u32 low, u32 high);
bool face_instruction(struct insn *i);	/* any other */

#endif
