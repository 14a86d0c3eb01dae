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

TEMPLATE(inb,		in %dx, %al)
TEMPLATE(inw,		in %dx, %ax)
TEMPLATE(inl,		in %dx, %eax)
TEMPLATE(outb,		out %al, %dx)
TEMPLATE(outw,		out %ax, %dx)
TEMPLATE(outl,		out %eax, %dx)
TEMPLATE(insb,		xchg %eax, %edi; rep insb; xchg %eax, %edi)
TEMPLATE(insw,		xchg %eax, %edi; rep insw; xchg %eax, %edi)
TEMPLATE(insl,		xchg %eax, %edi; rep insl; xchg %eax, %edi)
TEMPLATE(outsb,		xchg %eax, %esi; rep outsb; xchg %eax, %esi)
TEMPLATE(outsw,		xchg %eax, %esi; rep outsw; xchg %eax, %esi)
TEMPLATE(outsl,		xchg %eax, %esi; rep outsl; xchg %eax, %esi)
TEMPLATE(io_delay)

TEMPLATE(lazy_mmu_begin, incl xen_lazy)
TEMPLATE(lazy_cpu_begin, incl xen_lazy)

TEMPLATES(xen_templates_end)

	.section .note.GNU-stack, "", @progbits
