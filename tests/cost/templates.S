/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A backend that touches nothing but memory, as one on a hypervisor with a
 * shared page does, so that its operations run in user mode: functions and,
 * where they fit a site, templates. cost.c measures them. Its interrupt flag
 * is that of Xen: byte 0 says that an interrupt is pending, byte 1 masks it.
 */
#include <pv/template.h>

	.macro function name, code
	.text
fn_\name:
	\code
	ret
	.section cost_functions, "a"
	.long	PV_NR_\name, fn_\name
	.previous
	.endm
#define FUNCTION(name, ...)	function name, #__VA_ARGS__

TEMPLATES(cost_templates)

FUNCTION(irq_disable,	movb $1, flag + 1)
TEMPLATE(irq_disable,	movb $1, flag + 1)
FUNCTION(irq_enable,	andw $0xff, flag; jnz pending)
	template irq_enable, 0, 12, "andw $0xff, flag; jnz pending"
FUNCTION(save_fl,	movzbl flag + 1, %eax; dec %eax)
TEMPLATE1(save_fl,	movzbl flag + 1, \a; dec \a)
FUNCTION(restore_fl,	testb $2, %ah; setz flag + 1;
			cmpw $1, flag; je pending)
FUNCTION(read_cr2,	mov word, %eax)
TEMPLATE1(read_cr2,	mov word, \a)
FUNCTION(load_esp0,	mov %eax, word)
TEMPLATE1(load_esp0,	mov \a, word)
FUNCTION(get_pte,	mov 4(%eax), %edx; mov (%eax), %eax)
TEMPLATE3(get_pte,	{disp8} mov (\c), \a; mov 4(\c), \b)
FUNCTION(pte_frame,	mov (%eax), %eax; and $~0xfff, %eax)
TEMPLATE2(pte_frame,	{disp8} mov (\b), \a; and $~0xfff, \a)
FUNCTION(set_pte,	mov %ecx, 4(%eax); mov %edx, (%eax))
TEMPLATE3(set_pte,	mov \c, 4(\a); {disp8} mov \b, (\a))
FUNCTION(clear_pte,	andl $0, (%eax); andl $0, 4(%eax))
TEMPLATE1(clear_pte,	{disp8} andl $0, (\a); andl $0, 4(\a))
FUNCTION(lazy_mmu_begin,)
TEMPLATE(lazy_mmu_begin)

TEMPLATES(cost_templates_end)

	.text
pending:
	ud2			/* nobody sets it */

	.bss
	.balign	64
flag:	.skip	64
word:	.skip	64

	.section .note.GNU-stack, "", @progbits
