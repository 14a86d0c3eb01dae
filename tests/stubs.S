/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read by the entry.S of a test kernel: a stub of 16 bytes for each vector. It
 * pushes an error code of 0 where the CPU pushes none, then the vector, and goes
 * on at `entry`.
 */
	.balign	16
	.globl	stubs
stubs:
	.set	vector, 0
	.rept	256
	.balign	16
	.if	vector != 8 && (vector < 10 || vector > 14) && vector != 17
	push	$0
	.endif
	push	$vector
	jmp	entry
	.set	vector, vector + 1
	.endr
