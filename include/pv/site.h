/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call site and, in section .pv_sites, the record that lets the patcher find
 * it. Shared by C (pv.h) and assembly. The compiled bytes are redundant
 * prefixes up to the reserved length, then FF /2 (call) or FF /4 (jump) with
 * the address of the slot; or, where the compiler chose the registers, E8: a
 * call of the thunk that moves them. A jump reads the slot through SS, for DS
 * is the user's again by then.
 */
#ifndef PV_SITE_H
#define PV_SITE_H

#define PV_SITE_CALL		0
#define PV_SITE_JUMP		1
#define PV_SITE_MIN		6	/* the indirect call */
#define PV_JUMP_MIN		7	/* the indirect jump, with its prefix */
#define PV_THUNK_MIN		5	/* the call of a thunk */
#define PV_SITE_MAX		15	/* one instruction with its prefixes */
#define PV_REGS			3	/* operands in registers, at most */
#define PV_PAD			0x3e	/* a DS prefix changes nothing here */

#ifdef __ASSEMBLY__

/* PV_NR_name and PV_LEN_name for each operation, in the order of the list. */
	.macro pv_number name, bytes
	.set PV_NR_\name, pv_counter
	.set PV_LEN_\name, \bytes
	.set pv_counter, pv_counter + 1
	.endm
	.set pv_counter, 0
#define PV_OP(group, name, class, bytes, ret, params, what) \
	pv_number name, bytes;
#define PV_JUMP(group, name, bytes, what) pv_number name, bytes;
#include <pv/ops.def>
#undef PV_OP
#undef PV_JUMP

/*
 * PV_CALL(name): an operation without arguments or result, of class SAVED.
 * PV_JUMP_SITE(name): one that does not come back.
 */
#ifdef PV_OFF
#include <native/asm.h>
#define PV_CALL(name)		NATIVE_##name
#define PV_JUMP_SITE(name)	NATIVE_##name
#else
	.macro pv_site insn, min, kind, name
771:	.rept	PV_LEN_\name - \min
	.byte	PV_PAD
	.endr
	\insn\()pv_ops + 4 * PV_NR_\name
	.pushsection .pv_sites, "a"
	.long	771b, 0
	.byte	PV_NR_\name, PV_LEN_\name, \kind, 0
	.popsection
	.endm
#define PV_CALL(name)		pv_site "call *", PV_SITE_MIN, PV_SITE_CALL, name
#define PV_JUMP_SITE(name) \
	pv_site "jmp *%ss:", PV_JUMP_MIN, PV_SITE_JUMP, name
#endif

#else
#include <kernel/types.h>

/* One record of .pv_sites. */
struct pv_site {
	u32 addr;		/* of the first byte */
	u32 thunk;		/* what the compiled call reaches; 0: the slot */
	u8 op;			/* PV_NR_* */
	u8 len;			/* PV_*_MIN..PV_SITE_MAX */
	u8 kind;		/* PV_SITE_CALL, PV_SITE_JUMP */
	u8 zero;
};

enum pv_number {
#define PV_OP(group, name, class, bytes, ret, params, what) PV_NR_##name,
#define PV_JUMP(group, name, bytes, what) PV_NR_##name,
#include <pv/ops.def>
#undef PV_OP
#undef PV_JUMP
	PV_OPS
};

#endif
#endif
