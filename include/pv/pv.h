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

struct memory_map;
struct mm;
struct task;

struct desc_ptr {
	u16 limit;
	u32 base;
} __packed;

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
 * Functions behind all but PLAIN slots keep every register but the result.
 * The attribute is part of the type: a plain function does not fit the slot.
 */
#define __pv_saved	__attribute__((no_caller_saved_registers))
#define PV_ATTR_PLAIN
#define PV_ATTR_SAVED	__pv_saved
#define PV_ATTR_PURE	__pv_saved
#define PV_ATTR_FIXED	__pv_saved

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

/*
 * A site whose registers are fixed: a call through the slot. Its record is a
 * struct pv_site.
 */
#define PV_RECORD(site, thunk, group, len)				\
	"	.pushsection .pv_sites, \"a" group "\n"			\
	"	.long " site ", " thunk "\n"				\
	"	.byte %c[op], " len ", 0, 0\n"				\
	"	.popsection\n"
#define PV_CALL_SLOT	"call *pv_ops + 4 * %c[op]\n"
#define PV_SITE								\
	"771:	.rept %c[len] - 6; .byte 0x3e; .endr\n"			\
	"	" PV_CALL_SLOT						\
	PV_RECORD("771b", "0", "\"", "%c[len]")

/*
 * A site whose registers the compiler chose: a call of a thunk, which moves
 * them to where a function wants them, and back. The bytes of three PUSH ahead
 * of it tell the patcher which they are; inside it is a site of the first kind.
 * There is one for each operation and choice, in the first object that has it.
 */
#define PV_CHOSEN(thunk, registers, before, after)			\
	"771:	.rept %c[len] - 5; .byte 0x3e; .endr\n"			\
	"	call " thunk "\n"					\
	PV_RECORD("771b", thunk, "\"", "%c[len]")				\
	"	.ifndef " thunk "\n"					\
	"	.pushsection .pv_thunks, \"axG\", @progbits, "	\
		thunk ", comdat\n"					\
	"	.weak " thunk "\n"					\
	"	" registers "\n"					\
	thunk ":" before "\n"						\
	"773:	" PV_CALL_SLOT						\
	"	" after "; ret\n"					\
	"	.popsection\n"						\
	PV_RECORD("773b", "0", "G\", @progbits, " thunk ", comdat", "6") \
	"	.endif\n"
#define PV_THUNK	"__pv_thunk_%c[op]_%V[r0]"
#define PV_CHOSEN_1(...) PV_CHOSEN(PV_THUNK,				\
	"push %[r0]; nop; nop", __VA_ARGS__)
#define PV_CHOSEN_2(...) PV_CHOSEN(PV_THUNK "_%V[r1]",			\
	"push %[r0]; push %[r1]; nop", __VA_ARGS__)
#define PV_CHOSEN_3(...) PV_CHOSEN(PV_THUNK "_%V[r1]_%V[r2]",		\
	"push %[r0]; push %[r1]; push %[r2]", __VA_ARGS__)

/* By result and parameters. */
#define PV_SITE_void_P0()	PV_SITE
#define PV_SITE_void_P1(...)	PV_CHOSEN_1(				\
	"push %%eax; push %[r0]; pop %%eax",				\
	"pop %%eax")
#define PV_SITE_void_P2(...)	PV_CHOSEN_2(				\
	"push %%eax; push %%edx; push %[r0]; push %[r1]; "		\
	"pop %%edx; pop %%eax",						\
	"pop %%edx; pop %%eax")
#define PV_SITE_void_PE(...)	PV_CHOSEN_3(				\
	"push %%eax; push %%edx; push %%ecx; "				\
	"push %[r0]; push %[r1]; push %[r2]; "				\
	"pop %%ecx; pop %%edx; pop %%eax",				\
	"pop %%ecx; pop %%edx; pop %%eax")
#define PV_SITE_u32_P0()	PV_CHOSEN_1(				\
	"push %[r0]; push %%eax",					\
	"mov %%eax, 4(%%esp); pop %%eax; pop %[r0]")
#define PV_SITE_u32_P1(...)	PV_CHOSEN_2(				\
	"push %[r0]; push %%eax; push %[r1]; pop %%eax",		\
	"mov %%eax, 4(%%esp); pop %%eax; pop %[r0]")
#define PV_SITE_u64_P1(...)	PV_CHOSEN_3(				\
	"push %[r1]; push %[r0]; push %%edx; push %%eax; "		\
	"push %[r2]; pop %%eax",					\
	"mov %%eax, 8(%%esp); mov %%edx, 12(%%esp); "			\
	"pop %%eax; pop %%edx; pop %[r0]; pop %[r1]")

/* Arguments in chosen registers, numbered behind those of the result. */
#define PV_ANY_void_P0()
#define PV_ANY_void_P1(t, a)		, [r0] "r" (a)
#define PV_ANY_void_P2(t, a, u, b)	, [r0] "r" (a), [r1] "r" (b)
#define PV_ANY_void_PE(t, a, u, b)					\
	, [r0] "r" (a), [r1] "r" ((u32)(b)),				\
	  [r2] "r" ((u32)((u64)(b) >> 32))
#define PV_ANY_u32_P0()
#define PV_ANY_u32_P1(t, a)		, [r1] "r" (a)
#define PV_ANY_u64_P1(t, a)		, [r2] "r" (a)

/* Arguments in fixed registers. */
#define PV_IN_P0()
#define PV_IN_P1(t, a)			, "a" (a)
#define PV_IN_P2(t, a, u, b)		, "a" (a), "d" (b)
#define PV_IN_P3(t, a, u, b, v, c)	, "a" (a), "d" (b), "c" (c)
#define PV_IN_PD(t, a)			, "d" (a)
#define PV_IN_PQ(t, a)			, "A" (a)
#define PV_IN_PE(t, a, u, b)						\
	, "a" (a), "d" ((u32)(b)), "c" ((u32)((u64)(b) >> 32))

#define PV_LIST(...)	__VA_ARGS__
#define PV_ASM(site, name, bytes, inputs, outputs, ...)			\
	asm inline volatile(site : outputs				\
		     : [op] "i" (PV_NR_##name), [len] "i" (bytes) inputs \
		     : "cc", ##__VA_ARGS__)
#define PV_FIXED(name, bytes, params, outputs, ...)			\
	PV_ASM(PV_SITE, name, bytes, PV_LIST(PV_IN_##params),		\
	       PV_LIST(outputs), ##__VA_ARGS__)
#define PV_ANY(name, bytes, ret, params, outputs, ...)			\
	PV_ASM(PV_SITE_##ret##_##params, name, bytes,			\
	       PV_LIST(PV_ANY_##ret##_##params), PV_LIST(outputs),	\
	       ##__VA_ARGS__)

/* The body of a wrapper, by class and result. */
#define PV_BODY_PLAIN_void(...) {					\
	u32 a, d, c;							\
	PV_FIXED(__VA_ARGS__, PV_LIST("=a" (a), "=d" (d), "=c" (c)),	\
		 "memory");						\
}
#define PV_BODY_PLAIN_u32(...) {					\
	u32 a, d, c;							\
	PV_FIXED(__VA_ARGS__, PV_LIST("=a" (a), "=d" (d), "=c" (c)),	\
		 "memory");						\
	return a;							\
}
#define PV_BODY_PLAIN_u64(...) {					\
	u64 a;								\
	u32 c;								\
	PV_FIXED(__VA_ARGS__, PV_LIST("=A" (a), "=c" (c)), "memory");	\
	return a;							\
}
#define PV_BODY_FIXED_void(...) {					\
	PV_FIXED(__VA_ARGS__, );					\
}
#define PV_BODY_FIXED_word(type, out, ...) {				\
	type a;								\
	PV_FIXED(__VA_ARGS__, out (a));					\
	return a;							\
}
#define PV_BODY_FIXED_u8(...)	PV_BODY_FIXED_word(u8, "=a", __VA_ARGS__)
#define PV_BODY_FIXED_u16(...)	PV_BODY_FIXED_word(u16, "=a", __VA_ARGS__)
#define PV_BODY_FIXED_u32(...)	PV_BODY_FIXED_word(u32, "=a", __VA_ARGS__)
#define PV_BODY_FIXED_u64(...)	PV_BODY_FIXED_word(u64, "=A", __VA_ARGS__)
#define PV_BODY_SAVED_void(name, bytes, params) {			\
	PV_ANY(name, bytes, void, params, , "memory");			\
}
#define PV_BODY_SAVED_u32(name, bytes, params) {			\
	u32 a;								\
	PV_ANY(name, bytes, u32, params, [r0] "=r" (a), "memory");	\
	return a;							\
}
#define PV_BODY_SAVED_u64(name, bytes, params) {			\
	u32 lo, hi;							\
	PV_ANY(name, bytes, u64, params,				\
	       PV_LIST([r0] "=&r" (lo), [r1] "=r" (hi)), "memory");	\
	return lo | (u64)hi << 32;					\
}
#define PV_BODY_PURE_u32(name, bytes, params) {				\
	u32 a;								\
	PV_ANY(name, bytes, u32, params, [r0] "=r" (a));		\
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
