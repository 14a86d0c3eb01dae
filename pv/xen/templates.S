/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of the operations that are short enough on Xen, as they go into
 * call sites: see pv/native/templates.S. The flag is as in traps.S. Ports trap,
 * and Xen does the rest.
 */
#include <abi/xen/shared_info.h>
#include <arch/cpu.h>
#include <pv/template.h>

	/* Names that TEMPLATE does not expand. */
	.set	ON, EFLAGS_IF + 0xff
	.set	MASK, XEN_VCPU_MASK
	.set	CR2, XEN_VCPU_CR2

TEMPLATES(xen_templates)

TEMPLATE1(save_fl,	mov $ON, \a; sub xen_shared_info, \a)
TEMPLATE(irq_disable,	movb $1, xen_shared_info + MASK)

TEMPLATE1(read_cr2,	mov xen_shared_info + CR2, \a)
TEMPLATE(rdtsc,		rdtsc)
TEMPLATE(wbinvd,	wbinvd)
TEMPLATE(load_tr)

#include <native/port_templates.h>
TEMPLATE(io_delay)

TEMPLATE(lazy_mmu_begin, incl xen_lazy)
TEMPLATE(lazy_cpu_begin, incl xen_lazy)

TEMPLATES(xen_templates_end)

	.section .note.GNU-stack, "", @progbits
