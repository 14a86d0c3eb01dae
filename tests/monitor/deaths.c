// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What no guest survives, and nobody but the guest dies of. Each returns only if
 * the hypervisor let it pass. xen-pv-abi 6.2, 13.
 */
#include <abi/xen/vcpu.h>
#include "guest.h"

static void undefined(void)
{
	asm volatile("ud2");
}

/* A trap that comes from ring 3, on this stack. */
static void user_trap(u32 ss, u32 esp)
{
	struct iret_frame f = user_frame(user_return);

	hypercall(stack_switch, ss, esp);
	enter((u32)&f);
}

static void d_no_handler(void)
{
	hypercall(set_trap_table, 0);
	undefined();
}

static void d_stack_unmapped(void)
{
	user_trap(XEN_KERNEL_DS, NOWHERE);
}

static void d_stack_zero(void)
{
	user_trap(0, 0);
}

static void d_stack_wraps(void)
{
	user_trap(XEN_KERNEL_DS, 4);
}

static void d_stack_read_only(void)
{
	char *page = new_page();

	protect(page);
	user_trap(XEN_KERNEL_DS, (u32)page + PAGE_SIZE);
}

/* The frame's lower part is in a page that is not there. */
static void d_stack_end(void)
{
	window(1, pte(new_page(), PTE_P | PTE_W));
	user_trap(XEN_KERNEL_DS, window_va(1) + 4);
}

static void d_stack_start(void)
{
	window(1, pte(new_page(), PTE_P | PTE_W));
	user_trap(XEN_KERNEL_DS, window_va(1) + 16);
}

static void d_stack_table(void)
{
	user_trap(XEN_KERNEL_DS, (u32)root_table + 64);
}

static void d_stack_l1(void)
{
	u64 *l1 = new_page();

	protect(l1);
	pin(1, l1);
	update(machine((void *)ENTRY(NOWHERE, 2)), pte(l1, PTE_P | PTE_W | PTE_U));
	push_at((u32)l1 + 2048);
}

static void d_stack_m2p(void)
{
	user_trap(XEN_KERNEL_DS, XEN_M2P_BASE + 0x1000);
}

static void d_stack_xen(void)
{
	user_trap(XEN_KERNEL_DS, 0xfffffff0);
}

static void d_stack_segment(void)
{
	user_trap(0xe011, (u32)trap_stack_top);
}

static void d_push_nowhere(void)
{
	push_at(NOWHERE);
}

static void d_push_xen(void)
{
	push_at(0xffe00000);
}

/* Down to the pages before the stack, which are made read-only. */
static void d_stack_overflow(void)
{
	protect(stack);
	asm volatile("1: call 1b");
}

static void d_fault_loop(void)
{
	set_trap(TRAP_PAGE_FAULT, 0, XEN_KERNEL_CS, NOWHERE);
	peek(NOWHERE);
}

static void d_handler_xen(void)
{
	set_trap(TRAP_PAGE_FAULT, 0, XEN_KERNEL_CS, 0xfffffff0);
	set_trap(TRAP_GP, 0, XEN_KERNEL_CS, 0xfffffff0);
	peek(NOWHERE);
}

static void d_handler_selector(void)
{
	set_trap(TRAP_GP, 0, 0xe041, (u32)stubs[TRAP_GP]);
	set_trap(TRAP_INVALID_OP, 0, 0xe041, (u32)stubs[TRAP_INVALID_OP]);
	undefined();
}

static void d_iret_ring0(void)
{
	struct iret_frame f = { 0, (u32)undefined, 0xe018, EFLAGS_FIXED,
				(u32)stack_top, XEN_KERNEL_DS };

	hypercall(set_trap_table, 0);
	enter((u32)&f);
}

static void d_iret_xen_cs(void)
{
	struct iret_frame f = { 0, (u32)undefined, 0xe008, EFLAGS_FIXED,
				(u32)stack_top, 0xe010 };

	enter((u32)&f);
}

static void d_iret_unmapped(void)
{
	hypercall(set_trap_table, 0);
	enter(NOWHERE);
}

static void d_iret_xen(void)
{
	hypercall(set_trap_table, 0);
	enter(0xfffffff4);
}

/* A root in which nothing of the guest is. */
static void d_empty_root(void)
{
	struct space s;

	new_space(&s);
	memset(s.l2[3], 0, PAGE_SIZE);
	seal(&s);
	mmuext(XEN_MMUEXT_NEW_BASEPTR, mfn_of(s.l3), 0);
	undefined();
}

static void d_own_tables(void)
{
	update(machine((void *)ENTRY(GUEST_BASE, 2)), 0);
	undefined();
}

static void d_own_text(void)
{
	u32 va = ALIGN_DOWN((u32)stubs, PAGE_SIZE);

	for (u32 i = 0; i < 3; i++)
		map(va + i * PAGE_SIZE, 0);
	undefined();
}

/* Everything is in use when it ends. */
static void d_with_everything(void)
{
	u64 *gdt = new_page(), *ldt = new_page(), *l1 = new_page(),
	    *l2 = new_page();
	u32 list[14], mfn = spare_mfn();
	struct xen_reservation r = { (u32)&mfn, 1, 0, 0, XEN_DOMID_SELF };
	struct xen_bind_virq virq = { XEN_VIRQ_TIMER, 0, 0 };
	struct space s;

	for (u32 i = 0; i < 14; i++)
		list[i] = mfn_of(gdt);
	protect(gdt);
	DONE(hypercall(set_gdt, list, 7168));
	ldt[0] = 0x00cff3000000ffffull;
	protect(ldt);
	DONE(mmuext(XEN_MMUEXT_SET_LDT, (u32)ldt, 512));
	load_fs(7);
	protect(l1);
	DONE(pin(1, l1));
	l2[0] = pte(l1, PTE_P | PTE_W | PTE_U);
	protect(l2);
	DONE(pin(2, l2));
	DONE(update(machine(&l2[1]), pte(l2, PTE_P)));
	new_space(&s);
	s.l3[0] = pte(l2, PTE_P);
	seal(&s);
	DONE(pin(3, s.l3));
	DONE(unpin(root_table));
	DONE(mmuext(XEN_MMUEXT_NEW_BASEPTR, mfn_of(s.l3), 0));
	window(0, (u64)mfn << PAGE_SHIFT | PTE_P | PTE_W);
	EQ(hypercall(memory_op, XEN_MEMORY_DECREASE, &r), 1);
	DONE(hypercall(event_channel_op, XEN_EVENT_BIND_VIRQ, &virq));
	DONE(hypercall(set_timer_op, 1, 1));
	hypercall(set_trap_table, 0);
	undefined();
}

/* QEMU's TCG lets IRET of ring 3 set EFLAGS.VM in 64-bit mode, as no CPU does. */
static void d_vm86(void)
{
	struct iret_frame f = user_frame(user_iret);
	u32 *sp = (u32 *)(USER_STACK + 0x800);

	for (u32 i = 0; i < 9; i++)
		sp[i] = 0;
	sp[0] = 0x1000;
	sp[2] = EFLAGS_VM | EFLAGS_FIXED | EFLAGS_IOPL;
	f.esp = (u32)sp;
	enter((u32)&f);
}

static void d_crash(void)
{
	u32 reason = XEN_SHUTDOWN_CRASH;

	hypercall(sched_op, XEN_SCHED_SHUTDOWN, &reason);
}

/* With events masked nothing ends this but a watchdog. */
static void d_hang(void)
{
	mask_events(true);
	for (;;)
		;
}

const struct attack deaths[] = {
	{ "die-no-handler", d_no_handler },
	{ "die-stack-unmapped", d_stack_unmapped },
	{ "die-stack-zero", d_stack_zero },
	{ "die-stack-wraps", d_stack_wraps },
	{ "die-stack-read-only", d_stack_read_only },
	{ "die-stack-end", d_stack_end },
	{ "die-stack-start", d_stack_start },
	{ "die-stack-table", d_stack_table },
	{ "die-stack-l1", d_stack_l1 },
	{ "die-stack-m2p", d_stack_m2p },
	{ "die-stack-xen", d_stack_xen },
	{ "die-stack-segment", d_stack_segment },
	{ "die-stack-overflow", d_stack_overflow },
	{ "die-push-nowhere", d_push_nowhere },
	{ "die-push-xen", d_push_xen },
	{ "die-fault-loop", d_fault_loop },
	{ "die-handler-xen", d_handler_xen },
	{ "die-handler-selector", d_handler_selector },
	{ "die-iret-ring-0", d_iret_ring0 },
	{ "die-iret-xen-cs", d_iret_xen_cs },
	{ "die-iret-unmapped", d_iret_unmapped },
	{ "die-iret-xen", d_iret_xen },
	{ "die-empty-root", d_empty_root },
	{ "die-own-tables", d_own_tables },
	{ "die-own-text", d_own_text },
	{ "die-with-everything", d_with_everything },
	{ "die-vm86", d_vm86 },
	{ "die-crash", d_crash },
	{ "die-hang", d_hang },
	{ }
};
