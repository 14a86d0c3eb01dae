/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operations as the kernel calls them: irq_disable(), set_pte(), outb().
 * Each row of ops.def becomes a slot of struct pv_ops and an inline function.
 * The function is an asm statement. Its text is a site (site.h), its
 * constraints are what the row promises. With PV_OFF the text is the native
 * instructions alone (native/insn.h), and the constraints are the same.
 *
 * For `u32 read_cr2(void)` the last macro of this file writes
 *
 *	asm inline volatile(PV_SITE(...) : "=a" (value)
 *			    : [op] "i" (PV_NR_read_cr2) : "memory", "cc");
 *
 * in four steps: PV_OP, PV_BODY_u32, PV_TEXT_INSN and PV_SITE. PV_IN_P0 and
 * PV_LOST_P0 give the operands, here none.
 */
#ifndef PV_PV_H
#define PV_PV_H

#include <arch/cpu.h>
#include <arch/page.h>
#include <kernel/platform.h>
#include <kernel/types.h>
#include <native/insn.h>
#include <pv/site.h>

struct memory_map;		/* kernel/memmap.h */
struct page_tables;		/* kernel/mm.h */

struct desc_ptr {
	u16 limit;
	u32 base;
} __packed;

/* Parameters as a prototype, and then as operands of asm. */
#define PV_PROTO_P0()			void
#define PV_PROTO_P1(t, a)		t a
#define PV_PROTO_P2(t, a, u, b)		t a, u b
#define PV_PROTO_P3(t, a, u, b, v, c)	t a, u b, v c
#define PV_PROTO_PQ(t, a)		t a
#define PV_PROTO_PE(t, a, u, b)		t a, u b
#define PV_PROTO_PD(t, a)		t a
#define PV_PROTO_R1(t, a)		t a
#define PV_PROTO_RE(t, a, u, b)		t a, u b

#define PV_IN_P0()
#define PV_IN_P1(t, a)			, "a" (a)
#define PV_IN_P2(t, a, u, b)		, "a" (a), "d" (b)
#define PV_IN_P3(t, a, u, b, v, c)	, "a" (a), "d" (b), "c" (c)
#define PV_IN_PQ(t, a)			, "A" (a)
#define PV_IN_PE(t, a, u, b)						\
	, "a" (a), "d" ((u32)(b)), "c" ((u32)((b) >> 32))
#define PV_IN_PD(t, a)			, "a" (a), "d" (a)
#define PV_IN_R1(t, a)			, [any] "r" (a)
#define PV_IN_RE(t, a, u, b)						\
	, [any] "r" (a), "d" ((u32)(b)), "c" ((u32)((b) >> 32))

/*
 * Functions of class INSN, and of ANY with a result, keep every register but
 * the result. The attribute is part of the type, so that a plain function does
 * not fit the slot.
 */
#define __pv_keeps	__attribute__((no_caller_saved_registers))
#define PV_TYPE_CALL(ret)
#define PV_TYPE_JUMP(ret)
#define PV_TYPE_EITHER(ret)
#define PV_TYPE_INSN(ret)	__pv_keeps
#define PV_TYPE_ANY(ret)	PV_TYPE_ANY_##ret
#define PV_TYPE_ANY_void
#define PV_TYPE_ANY_u32		__pv_keeps
#define PV_TYPE_ANY_pteval_t	__pv_keeps

struct pv_ops {
#define PV_OP(group, name, class, ret, params)			\
	PV_TYPE_##class(ret) ret (*name)(PV_PROTO_##params);
#include <pv/ops.def>
};
extern struct pv_ops pv_ops;

/*
 * The text, by class. The thunk of a site of class ANY moves the operand from
 * the compiler's register, whose name %V prints, to EAX: pv/thunks.S.
 */
#define PV_STRING(...)		PV_STRING_(__VA_ARGS__)
#define PV_STRING_(...)		#__VA_ARGS__
#ifdef PV_OFF
#define PV_TEXT_CALL(name)	call native_##name
#define PV_TEXT_INSN(name)	NATIVE_##name
#define PV_TEXT_EITHER(name)	NATIVE_##name
#define PV_TEXT_ANY(name)	NATIVE_##name
#else
#define PV_TEXT_CALL(name)						\
	PV_SITE(PV_CLASS_CALL, call *pv_ops + 4 * %c[op], 6, 6, %c[op], )
#define PV_TEXT_INSN(name)						\
	PV_SITE(PV_CLASS_INSN, call *pv_ops + 4 * %c[op], 6, PV_ROOM,	\
		%c[op], NATIVE_##name)
#define PV_TEXT_EITHER(name)						\
	PV_SITE(PV_CLASS_INSN, call *pv_ops + 4 * %c[op], 6, PV_ROOM,	\
		%c[op], NATIVE_##name)
#define PV_TEXT_ANY(name)						\
	PV_SITE(PV_CLASS_ANY, call pv_thunk_##name##_%V[any], 5, 5,	\
		%c[op], NATIVE_##name)
#endif

/*
 * The body, by result. `operands` are outputs, a colon, and inputs. A function
 * with __pv_keeps that clang compiled may still change the registers of its
 * arguments. So an INSN has them as outputs; around a function of class ANY the
 * thunk saves them.
 */
#define PV_BODY_void(out, text, operands...) {				\
	u32 lost_eax __unused, lost_edx __unused, lost_ecx __unused;	\
	asm inline volatile(text : operands : "memory", "cc");		\
}
#define PV_VALUE(type, where, text, operands...) {			\
	u32 lost_edx __unused, lost_ecx __unused;			\
	type value;							\
	asm inline volatile(text : where (value) operands		\
			    : "memory", "cc");				\
	return value;							\
}
#define PV_BODY_u8(out, ...)		PV_VALUE(u8, out "a", __VA_ARGS__)
#define PV_BODY_u16(out, ...)		PV_VALUE(u16, out "a", __VA_ARGS__)
#define PV_BODY_u32(out, ...)		PV_VALUE(u32, out "a", __VA_ARGS__)
#define PV_BODY_u64(out, ...)		PV_VALUE(u64, out "A", __VA_ARGS__)
#define PV_BODY_pteval_t(out, ...)	PV_VALUE(pteval_t, out "A", __VA_ARGS__)
/* In class ANY the result is begun before the last use of the operand. */
#define PV_OUT_CALL	"="
#define PV_OUT_INSN	"="
#define PV_OUT_EITHER	"="
#define PV_OUT_ANY	"=&"

/* Outputs that nobody reads: what a C call loses, the operands of an INSN. */
#define PV_LOST_CALL(ret, params)	PV_MORE_##ret
#define PV_LOST_EITHER(ret, params)	PV_MORE_##ret
#define PV_MORE_void	"=a" (lost_eax), "=d" (lost_edx), "=c" (lost_ecx)
#define PV_MORE_u32	, "=d" (lost_edx), "=c" (lost_ecx)
#define PV_MORE_u64	, "=c" (lost_ecx)
#define PV_LOST_INSN(ret, params)	PV_LOST_##params
#define PV_LOST_P0()
#define PV_LOST_P1(t, a)		"=a" (lost_eax)
#define PV_LOST_P2(t, a, u, b)		"=a" (lost_eax), "=d" (lost_edx)
#define PV_LOST_PD(t, a)		, "=d" (lost_edx)
#define PV_LOST_ANY(ret, params)

#define PV_OP(group, name, class, ret, params)				\
__inline_always ret name(PV_PROTO_##params)				\
PV_BODY_##ret(PV_OUT_##class, PV_STRING(PV_TEXT_##class(name)),		\
	      PV_LOST_##class(ret, params) :				\
	      [op] "i" (PV_NR_##name) PV_IN_##params)
#define PV_JUMP(group, name)
#include <pv/ops.def>

/* Interrupts off; returns what restore_fl() needs to undo it. */
__inline_always u32 irq_save(void)
{
	u32 flags = save_fl();

	irq_disable();
	return flags;
}

#ifdef PV_OFF
__inline_always const char *pv_name(void)
{
	return "native, unhooked";
}
__inline_always const char *pv_damaged(void) { return NULL; }
__inline_always void pv_init(void) { }
__inline_always void pv_patch_kernel(void) { }
__inline_always void pv_drop_sites(u32 start) { }
__inline_always void pv_report(void) { }
#else
/* pv/parts.c: the smallest part that is not as it was linked; NULL: none. */
const char *pv_damaged(void);
/*
 * pv/setup.c, patch.c and report.c. pv_init chooses the backend and must be
 * called before any operation. pv_patch_kernel rewrites the sites; the kernel's
 * own page tables must be in force. pv_report adds /proc/pv.
 */
void pv_init(void);
const char *pv_name(void);	/* of the backend, and of a wrapper on top */
void pv_patch_kernel(void);
void pv_drop_sites(u32 start);	/* from there on: that code is about to be freed */
void pv_report(void);
#endif

#endif
