/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame is right, but the mask stays clear: the hypervisor set it on its
 * own way into a handler, and here there was none. The handler can be
 * interrupted, and its handler, until the stack is full.
 * Fails: xen: a handler runs with interrupts off
 */
	function xen_irq_pending
	push	%cs
	push	4(%esp)
	pushf
	pop	8(%esp)
	orl	$EFLAGS_IF, 8(%esp)
	.size xen_irq_pending, . - xen_irq_pending
