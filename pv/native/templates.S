/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of the native operations, as they go into call sites. Arguments
 * are where ops.def says: eax, edx, ecx. A template without instructions
 * means that the operation does nothing here. They agree with insn.h; a
 * self-test runs both on the same state and compares.
 */
#include <pv/site.h>

	.section .pv_native_templates, "a"
	.globl native_templates, native_templates_end
native_templates:
	.previous

#define TEMPLATE(name, ...)						\
	.pushsection .rodata;						\
771:	__VA_ARGS__;							\
772:	.popsection;							\
	.pushsection .pv_native_templates, "a";				\
	.long 771b, 771b;						\
	.byte PV_NR_##name, 772b - 771b, 0, 0;				\
	.popsection

TEMPLATE(save_fl,	pushf; pop %eax)
TEMPLATE(restore_fl,	push %eax; popf)
TEMPLATE(irq_disable,	cli)
TEMPLATE(irq_enable,	sti)
TEMPLATE(safe_halt,	sti; hlt)
TEMPLATE(halt,		hlt)

TEMPLATE(read_cr0,	mov %cr0, %eax)
TEMPLATE(write_cr0,	mov %eax, %cr0)
TEMPLATE(read_cr2,	mov %cr2, %eax)
TEMPLATE(read_cr3,	mov %cr3, %eax)
TEMPLATE(write_cr3,	mov %eax, %cr3)
TEMPLATE(read_cr4,	mov %cr4, %eax)
TEMPLATE(write_cr4,	mov %eax, %cr4)
TEMPLATE(clts,		clts)
TEMPLATE(rdmsr,		mov %eax, %ecx; rdmsr)
TEMPLATE(wrmsr,		xchg %eax, %ecx; xchg %eax, %edx; wrmsr)
TEMPLATE(rdtsc,		rdtsc)
TEMPLATE(wbinvd,	wbinvd)
TEMPLATE(iret,		iret)

TEMPLATE(load_gdt,	lgdt (%eax))
TEMPLATE(load_idt,	lidt (%eax))
TEMPLATE(load_tr,	ltr %ax)
TEMPLATE(store_gdt,	sgdt (%eax))
TEMPLATE(store_idt,	sidt (%eax))
TEMPLATE(store_ldt,	sldt %eax)
TEMPLATE(store_tr,	str %eax)
TEMPLATE(load_esp0,	mov %eax, tss + 4)
TEMPLATE(set_iopl)

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
TEMPLATE(io_delay,	out %al, $0x80)

TEMPLATE(alloc_l1)
TEMPLATE(alloc_l2)
TEMPLATE(alloc_l3)
TEMPLATE(release_l1)
TEMPLATE(release_l2)
TEMPLATE(release_l3)
TEMPLATE(get_pte,	mov (%eax), %edx; mov 4(%eax), %ecx)
TEMPLATE(pte_frame,	mov (%eax), %eax; and $~0xfff, %eax)
TEMPLATE(set_pte,	mov %ecx, 4(%eax); mov %edx, (%eax))
TEMPLATE(modify_pte,	mov %ecx, 4(%eax); mov %edx, (%eax))
TEMPLATE(clear_pte,	andl $0, (%eax); andl $0, 4(%eax))
TEMPLATE(set_l2,	andl $0, 4(%eax); mov %edx, (%eax))
TEMPLATE(set_l3,	andl $0, 4(%eax); mov %edx, (%eax))
TEMPLATE(flush_tlb_page, invlpg (%eax))
TEMPLATE(flush_tlb_user, mov %cr3, %eax; mov %eax, %cr3)
TEMPLATE(mm_activate,	mov %eax, %cr3)
TEMPLATE(mm_dup)
TEMPLATE(mm_exit)
TEMPLATE(lazy_mmu_begin)
TEMPLATE(lazy_mmu_end)
TEMPLATE(lazy_cpu_begin)
TEMPLATE(lazy_cpu_end)

	.section .pv_native_templates, "a"
native_templates_end:

/* The table's own way to return, where iret is not inlined. */
	.text
	.globl native_iret
	.type native_iret, @function
native_iret:
	iret
	.size native_iret, . - native_iret
	.pushsection .extable, "a"
	.long native_iret, bad_iret
	.popsection

	.section .note.GNU-stack, "", @progbits
