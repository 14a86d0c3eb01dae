/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operations as the kernel calls them: irq_disable(), set_pte(), outb().
 * Each row of ops.def becomes a slot in struct pv_ops and an inline wrapper
 * that emits a recorded call site. With PV_OFF the wrapper is the bare native
 * instruction and there is no table.
 *
 * Read ops.def first, then site.h; pv/patch.c is where the sites are rewritten.
 */
#ifndef PV_PV_H
#define PV_PV_H

#include <arch/cpu.h>
#include <arch/page.h>
#include <kernel/types.h>
#include <pv/site.h>

struct mm;

struct desc_ptr {
	u16 limit;
	u32 base;
} __packed;

#define MEMORY_RANGES_MAX	32

struct memory_map {
	u32 count;
	struct {
		u64 start, end;	/* bytes, end exclusive */
		bool usable;
	} range[MEMORY_RANGES_MAX];
};

#define SHUTDOWN_POWEROFF	0
#define SHUTDOWN_RESTART	1
#define SHUTDOWN_CRASH		2

/* What `shutdown` tells whoever started us (isa-debug-exit, QEMU: 2n + 1). */
#define STATUS_OK		0x10
#define STATUS_TESTS_FAILED	0x11
#define STATUS_PANIC		0x12

/* Parameter lists: as a prototype, and as arguments. */
#define PV_PROTO_P0()			void
#define PV_PROTO_P1(t, a)		t a
#define PV_PROTO_P2(t, a, u, b)		t a, u b
#define PV_PROTO_P3(t, a, u, b, v, c)	t a, u b, v c
#define PV_PROTO_PD(t, a)		t a
#define PV_PROTO_PQ(t, a)		t a
#define PV_PROTO_PE(t, a, u, b)		t a, u b

#define PV_ARGS_P0()
#define PV_ARGS_P1(t, a)		a
#define PV_ARGS_P2(t, a, u, b)		a, b
#define PV_ARGS_P3(t, a, u, b, v, c)	a, b, c
#define PV_ARGS_PD(t, a)		a
#define PV_ARGS_PQ(t, a)		a
#define PV_ARGS_PE(t, a, u, b)		a, b

/*
 * A slot's type. PD is a C function whose first parameter is not used, since
 * the port travels in edx.
 */
#define PV_SLOT_P0()			void
#define PV_SLOT_P1(t, a)		t a
#define PV_SLOT_P2(t, a, u, b)		t a, u b
#define PV_SLOT_P3(t, a, u, b, v, c)	t a, u b, v c
#define PV_SLOT_PD(t, a)		u32 unused, t a
#define PV_SLOT_PQ(t, a)		t a
#define PV_SLOT_PE(t, a, u, b)		t a, u b

/*
 * Functions behind SAVED and PURE slots keep every register but the result.
 * The attribute is part of the type: a plain function does not fit the slot.
 */
#define __pv_saved	__attribute__((no_caller_saved_registers))
#define PV_ATTR_PLAIN
#define PV_ATTR_SAVED	__pv_saved
#define PV_ATTR_PURE	__pv_saved
#define PV_ATTR_ENTRY	__pv_saved

struct pv_ops {
#define PV_OP(group, name, class, bytes, ret, params, what)		\
	PV_ATTR_##class ret (*name)(PV_SLOT_##params);
#define PV_JUMP(group, name, bytes, what) void (*name)(void);
#include <pv/ops.def>
#undef PV_OP
#undef PV_JUMP
};

extern struct pv_ops pv_ops;

#ifdef PV_OFF

#include <native/insn.h>

#define PV_OP(group, name, class, bytes, ret, params, what)		\
__inline_always ret name(PV_PROTO_##params)				\
{									\
	return native_##name(PV_ARGS_##params);				\
}

#else

#define PV_SITE(name, bytes)						\
	"771:	.rept " #bytes " - 6; .byte 0x3e; .endr\n"		\
	"	call *pv_ops + 4 * %c[op]\n"				\
	"	.pushsection .pv_sites, \"a\"\n"			\
	"	.long 771b\n"						\
	"	.byte %c[op], " #bytes ", 0, 0\n"			\
	"	.popsection\n"

#define PV_IN_P0()
#define PV_IN_P1(t, a)			, "a" (a)
#define PV_IN_P2(t, a, u, b)		, "a" (a), "d" (b)
#define PV_IN_P3(t, a, u, b, v, c)	, "a" (a), "d" (b), "c" (c)
#define PV_IN_PD(t, a)			, "d" (a)
#define PV_IN_PQ(t, a)			, "A" (a)
#define PV_IN_PE(t, a, u, b)						\
	, "a" (a), "d" ((u32)(b)), "c" ((u32)((u64)(b) >> 32))

#define PV_ASM(name, bytes, params, outputs, ...)			\
	asm inline volatile(PV_SITE(name, bytes) : outputs		\
		     : [op] "i" (PV_NR_##name) PV_IN_##params		\
		     : "cc", ##__VA_ARGS__)
#define PV_OUT(...)	__VA_ARGS__

/* The body of a wrapper, by class and result. */
#define PV_BODY_PLAIN_void(name, bytes, params) {			\
	u32 a, d, c;							\
	PV_ASM(name, bytes, params,					\
	       PV_OUT("=a" (a), "=d" (d), "=c" (c)), "memory");		\
}
#define PV_BODY_PLAIN_u32(name, bytes, params) {			\
	u32 a, d, c;							\
	PV_ASM(name, bytes, params,					\
	       PV_OUT("=a" (a), "=d" (d), "=c" (c)), "memory");		\
	return a;							\
}
#define PV_BODY_PLAIN_u64(name, bytes, params) {			\
	u64 a;								\
	u32 c;								\
	PV_ASM(name, bytes, params,					\
	       PV_OUT("=A" (a), "=c" (c)), "memory");			\
	return a;							\
}
#define PV_BODY_SAVED_void(name, bytes, params) {			\
	PV_ASM(name, bytes, params, , "memory");			\
}
#define PV_BODY_SAVED_u32(name, bytes, params) {			\
	u32 a;								\
	PV_ASM(name, bytes, params, "=a" (a), "memory");		\
	return a;							\
}
#define PV_BODY_ENTRY_u64(name, bytes, params) {			\
	u32 lo, hi;							\
	PV_ASM(name, bytes, params, PV_OUT("=d" (lo), "=c" (hi)),	\
	       "memory");						\
	return lo | (u64)hi << 32;					\
}
#define PV_BODY_PURE_void(name, bytes, params) {			\
	PV_ASM(name, bytes, params, );					\
}
#define PV_BODY_PURE_word(type, name, bytes, params) {			\
	type a;								\
	PV_ASM(name, bytes, params, PV_OUT("=a" (a)));			\
	return a;							\
}
#define PV_BODY_PURE_u8(...)	PV_BODY_PURE_word(u8, __VA_ARGS__)
#define PV_BODY_PURE_u16(...)	PV_BODY_PURE_word(u16, __VA_ARGS__)
#define PV_BODY_PURE_u32(...)	PV_BODY_PURE_word(u32, __VA_ARGS__)
#define PV_BODY_PURE_u64(name, bytes, params) {				\
	u64 a;								\
	PV_ASM(name, bytes, params, "=A" (a));				\
	return a;							\
}

#define PV_OP(group, name, class, bytes, ret, params, what)		\
__inline_always ret name(PV_PROTO_##params)				\
PV_BODY_##class##_##ret(name, bytes, params)

#endif /* PV_OFF */

#define PV_JUMP(group, name, bytes, what)
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
