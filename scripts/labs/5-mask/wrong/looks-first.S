/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * It looks, delivers, and then unmasks. The handler returns to the
 * instruction that unmasks, and what came after the look is forgotten. Here
 * the frame says that interrupts are on while they are not yet.
 * Fails: xen: what pends comes before the next instruction
 */
	function xen_irq_enable
1:	cmpb	$0, PENDING
	je	2f
	call	xen_irq_pending
	movb	$1, MASK
	ret
2:	movb	$0, MASK
	ret
	.size xen_irq_enable, . - xen_irq_enable
