/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of the operations that are short enough on Xen, as they go into
 * call sites: see pv/native/templates.S. Ports trap, and Xen does the rest.
 */
#include <abi/xen/shared_info.h>
#include <pv/site.h>

	.section .pv_xen_templates, "a"
	.globl xen_templates, xen_templates_end
xen_templates:
	.previous

#define TEMPLATE(name, ...)						\
	.pushsection .rodata;						\
771:	__VA_ARGS__;							\
772:	.popsection;							\
	.pushsection .pv_xen_templates, "a";				\
	.long 771b, 771b;						\
	.byte PV_NR_##name, 772b - 771b, 0, 0;				\
	.popsection

TEMPLATE(read_cr2,	mov xen_shared_info + XEN_VCPU_CR2, %eax)
TEMPLATE(read_cr3,	mov xen_cr3, %eax)
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

	.section .pv_xen_templates, "a"
xen_templates_end:

	.section .note.GNU-stack, "", @progbits
