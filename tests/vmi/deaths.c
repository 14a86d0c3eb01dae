// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What no guest survives: all of it is a reset of the machine, by the monitor,
 * and soon. Each returns only if it was not. vmi-abi 9.
 */
#include <monitor/vmi/shared.h>
#include "attack.h"

static void undefined(void)
{
	asm volatile("ud2");
}

static void no_idt(void)
{
	struct desc_ptr none = { 0, 0 };

	vmi(SetIDT, (u32)&none);
}

static void d_no_idt(void)
{
	no_idt();
	asm volatile("int3");
}

static void d_idt_unmapped(void)
{
	struct desc_ptr p = { 0x7ff, NOWHERE };

	vmi(SetIDT, (u32)&p);
	undefined();
}

static void d_idt_goes(void)
{
	static u64 other[512] __aligned(PAGE_SIZE);
	struct desc_ptr p = { 0x7ff, (u32)other };

	vmi(SetIDT, (u32)&p);
	undefined();
}

static void d_gdt_unmapped(void)
{
	struct desc_ptr p = { 0xff, NOWHERE };

	vmi(SetGDT, (u32)&p);
	traps(peek, NOWHERE);
}

static void d_gdt_empty(void)
{
	struct desc_ptr p = { 0, 0 };

	vmi(SetGDT, (u32)&p);
	traps(peek, NOWHERE);
}

/* A trap of user mode, on that stack. */
static void user_trap(u32 ss, u32 esp)
{
	vmi(UpdateKernelStack, ss, esp);
	user(user_return, 0, EFLAGS_IF);
}

static void d_stack_unmapped(void)
{
	user_trap(KERNEL_DS, NOWHERE);
}

static void d_stack_zero(void)
{
	user_trap(0, 0);
}

static void d_stack_wraps(void)
{
	user_trap(KERNEL_DS, 8);
}

static void d_stack_window(void)
{
	user_trap(KERNEL_DS, 0xfffffff0);
}

static void d_stack_segment(void)
{
	user_trap(0xe010, (u32)user_stack_top);
}

static void d_stack_hidden(void)
{
	map_area(0, hidden_start | PTE_P | PTE_W | PTE_A | PTE_D);
	user_trap(KERNEL_DS, area(0) + 0x800);
}

static void d_stack_apic(void)
{
	map_area(0, 0xfee00000 | PTE_P | PTE_W | PTE_A | PTE_D | PTE_PCD);
	user_trap(KERNEL_DS, area(0) + 0x800);
}

static void push_at(u32 esp)
{
	asm volatile("mov %0, %%esp\n\tud2" : : "r" (esp));
}

static void d_push_nowhere(void)
{
	push_at(NOWHERE);
}

static void d_push_zero(void)
{
	push_at(0);
}

static void d_push_window(void)
{
	push_at(VMI_TOP + 0x2000);
}

static void d_push_call(void)
{
	asm volatile("mov %0, %%esp\n\tint $31\n\tud2" : : "r" (NOWHERE), "b" (33));
}

static void set_gate(u32 vector, u32 selector, u32 address)
{
	write_gate(vector, GATE(selector, address, GATE_TRAP, 0));
}

/* Handlers that the CPU refuses, of every fault: with each try there is less
 * stack, which is the guest's memory. */
static void bad_handlers(u32 selector)
{
	for (u32 v = 0; v < 32; v++)
		set_gate(v, selector, (u32)stubs[v]);
	undefined();
}

static void d_handler_data(void)
{
	bad_handlers(KERNEL_DS);
}

static void d_handler_monitor(void)
{
	bad_handlers(0xe008);
}

static void d_handler_empty(void)
{
	bad_handlers(0x28);
}

static void d_handler_user(void)
{
	bad_handlers(USER_CS);
}

static void d_fault_loop(void)
{
	set_gate(TRAP_PAGE_FAULT, KERNEL_CS, NOWHERE);
	traps(peek, NOWHERE);
}

static void d_cr3_hidden(void)
{
	vmi(SetCR3, hidden_start);
	undefined();
}

static void d_cr3_wild(void)
{
	vmi(SetCR3, 0xfffff000);
	undefined();
}

static void d_cr3_empty(void)
{
	vmi(SetCR3, page_pa(alloc_page()));
	undefined();
}

static void d_other_format(void)
{
	vmi(SetCR4, (u32)vmi(GetCR4) ^ CR4_PAE);
	if (option("pae"))		/* which the boot has left there */
		vmi(SetCR3, page_pa(alloc_page()));
	undefined();
}

static void d_no_paging(void)
{
	vmi(SetCR0, (u32)vmi(GetCR0) & ~CR0_PG);
}

static void d_no_protection(void)
{
	vmi(SetCR0, (u32)vmi(GetCR0) & ~(CR0_PG | CR0_PE));
}

static void d_keyboard(void)
{
	outb(0xfe, 0x64);
}

static void d_keyboard_output(void)
{
	outb(0xd1, 0x64);
	outb(0xae, 0x64);
	outb(0xfe, 0x60);
}

static void d_fast_a20(void)
{
	outb(inb(0x92) | 1, 0x92);
}

static void d_reset_control(void)
{
	outb(6, 0xcf9);
}

static void d_reset_word(void)
{
	asm volatile("outw %w0, %w1" : : "a" (0x0600), "d" (0xcf8));
	asm volatile("outl %0, %w1" : : "a" (0x060600), "d" (0xcf7));
}

static void d_reboot(void)
{
	vmi(Reboot, 1);
}

static void d_sysenter(void)
{
	static const u8 enter_code[] = { 0x0f, 0x34 };

	asm volatile("wrmsr" : : "c" (0x174), "a" (0xe008), "d" (0));
	asm volatile("wrmsr" : : "c" (0x175), "a" (user_stack_top), "d" (0));
	user_bytes(enter_code, 2, 0);
}

/* No interrupt comes any more, and no NMI: but its frame has a stack. */
static void d_nmi_handler(void)
{
	nmi_is_trap = true;
	for (u32 v = 0; v < 32; v++)
		set_gate(v, KERNEL_CS, NOWHERE);
	asm volatile("int $2");
}

/* Neither for the NMI nor for what comes of that. */
static void d_nmi_no_idt(void)
{
	no_idt();
	send_nmi(0);
}

static void d_lazy(void)
{
	vmi(SetLazyMode, VMI_LAZY_MMU);
	vmi(UpdatePxE, (u32)area_entry(0), 0);
	no_idt();
	undefined();
}

/* In ring 0 again the guest has the machine: it may break what is its own. */
static void d_leave(void)
{
	vmi_function *leave;
	u32 address;

	relocation(VMI_Leave, &address);
	leave = (vmi_function *)address;
	while ((u32)leave(0, 0, 0, 0, 0)) {
		site_irq_enable();
		site_irq_disable();
	}
	asm volatile("lidt %0\n\tint3" : : "m" (*(struct desc_ptr *)"\0\0\0\0\0"));
}

static void d_leave_stack(void)
{
	asm volatile("mov %0, %%esp\n\tint $31" : : "r" (NOWHERE), "b" (VMI_Leave));
}

static void d_leave_tables(void)
{
	struct desc_ptr p = { 0xff, NOWHERE };

	vmi(SetIDT, (u32)&p);
	vmi(SetTR, 0xff8);
	asm volatile("mov %0, %%esp\n\tint $31" : : "r" (stack_top),
		     "b" (VMI_Leave));
	undefined();
}

const struct test deaths[] = {
	{ "die-no-idt", d_no_idt },
	{ "die-idt-unmapped", d_idt_unmapped },
	{ "die-idt-empty", d_idt_goes },
	{ "die-gdt-unmapped", d_gdt_unmapped },
	{ "die-gdt-empty", d_gdt_empty },
	{ "die-stack-unmapped", d_stack_unmapped },
	{ "die-stack-zero", d_stack_zero },
	{ "die-stack-wraps", d_stack_wraps },
	{ "die-stack-window", d_stack_window },
	{ "die-stack-segment", d_stack_segment },
	{ "die-stack-hidden", d_stack_hidden },
	{ "die-stack-apic", d_stack_apic },
	{ "die-push-nowhere", d_push_nowhere },
	{ "die-push-zero", d_push_zero },
	{ "die-push-window", d_push_window },
	{ "die-push-call", d_push_call },
	{ "die-handler-data", d_handler_data },
	{ "die-handler-monitor", d_handler_monitor },
	{ "die-handler-empty", d_handler_empty },
	{ "die-handler-user", d_handler_user },
	{ "die-fault-loop", d_fault_loop },
	{ "die-cr3-hidden", d_cr3_hidden },
	{ "die-cr3-wild", d_cr3_wild },
	{ "die-cr3-empty", d_cr3_empty },
	{ "die-other-format", d_other_format },
	{ "die-no-paging", d_no_paging },
	{ "die-no-protection", d_no_protection },
	{ "die-keyboard", d_keyboard },
	{ "die-keyboard-output", d_keyboard_output },
	{ "die-fast-a20", d_fast_a20 },
	{ "die-reset-control", d_reset_control },
	{ "die-reset-word", d_reset_word },
	{ "die-reboot", d_reboot },
	{ "die-sysenter", d_sysenter },
	{ "die-nmi-handler", d_nmi_handler },
	{ "die-nmi-no-idt", d_nmi_no_idt },
	{ "die-lazy", d_lazy },
	{ "die-leave", d_leave },
	{ "die-leave-stack", d_leave_stack },
	{ "die-leave-tables", d_leave_tables },
	{ }
};
