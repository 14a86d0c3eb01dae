// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The function of iret without a fixup. An iret to a bad frame faults in the
 * kernel, and the user has stopped it.
 * Fails: modify_ldt: who takes a segment from under itself
 */
asm(".pushsection .text\n"
    "	.globl	native_iret\n"
    "native_iret:\n"
    "	" PV_STRING(NATIVE_iret) "\n"
    "	.size	native_iret, . - native_iret\n"
    "	.popsection");
