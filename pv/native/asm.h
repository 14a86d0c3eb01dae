/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The instructions of the operations that assembly uses, for the unhooked
 * build. The same as in templates.S; C has insn.h.
 */
#ifndef PV_NATIVE_ASM_H
#define PV_NATIVE_ASM_H

#define NATIVE_irq_disable	cli
#define NATIVE_irq_enable	sti
#define NATIVE_iret		iret

#endif
