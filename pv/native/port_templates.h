/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Templates of the bare port instructions: for native, and for any backend
 * whose hypervisor does for us the ports that it lets us use, as they trap.
 */
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
