/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A backend that touches nothing but memory, as one on a hypervisor with a
 * shared page does, so that its operations run in user mode. cost.c measures
 * them. Its interrupt flag is that of Xen: byte 0 says that an interrupt is
 * pending, byte 1 masks it. What is inlined: the native bytes of the site (1),
 * or the function's own (2).
 */
#include <pv/site.h>

	.macro operation name, inlined, code
	.text
771:	\code
772:	ret
	.section cost_backend, "a"
	.long	PV_NR_\name, 771b, \inlined, 771b, 772b
	.previous
	.endm
#define OPERATION(name, inlined, ...)	operation name, inlined, #__VA_ARGS__

OPERATION(irq_disable,	2, movb $1, flag + 1)
OPERATION(irq_enable,	0, andw $0xff, flag; jnz nobody)
OPERATION(save_fl,	0, movzbl flag + 1, %eax; dec %eax)
OPERATION(restore_fl,	0, testb $2, %ah; setz flag + 1; cmpw $1, flag; je nobody)
OPERATION(read_cr2,	2, mov word, %eax)
OPERATION(load_esp0,	2, mov %eax, word)
OPERATION(get_pte,	1, mov 4(%eax), %edx; mov (%eax), %eax)
OPERATION(pte_frame,	1, mov (%eax), %eax; and $~0xfff, %eax)
OPERATION(set_pte,	1, mov %ecx, 4(%eax); mov %edx, (%eax))
OPERATION(clear_pte,	1, andl $0, (%eax); andl $0, 4(%eax))
OPERATION(lazy_mmu_begin, 1, )

	.text
	.globl nobody
nobody:	ud2

	.bss
	.balign	64
	.globl	tss
flag:	.skip	64
word:	.skip	64
tss:	.skip	64

	.section .note.GNU-stack, "", @progbits
