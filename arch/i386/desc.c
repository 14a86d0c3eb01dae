// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * GDT, IDT and the task state segments. All entries are written by operations,
 * so that a backend may translate or shadow them. A double fault has a TSS of
 * its own, and with it a stack: its usual cause is that the kernel stack is
 * used up.
 */
#include <arch/desc.h>
#include <arch/trap.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/task.h>
#include <pv/pv.h>

#define SEGMENT(type, dpl)						\
	DESC(0, 0xfffff, DESC_PRESENT | DESC_DPL(dpl) | (type), DESC_G_32)

/* Alone in its page, which is read-only on Xen: arch/i386/pv86.ld. */
u64 gdt[GDT_ENTRIES] __section(".gdt") = {
	[GDT_KERNEL_CS] = SEGMENT(DESC_CODE, 0),
	[GDT_KERNEL_DS] = SEGMENT(DESC_DATA, 0),
	[GDT_USER_CS] = SEGMENT(DESC_CODE, 3),
	[GDT_USER_DS] = SEGMENT(DESC_DATA, 3),
};
/* Each begins a page: a hypervisor that is started later needs that. */
u64 idt[256] __ro_after_init_zero __aligned(PAGE_SIZE);
struct tss tss;
static struct tss double_fault_tss;
static u8 double_fault_stack[4096] __aligned(16);

static void __init set_gdt(u32 index, u64 entry)
{
	write_gdt_entry(gdt, index, &entry);
}

static void __init set_idt(u32 vector, u64 gate)
{
	write_idt_entry(idt, vector, &gate);
}

#ifndef PV_OFF
/* An NMI's way has no room for more, and a task gate has no handler. */
void idt_divert(const u8 *stubs, u32 bytes, void *handler,
		u32 (*entry)(u32 vector, u64 gate))
{
	static u64 diverted[256]
		__section(".bss.page_aligned") __aligned(PAGE_SIZE);
	struct desc_ptr p = { sizeof(idt) - 1, (u32)(stubs ? diverted : idt) };

	for (u32 vector = 0; vector < 256 && stubs; vector++) {
		u64 gate = idt[vector];
		u32 stub = (u32)stubs + bytes * vector;

		*(u32 *)(handler + bytes * vector) = entry ? entry(vector, gate) :
			(u32)(gate >> 32 & 0xffff0000) | (u16)gate;
		if (vector != TRAP_NMI && (gate >> 40 & 0xf) != GATE_TASK)
			gate = (gate & 0x0000ffffffff0000) | (u16)stub |
			       (u64)(stub & 0xffff0000) << 32;
		diverted[vector] = gate;
	}
	load_idt(&p);
}
#endif

static u64 __init system_segment(const void *base, u32 size, u32 type)
{
	return DESC((u32)base, size - 1, DESC_PRESENT | type, 0);
}

static void __init gdt_init(void)
{
	struct desc_ptr p = { GDT_ENTRIES * 8 - 1, (u32)gdt };

	set_gdt(GDT_TSS, system_segment(&tss, sizeof(tss), DESC_TSS));
	set_gdt(GDT_DOUBLE_FAULT_TSS,
		system_segment(&double_fault_tss, sizeof(tss), DESC_TSS));
	load_gdt(&p);
	asm volatile("mov %0, %%ds\n\tmov %0, %%es\n\t"
		     "mov %1, %%fs\n\tmov %1, %%gs"
		     : : "r" (USER_DS), "r" (0) : "memory");
}

static void __init tss_init(void)
{
	tss.ss0 = KERNEL_DS;
	tss.io_bitmap = sizeof(tss);
	double_fault_tss = (struct tss){
		.cr3 = read_cr3(),
		.eip = (u32)double_fault,
		.eflags = EFLAGS_FIXED,
		.esp = (u32)double_fault_stack + sizeof(double_fault_stack) - 4,
		.cs = KERNEL_CS, .ss = KERNEL_DS,
		.ds = USER_DS, .es = USER_DS,
		.io_bitmap = sizeof(tss),
	};
	load_tr(TSS_SEL);
	set_ldt(NULL, 0);
}

/* User programs may execute int3, into, bound and the system call. */
static u32 __init gate_dpl(u32 vector)
{
	return vector == TRAP_BREAKPOINT || vector == TRAP_OVERFLOW ||
	       vector == TRAP_BOUND ? 3 : 0;
}

static void __init idt_init(void)
{
	struct desc_ptr p = { sizeof(idt) - 1, (u32)idt };
	u32 cs = KERNEL_CS;

	for (u32 i = 0; i < 32; i++)
		set_idt(i, GATE(cs, trap_stubs[i], GATE_INTERRUPT,
				gate_dpl(i)));
	for (u32 i = 0; i < 17; i++)
		set_idt(VECTOR_IRQ0 + i,
			GATE(cs, irq_stubs[i], GATE_INTERRUPT, 0));
	set_idt(VECTOR_SPURIOUS, GATE(cs, irq_stubs[17], GATE_INTERRUPT, 0));
	set_idt(VECTOR_SYSCALL, GATE(cs, (u32)syscall_entry, GATE_TRAP, 3));
	set_idt(TRAP_DOUBLE_FAULT, GATE(DOUBLE_FAULT_SEL, 0, GATE_TASK, 0));
	load_idt(&p);
}

void __init desc_init(void)
{
	gdt_init();
	idt_init();
	tss_init();
}

/*
 * paging_init moves the kernel to its own tables: the TSS must name them too.
 */
void __init double_fault_use(u32 l3_pa)
{
	double_fault_tss.cr3 = l3_pa;
}

/* Entered by a task switch: tss has the registers of the code that faulted. */
void double_fault(void)
{
	struct regs regs = {
		.ebx = tss.ebx, .ecx = tss.ecx, .edx = tss.edx,
		.esi = tss.esi, .edi = tss.edi, .ebp = tss.ebp,
		.eax = tss.eax, .ds = tss.ds, .es = tss.es,
		.vector = TRAP_DOUBLE_FAULT,
		.eip = tss.eip, .cs = tss.cs, .eflags = tss.eflags,
		.esp = tss.esp, .ss = tss.ss,
	};

	die(stack_overflowed(tss.esp) ?
	    "double fault: kernel stack overflow" : "double fault", &regs);
}
