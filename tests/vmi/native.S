/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel does where the ROM answers NONE: the bare instructions are
 * those that the list of the ROM for bare hardware names; rom.c has a few more
 * functions. A null pointer: then the kernel does without.
 */
#include <abi/vmi.h>

	.macro native name
	.weak	native_\name
native_\name:
	.endm

	.text
#define CALL(name, answer, ...)	native name; __VA_ARGS__; ret;
#define JUMP(name, ...)
#define FUNC(name, answer)
#define WRITE_ENTRY		mov %ecx, (%eax, %edx, 8);		\
				mov 4(%esp), %ecx;			\
				mov %ecx, 4(%eax, %edx, 8)
#include "../../pv/monitor/rom/calls.def"

	.macro slot name
	.weak	native_\name
	.long	native_\name
	.endm

	.data
	.globl	native_ops, ops
native_ops:
#define VMI_CALL(number, name, changes)	slot name;
#include <abi/vmi.def>
ops:
#define VMI_CALL(number, name, changes)	slot name;
#include <abi/vmi.def>

	.section .note.GNU-stack, "", @progbits
