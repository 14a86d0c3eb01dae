/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bare instructions: what each operation of the classes INSN and ANY is on
 * hardware. This is their only spelling. From it come the native bytes of each
 * site, in C and in assembly, the functions in the table (setup.c), and the
 * text of the unhooked build. Operands are where ops.def says; %[any] is the
 * register that the compiler chose. Some operations are empty: only the CPU
 * looks at page tables here, and no write to them is delayed.
 *
 * The first instruction must work with DS prefixes before it, at most 15 bytes
 * in all. Elsewhere a sensitive instruction stands only in another backend, in
 * early boot, and where scripts/audit.except says why (`make audit`).
 */
#ifndef PV_NATIVE_INSN_H
#define PV_NATIVE_INSN_H

#define NATIVE_save_fl		pushf; pop %%eax
#define NATIVE_restore_fl	push %%eax; popf
#define NATIVE_irq_disable	cli
#define NATIVE_irq_enable	sti

#define NATIVE_read_cr0		mov %%cr0, %%eax
#define NATIVE_write_cr0	mov %%eax, %%cr0
#define NATIVE_read_cr2		mov %%cr2, %%eax
#define NATIVE_read_cr3		mov %%cr3, %%eax
#define NATIVE_write_cr3	mov %%eax, %%cr3
#define NATIVE_read_cr4		mov %%cr4, %%eax
#define NATIVE_write_cr4	mov %%eax, %%cr4
#define NATIVE_clts		clts
#define NATIVE_rdtsc		rdtsc
#define NATIVE_wbinvd		wbinvd
#define NATIVE_iret		iret
#define NATIVE_load_esp0	mov %%eax, tss + 4

#define NATIVE_inb		in %%dx, %%al
#define NATIVE_inw		in %%dx, %%ax
#define NATIVE_inl		in %%dx, %%eax
#define NATIVE_outb		out %%al, %%dx
#define NATIVE_outw		out %%ax, %%dx
#define NATIVE_outl		out %%eax, %%dx
/* A write to the POST port takes about a microsecond on a real bus. */
#define NATIVE_io_delay		out %%al, $0x80

/*
 * The low half has the present bit. It is written last when an entry appears
 * and first when one goes, so that the CPU never walks half an entry.
 */
#define NATIVE_get_pte		mov (%[any]), %%eax; mov 4(%[any]), %%edx
#define NATIVE_pte_frame	mov (%[any]), %%eax; and $~0xfff, %%eax
#define NATIVE_set_pte		mov %%ecx, 4(%[any]); mov %%edx, (%[any])
#define NATIVE_clear_pte	andl $0, (%[any]); andl $0, 4(%[any])
#define NATIVE_link_l1		NATIVE_set_pte
#define NATIVE_link_l2		NATIVE_set_pte
#define NATIVE_unlink_l1	NATIVE_clear_pte
#define NATIVE_unlink_l2	NATIVE_clear_pte
#define NATIVE_flush_tlb_page	invlpg (%[any])
#define NATIVE_flush_tlb_user	NATIVE_write_cr3
#define NATIVE_root_complete
#define NATIVE_root_retire
#define NATIVE_lazy_mmu_begin
#define NATIVE_lazy_mmu_end

#endif
