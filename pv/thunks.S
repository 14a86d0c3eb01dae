/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Thunks: what sites of class ANY call as long as they are not native
 * instructions. The operand is in whatever register the compiler had it in; a
 * function wants it in EAX. So there is one for each operation and register,
 * and inside it a site of its own.
 */
#include <pv/site.h>

#define SLOT(name)	pv_ops + 4 * PV_NR_##name

	/* All registers are back on return. */
#define THUNK_void(name)						\
	.irp reg, eax, ebx, ecx, edx, esi, edi, ebp;			\
	.globl pv_thunk_##name##_\reg;					\
	.type pv_thunk_##name##_\reg, @function;			\
pv_thunk_##name##_\reg:							\
	pusha;								\
	mov %\reg, %eax;						\
	PV_SITE(PV_CLASS_CALL, call *SLOT(name), 6, 6, PV_NR_##name, );	\
	popa;								\
	ret;								\
	.size pv_thunk_##name##_\reg, . - pv_thunk_##name##_\reg;	\
	.endr;
	/* The result is in EDX:EAX. */
#define THUNK_pteval_t(name)							\
	.irp reg, eax, ebx, ecx, edx, esi, edi, ebp;			\
	.globl pv_thunk_##name##_\reg;					\
	.type pv_thunk_##name##_\reg, @function;			\
pv_thunk_##name##_\reg:							\
	mov %\reg, %eax;						\
	PV_SITE(PV_CLASS_JUMP, jmp *SLOT(name), 6, 6, PV_NR_##name, );	\
	.size pv_thunk_##name##_\reg, . - pv_thunk_##name##_\reg;	\
	.endr;

#define THUNK_u32(name)	THUNK_pteval_t(name)
#define THUNK_CALL(name, ret)
#define THUNK_INSN(name, ret)
#define THUNK_ANY(name, ret)	THUNK_##ret(name)
#define PV_OP(group, name, class, ret, params) THUNK_##class(name, ret)
#define PV_JUMP(group, name)

	.section .pv_thunks, "ax"
#include <pv/ops.def>

	.section .note.GNU-stack, "", @progbits
