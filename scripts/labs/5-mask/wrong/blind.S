/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * It unmasks and does not look. What came while the mask was set stays
 * pending until the next event comes.
 * Fails: xen: what pends comes before the next instruction
 */
	function xen_irq_enable
	movb	$0, MASK
	ret
1:	cmpb	$0, PENDING
	jne	xen_irq_pending
	ret
	.size xen_irq_enable, . - xen_irq_enable
