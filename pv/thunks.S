/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Thunks: what sites of class ANY call while they are not inlined. At the site
 * the operand is in the register that the compiler chose; a function wants it
 * in EAX. So there is a thunk for each operation and register. Inside it is a
 * site.
 *
 * Class ANY changes no register but the result. A thunk without a result saves
 * all registers around the call, so that its function is like any. With a result
 * EAX changes anyway: the thunk jumps, and the function keeps the others.
 */
#include <pv/site.h>

#define THUNK(name, before, class, insn, after)				\
	.irp reg, eax, ebx, ecx, edx, esi, edi, ebp;			\
	.globl pv_thunk_##name##_\reg;					\
	.type pv_thunk_##name##_\reg, @function;			\
pv_thunk_##name##_\reg:							\
	before;								\
	mov %\reg, %eax;						\
	PV_SITE(class, insn *pv_ops + 4 * PV_NR_##name, 6, 6, PV_NR_##name, ); \
	after;								\
	.size pv_thunk_##name##_\reg, . - pv_thunk_##name##_\reg;	\
	.endr;

#define THUNK_void(name)	THUNK(name, pusha, PV_CLASS_CALL, call, popa; ret)
#define THUNK_u32(name)		THUNK(name, , PV_CLASS_JUMP, jmp, )
#define THUNK_pteval_t(name)	THUNK_u32(name)
#define THUNK_CALL(name, ret)
#define THUNK_INSN(name, ret)
#define THUNK_EITHER(name, ret)
#define THUNK_ANY(name, ret)	THUNK_##ret(name)
#define PV_OP(group, name, class, ret, params) THUNK_##class(name, ret)
#define PV_JUMP(group, name)

	.section .pv_thunks, "ax"
#include <pv/ops.def>

	.section .note.GNU-stack, "", @progbits
