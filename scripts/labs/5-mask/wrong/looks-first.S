/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * It looks, then clears the mask. An event between the two finds the mask set,
 * so there is no upcall, and the look is over: the event is forgotten.
 * Fails: xen: an event before any instruction of irq_enable and restore_fl
 */
	function xen_irq_enable
1:	cmpb	$0, PENDING
	jne	xen_irq_pending
	movb	$0, MASK
	ret
	.size xen_irq_enable, . - xen_irq_enable
