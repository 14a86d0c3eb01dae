/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of the native operations, as they go into call sites. Arguments
 * that ops.def fixes are in eax, edx, ecx; else \a, \b, \c stand for what the
 * compiler chose, the result first. A template without instructions means that
 * the operation does nothing here. They agree with insn.h; a self-test runs
 * both on the same state and compares.
 */
#include <pv/template.h>

TEMPLATES(native_templates)

TEMPLATE1(save_fl,	pushf; pop \a)
TEMPLATE1(restore_fl,	push \a; popf)
TEMPLATE(irq_disable,	cli)
TEMPLATE(irq_enable,	sti)
TEMPLATE(safe_halt,	sti; hlt)
TEMPLATE(halt,		hlt)

TEMPLATE1(read_cr0,	mov %cr0, \a)
TEMPLATE1(write_cr0,	mov \a, %cr0)
TEMPLATE1(read_cr2,	mov %cr2, \a)
TEMPLATE1(read_cr3,	mov %cr3, \a)
TEMPLATE1(write_cr3,	mov \a, %cr3)
TEMPLATE1(read_cr4,	mov %cr4, \a)
TEMPLATE1(write_cr4,	mov \a, %cr4)
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
TEMPLATE1(load_esp0,	mov \a, tss + 4)
TEMPLATE(set_iopl)

#include <native/port_templates.h>
TEMPLATE(io_delay,	out %al, $0x80)

TEMPLATE(alloc_l1)
TEMPLATE(alloc_l2)
TEMPLATE(alloc_l3)
TEMPLATE(release_l1)
TEMPLATE(release_l2)
TEMPLATE(release_l3)
TEMPLATE3(get_pte,	{disp8} mov (\c), \a; mov 4(\c), \b)
TEMPLATE2(pte_frame,	{disp8} mov (\b), \a; and $~0xfff, \a)
TEMPLATE3(set_pte,	mov \c, 4(\a); {disp8} mov \b, (\a))
TEMPLATE3(modify_pte,	mov \c, 4(\a); {disp8} mov \b, (\a))
TEMPLATE1(clear_pte,	{disp8} andl $0, (\a); andl $0, 4(\a))
TEMPLATE2(set_l2,	andl $0, 4(\a); {disp8} mov \b, (\a))
TEMPLATE2(set_l3,	andl $0, 4(\a); {disp8} mov \b, (\a))
TEMPLATE1(flush_tlb_page, {disp8} invlpg (\a))
TEMPLATE1(flush_tlb_user, mov %cr3, \a; mov \a, %cr3)
TEMPLATE1(mm_activate,	mov \a, %cr3)
TEMPLATE(mm_dup)
TEMPLATE(mm_exit)
TEMPLATE(lazy_mmu_begin)
TEMPLATE(lazy_mmu_end)
TEMPLATE(lazy_cpu_begin)
TEMPLATE(lazy_cpu_end)

TEMPLATES(native_templates_end)

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
