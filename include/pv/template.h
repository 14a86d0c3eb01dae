/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Templates, for assembly: struct pv_template (include/pv/core.h) as a list of
 * operations and their instructions, between labels of the backend's own.
 *
 *	TEMPLATES(label)
 *	TEMPLATE(name, instructions)	operands are where ops.def fixes them
 *	TEMPLATE1(name, instructions)	the compiler chose: \a is the register,
 *	TEMPLATE2, TEMPLATE3		\b the second, \c the third
 *	TEMPLATES(label_end)
 *
 * Results come before parameters. An operand may be EBP: as an address it
 * needs a displacement, hence {disp8}. Short forms for EAX alone can not arise,
 * since ECX and ESI are what is assembled.
 */
#ifndef PV_TEMPLATE_H
#define PV_TEMPLATE_H

#include <pv/site.h>

	.macro template_label label
	.pushsection .pv_templates, "a"
	.globl \label
\label:
	.popsection
	.endm

	.macro template_variant reg0, reg1, reg2, code
	.irp	a, \reg0
	.irp	b, \reg1
	.irp	c, \reg2
	\code
	.endr
	.endr
	.endr
	.endm

	/* reloc: as in struct pv_template. */
	.macro template name, regs, reloc, code
	.pushsection .rodata
771:	template_variant %ecx, %ecx, %ecx, "\code"
	.if \regs > 0
	template_variant %esi, %ecx, %ecx, "\code"
	.endif
	.if \regs > 1
	template_variant %ecx, %esi, %ecx, "\code"
	.endif
	.if \regs > 2
	template_variant %ecx, %ecx, %esi, "\code"
	.endif
772:	.popsection
	.pushsection .pv_templates, "a"
	.long	771b, 771b
	.byte	PV_NR_\name, (772b - 771b) / (1 + \regs), \reloc, \regs
	.popsection
	.endm

#define TEMPLATES(label)	template_label label
#define TEMPLATE(name, ...)	template name, 0, 0, #__VA_ARGS__
#define TEMPLATE1(name, ...)	template name, 1, 0, #__VA_ARGS__
#define TEMPLATE2(name, ...)	template name, 2, 0, #__VA_ARGS__
#define TEMPLATE3(name, ...)	template name, 3, 0, #__VA_ARGS__

#endif
