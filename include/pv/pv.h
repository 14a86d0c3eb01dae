/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operations as the kernel calls them: irq_disable(), set_pte(), outb().
 * Each row of ops.def becomes a slot of struct pv_ops and an inline wrapper: an
 * asm statement whose text is a site (site.h) and whose constraints are what
 * the row promises. With PV_OFF its text is the native instruction alone, and
 * the constraints are the same.
 *
 * Read ops.def first, then site.h; native/insn.h has the instructions.
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

/* Parameters as a prototype, and as operands of asm. */
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
 * Functions of all classes but CALL keep every register but the result. The
 * attribute is part of the type: a plain function does not fit the slot.
 */
#define __pv_keeps	__attribute__((no_caller_saved_registers))
#define PV_TYPE_CALL
#define PV_TYPE_INSN	__pv_keeps
#define PV_TYPE_ANY	__pv_keeps

struct pv_ops {
#define PV_OP(group, name, class, ret, params)			\
	PV_TYPE_##class ret (*name)(PV_PROTO_##params);
#define PV_JUMP(group, name) void (*name)(void);
#include <pv/ops.def>
#undef PV_OP
#undef PV_JUMP
};
extern struct pv_ops pv_ops;

/*
 * The text of a wrapper, by class. A thunk takes an operand of class ANY from
 * the compiler's register to EAX: pv/thunks.S.
 */
#define PV_STRING(...)		PV_STRING_(__VA_ARGS__)
#define PV_STRING_(...)		#__VA_ARGS__
#ifdef PV_OFF
#define PV_TEXT_CALL(name)	call native_##name
#define PV_TEXT_INSN(name)	NATIVE_##name
#define PV_TEXT_ANY(name)	NATIVE_##name
#else
#define PV_TEXT_CALL(name)						\
	PV_SITE(PV_CLASS_CALL, call *pv_ops + 4 * %c[op], 6, 6, %c[op], )
#define PV_TEXT_INSN(name)						\
	PV_SITE(PV_CLASS_INSN, call *pv_ops + 4 * %c[op], 6, PV_ROOM,	\
		%c[op], NATIVE_##name)
#define PV_TEXT_ANY(name)						\
	PV_SITE(PV_CLASS_ANY, call pv_thunk_##name##_%V[any], 5, 5,	\
		%c[op], NATIVE_##name)
#endif

/*
 * The body of a wrapper, by class and result; `operands` are outputs, a colon,
 * and inputs. clang's functions lose the registers of their arguments: an INSN
 * says so, and around a function of class ANY the thunk keeps them.
 */
#define PV_INSN_void(text, operands...) {				\
	struct { u32 eax, edx, ecx; } lost __unused;				\
	asm inline volatile(text : operands : "memory", "cc");		\
}
#define PV_VALUE(type, where, text, operands...) {			\
	struct { u32 edx, ecx; } lost __unused;				\
	type value;							\
	asm inline volatile(text : where (value) operands		\
			    : "memory", "cc");				\
	return value;							\
}
#define PV_INSN_u8(...)		PV_VALUE(u8, "=a", __VA_ARGS__)
#define PV_INSN_u16(...)	PV_VALUE(u16, "=a", __VA_ARGS__)
#define PV_INSN_u32(...)	PV_VALUE(u32, "=a", __VA_ARGS__)
#define PV_INSN_u64(...)	PV_VALUE(u64, "=A", __VA_ARGS__)
#define PV_ANY_void		PV_INSN_void
#define PV_ANY_u32(...)		PV_VALUE(u32, "=&a", __VA_ARGS__)
#define PV_ANY_pteval_t(...)	PV_VALUE(pteval_t, "=&A", __VA_ARGS__)
#define PV_CALL_void		PV_INSN_void
#define PV_CALL_u32(...)	PV_VALUE(u32, "=a", __VA_ARGS__)
#define PV_CALL_u64(...)	PV_VALUE(u64, "=A", __VA_ARGS__)

/* Registers that are lost: all of a C call, the operands of an INSN. */
#define PV_LOST_CALL(ret, params)	PV_LOST_##ret
#define PV_LOST_void	"=a" (lost.eax), "=d" (lost.edx), "=c" (lost.ecx)
#define PV_LOST_u32	, "=d" (lost.edx), "=c" (lost.ecx)
#define PV_LOST_u64	, "=c" (lost.ecx)
#define PV_LOST_INSN(ret, params)	PV_LOST_##params
#define PV_LOST_P0()
#define PV_LOST_P1(t, a)		"=a" (lost.eax)
#define PV_LOST_P2(t, a, u, b)		"=a" (lost.eax), "=d" (lost.edx)
#define PV_LOST_PD(t, a)		, "=d" (lost.edx)
#define PV_LOST_ANY(ret, params)

#define PV_OP(group, name, class, ret, params)				\
__inline_always ret name(PV_PROTO_##params)				\
PV_##class##_##ret(PV_STRING(PV_TEXT_##class(name)),			\
		   PV_LOST_##class(ret, params) :			\
		   [op] "i" (PV_NR_##name) PV_IN_##params)
#define PV_JUMP(group, name)
#include <pv/ops.def>
#undef PV_OP
#undef PV_JUMP

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
__inline_always void pv_init(void) { }
__inline_always void pv_patch_kernel(void) { }
__inline_always void pv_drop_sites(u32 start, u32 end) { }
__inline_always void pv_report(void) { }
#else
/*
 * pv/setup.c. pv_init chooses the backend before anything else runs;
 * pv_patch_kernel rewrites the call sites, once the kernel's own page tables
 * are in force; pv_report adds /proc/pv.
 */
void pv_init(void);
const char *pv_name(void);	/* of the backend in force */
void pv_patch_kernel(void);
void pv_drop_sites(u32 start, u32 end);	/* of code that is about to be freed */
void pv_report(void);
#endif

#endif
