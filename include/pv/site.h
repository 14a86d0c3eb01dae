/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A site: a place where an operation is called. PV_SITE is its one text, for
 * assembly and for C, which turns it into a string (pv.h). It places the
 * compiled bytes in the text, the native bytes in .pv_native, with the
 * registers of this very site, and a record of both in .pv_sites. For
 * irq_disable:
 *
 *	.text		3e ff 15 08 00 16 c0	DS prefix, call *pv_ops + 8
 *	.pv_native	fa			cli
 *	.pv_sites	address, native, 2, 7, 1, PV_CLASS_INSN
 */
#ifndef PV_SITE_H
#define PV_SITE_H

/* The class of the operation in ops.def; inside a thunk CALL or JUMP. */
#define PV_CLASS_CALL	0	/* a C call through the slot */
#define PV_CLASS_INSN	1	/* the same, of class INSN or EITHER */
#define PV_CLASS_EITHER	PV_CLASS_INSN
#define PV_CLASS_ANY	2	/* a call of a thunk (pv.h), of class ANY */
#define PV_CLASS_JUMP	3	/* a jump through the slot */

#define PV_PAD		0x3e	/* a DS prefix, part of what follows it */
#define PV_SITE_MAX	15	/* one instruction with its prefixes */
/* An INSN site has at least so many bytes for a backend's own instructions. */
#define PV_ROOM		7

/*
 * class	PV_CLASS_*
 * insn, bytes	the compiled instruction, and how long it is
 * room		how long the site is at least
 * op		the operation's number
 * ...		the native instructions; empty if there is nothing to do
 *
 * The site is as long as the larger of room and N, the length of the native
 * instructions, and .fill puts the prefixes before insn. A comparison gives -1
 * in this assembler if it is true, so the count is
 *
 *	N <= room:	room - bytes - 0 * (N - room)	= room - bytes
 *	N > room:	room - bytes + 1 * (N - room)	= N - bytes
 */
#define PV_SITE(class, insn, bytes, room, op, ...)			\
	.pushsection .pv_native, "a";					\
773:	__VA_ARGS__;							\
774:	.popsection;							\
771:	.fill room - bytes - (774b - 773b > room) * (774b - 773b - room), \
	      1, PV_PAD;						\
	insn;								\
772:	.pushsection .pv_sites, "a";					\
	.long 771b, 773b;						\
	.byte op, 772b - 771b, 774b - 773b, class;			\
	.popsection

#ifdef __ASSEMBLY__

/* PV_NR_name for each operation, in the order of the list. */
	.set pv_counter, 0
#define PV_OP(group, name, class, ret, params)				\
	.set PV_NR_##name, pv_counter; .set pv_counter, pv_counter + 1;
#include <pv/ops.def>

/*
 * Sites for assembly. PV_CALL(name) is one of class INSN without operands.
 * PV_LEAVE(name) does not come back. DS may be the user's there, so it reads
 * the slot through SS.
 */
#include <native/insn.h>
#ifdef PV_OFF
#define PV_CALL(name)	NATIVE_##name
#define PV_LEAVE(name)	NATIVE_##name
#else
#define PV_CALL(name)	PV_SITE(PV_CLASS_INSN, call *pv_ops + 4 * PV_NR_##name, \
				6, PV_ROOM, PV_NR_##name, NATIVE_##name)
#define PV_LEAVE(name)	PV_SITE(PV_CLASS_JUMP, jmp *%ss:pv_ops + 4 * PV_NR_##name, \
				7, PV_ROOM, PV_NR_##name, NATIVE_##name)
#endif

#else
#include <kernel/types.h>

/* One record of .pv_sites. */
struct pv_site {
	u32 addr;		/* of the first byte */
	u32 native;		/* of the native bytes */
	u8 op;			/* PV_NR_* */
	u8 len;			/* up to PV_SITE_MAX */
	u8 native_len;		/* 0: nothing to do on bare hardware */
	u8 class;		/* PV_CLASS_*: which forms it may have */
};

enum pv_number {
#define PV_OP(group, name, class, ret, params) PV_NR_##name,
#include <pv/ops.def>
	PV_OPS
};

#endif
#endif
