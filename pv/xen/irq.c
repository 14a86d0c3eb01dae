// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupts are events. Xen sets the bit of the port on which something
 * happened, and calls xen_upcall (traps.S). There are ports for the timer, the
 * console and Xen's debug key. xen-pv-abi 7.
 */
#include <abi/xen/event.h>
#include <abi/xen/trap.h>
#include <abi/xen/vcpu.h>
#include <kernel/irq.h>
#include <kernel/kernel.h>
#include <kernel/task.h>
#include <xen/hypercall.h>
#include <xen/traps.h>
#include <xen/xen.h>

static u32 timer_port, console_port, debug_port;

/* For whoever presses `q` on Xen's console. */
static void show_state(const struct regs *regs)
{
	printk("debug: %s[%d] at %08x %pS, esp0 %08x, cr3 %08x\n",
	       current->comm, current->pid, regs->eip, (void *)regs->eip,
	       current->stack + KSTACK_SIZE, xen_cr3);
	for (int kind = 0; kind < IRQ_KINDS; kind++)
		printk("debug: %s %u\n", irq_name[kind], irq_count[kind]);
}

static void deliver(u32 port, const struct regs *regs)
{
	enum irq_kind kind = port == timer_port ? IRQ_TIMER :
			     port == console_port ? IRQ_CONSOLE :
			     port == debug_port ? IRQ_OTHER : IRQ_SPURIOUS;

	if (kind == IRQ_OTHER)
		show_state(regs);
	irq_deliver(kind);
}

static void deliver_word(u32 word, const struct regs *regs)
{
	u32 bits = xen_shared_info.pending[word] & ~xen_shared_info.mask[word];

	__atomic_fetch_and(&xen_shared_info.pending[word], ~bits,
			   __ATOMIC_SEQ_CST);
	for (; bits; bits &= bits - 1)
		deliver(word * 32 + __builtin_ctz(bits), regs);
}

/*
 * The order matters. `pending` is cleared before the selector is read: an event
 * after that sets pending again, and xen_iret sees it. A lazy section that is
 * open belongs to the code that was interrupted, so it is suspended meanwhile.
 */
void xen_events(struct regs *regs)
{
	struct xen_vcpu_info *v = &xen_shared_info.vcpu[0];
	s32 lazy = xen_lazy;
	u32 words;

	xen_lazy = XEN_LAZY_NEVER;
	v->pending = 0;
	words = __atomic_exchange_n(&v->selector, 0, __ATOMIC_SEQ_CST);
	for (; words; words &= words - 1)
		deliver_word(__builtin_ctz(words), regs);
	xen_lazy = lazy;
}

void (*xen_on_upcall)(struct regs *regs) = xen_events;

/* No NMI follows until the iret hypercall says that this one is over: 6.3. */
__attribute__((naked)) void xen_nmi(void)
{
	asm volatile("incl	%%ss:%c0\n"
		     "	push	%%eax\n"
		     "	mov	%1, %%eax\n"
		     "	int	%2"
		     : : "i" (&irq_count[IRQ_NMI]), "i" (XEN_NR_iret),
		     "i" (XEN_HYPERCALL_VECTOR));
}

/* Xen clears the mask and waits in one step. */
void xen_safe_halt(void)
{
	xen_must(XEN_NR_sched_op, XEN_SCHED_BLOCK, 0, 0, 0);
}

/* With interrupts off nothing can end it: Xen takes the only CPU away. */
void xen_halt(void)
{
	if (xen_shared_info.vcpu[0].mask)
		xen_must(XEN_NR_vcpu_op, XEN_VCPU_DOWN, 0, 0, 0);
	else
		xen_safe_halt();
}

static u32 __init bind_virq(u32 virq)
{
	struct xen_bind_virq bind = { .virq = virq };

	xen_must(XEN_NR_event_channel_op, XEN_EVENT_BIND_VIRQ, (u32)&bind, 0,
		 0);
	return bind.port;
}

static void __init set_callback(u32 type, void (*entry)(void))
{
	struct xen_callback callback = {
		.type = type, .flags = XEN_CALLBACK_MASK_EVENTS,
		.cs = XEN_KERNEL_CS, .eip = (u32)entry,
	};

	xen_must(XEN_NR_callback_op, XEN_CALLBACK_REGISTER, (u32)&callback, 0,
		 0);
}

void __init xen_start_irqs(void)
{
	set_callback(XEN_CALLBACK_EVENT, xen_upcall);
	set_callback(XEN_CALLBACK_FAILSAFE, xen_failsafe);
	timer_port = bind_virq(XEN_VIRQ_TIMER);
	console_port = bind_virq(XEN_VIRQ_CONSOLE);
	debug_port = bind_virq(XEN_VIRQ_DEBUG);
}
