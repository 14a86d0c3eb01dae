// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Self-tests of what is Xen's own: the mask that serves as interrupt flag, the
 * frames that Xen pushes and the way out of them, NMIs, and the clock. An event
 * is raised by sending it to ourselves.
 */
#ifndef PV_OFF
#include <abi/xen/event.h>
#include <abi/xen/trap.h>
#include <abi/xen/vcpu.h>
#include <arch/trap.h>
#include <kernel/irq.h>
#include <kernel/time.h>
#include <xen/hypercall.h>
#include <xen/traps.h>
#include <xen/xen.h>
#include "pv_test.h"

static u32 port;		/* of events to ourselves */

/* Binds the port as it is first needed. */
static void send_event(void)
{
	struct xen_bind_ipi bind = { .vcpu = 0 };

	if (!port) {
		xen_must(XEN_NR_event_channel_op, XEN_EVENT_BIND_IPI,
			 (u32)&bind, 0, 0);
		port = bind.port;
	}
	xen_must(XEN_NR_event_channel_op, XEN_EVENT_SEND, (u32)&port, 0, 0);
}

static u32 events(void)
{
	return *(volatile u32 *)&irq_count[IRQ_SPURIOUS];
}

static bool irqs_on(void)
{
	return save_fl() & EFLAGS_IF;
}

/* Returns with interrupts off and an event waiting; how many came before. */
static u32 pend(void)
{
	u32 before;

	irq_disable();
	before = events();
	send_event();
	EXPECT(xen_shared_info.vcpu[0].pending);
	EXPECT_EQ(events(), before);
	return before;
}

/* ---- the interrupt flag ------------------------------------------------- */

static void check_pending(void)
{
	u32 before = pend(), flags;

	irq_enable();
	EXPECT_EQ(events(), before + 1);
	EXPECT(irqs_on());

	flags = irq_save();
	before = pend();
	restore_fl(save_fl());
	EXPECT_EQ(events(), before);
	EXPECT(!irqs_on());
	restore_fl(flags);
	EXPECT_EQ(events(), before + 1);
	EXPECT(irqs_on());

	before = pend();
	safe_halt();
	EXPECT_EQ(events(), before + 1);
	EXPECT(irqs_on());
}

SELFTEST(xen_pending, "xen: what pends comes before the next instruction after "
	 "irq_enable, restore_fl, safe_halt")
{
	if (on_xen())
		at_each_level(check_pending);
}

/* Keeps a value in each register over a late event. */
SELFTEST(xen_pending_registers, "xen: a pending event that irq_enable delivers "
	 "changes no register")
{
	u32 before, a = 1, b = 2, c = 3, d = 4, si = 5, di = 6;

	if (!on_xen())
		return;
	before = pend();
	asm volatile("call xen_irq_enable"
		     : "+a" (a), "+b" (b), "+c" (c), "+d" (d), "+S" (si),
		       "+D" (di) : : "memory", "cc");
	EXPECT_EQ(events(), before + 1);
	EXPECT(a == 1 && b == 2 && c == 3 && d == 4 && si == 5 && di == 6);
}

#define OFF	EFLAGS_FIXED
#define ON	(EFLAGS_FIXED | EFLAGS_IF)

extern u8 xen_irq_pending[];	/* follows the two below */

#define DR7_EXECUTES	0x0401	/* debug register 0 is armed for that */

static u32 reached;
static bool armed;

/* The trap handler sets DR6: that is when the event comes, once. */
static void in_debug_trap(u32 n, u32 value)
{
	BELOW(set_debugreg)(n, value);
	if (n != 6 || !armed)
		return;
	armed = false;
	reached++;
	BELOW(set_debugreg)(7, 0);
	send_event();
}

/* What comes late comes with the next hypercall: first of all they are counted. */
static void enable_with_event_at(u32 at)
{
	u32 before, after, sent = reached;

	irq_disable();
	before = events();
	set_debugreg(0, at);
	set_debugreg(7, DR7_EXECUTES);
	armed = true;
	if (at < (u32)xen_irq_enable)
		xen_restore_fl(ON);
	else
		xen_irq_enable();
	after = events();
	armed = false;
	set_debugreg(7, 0);
	EXPECT_EQ(after - before, reached - sent);
	EXPECT(irqs_on());
}

/* At an address where no instruction begins the breakpoint does nothing. */
SELFTEST(xen_race, "xen: an event before any instruction of irq_enable and "
	 "restore_fl is delivered")
{
	if (!on_xen())
		return;
	pend();
	irq_enable();
	reached = 0;
	WATCH(set_debugreg, in_debug_trap);
	for (u32 at = (u32)xen_restore_fl; at < (u32)xen_irq_pending; at++)
		enable_with_event_at(at);
	UNWATCH(set_debugreg);
	EXPECT(reached >= 4);
	set_debugreg(0, 0);
}

/* ---- frames ------------------------------------------------------------- */

/* Leaves by xen_iret with a frame of the kernel's that has these flags. */
static void iret_to(u32 eflags)
{
	asm volatile("push %0\n\tpush %[cs]\n\tpush $1f\n\tjmp xen_iret\n1:"
		     : : "r" (eflags), [cs] "i" (XEN_KERNEL_CS)
		     : "memory", "cc");
}

/* One event pends; the way out leaves it so with OFF, delivers it with ON. */
static void check_way_out(void (*leave_to)(u32 eflags))
{
	u32 before = pend();

	leave_to(OFF);
	EXPECT_EQ(events(), before);
	EXPECT(!irqs_on());
	leave_to(ON);
	EXPECT_EQ(events(), before + 1);
	EXPECT(irqs_on());
}

SELFTEST(xen_iret_flag, "xen: the return from a trap sets the mask by the "
	 "frame's flag, and delivers what pends")
{
	if (on_xen())
		check_way_out(iret_to);
}

static u32 timer_interrupts, handled, unmasked, handler_stack;

/* The handler asks for the time. More may come when it is back. */
static u64 in_handler(void)
{
	if (timer_interrupts != irq_count[IRQ_TIMER]) {
		timer_interrupts = irq_count[IRQ_TIMER];
		if (!handled++)
			handler_stack = (u32)__builtin_frame_address(0);
		unmasked += irqs_on();
	}
	return BELOW(clock_ns)();
}

static void enable(u32 unused)
{
	irq_enable();
}

static void restore(u32 eflags)
{
	restore_fl(eflags);
}

static void wait(u32 unused)
{
	safe_halt();
}

SELFTEST(xen_handlers, "xen: a handler runs with interrupts off, whatever way its "
	 "event was delivered")
{
	void (*const ways[])(u32) = { enable, restore, wait, iret_to };

	if (!on_xen())
		return;
	WATCH(clock_ns, in_handler);
	/* Many times: Xen may have an interrupt then, and deliver by itself. */
	for (u32 i = 0; i < 10 * ARRAY_SIZE(ways); i++) {
		EXPECT(pend_timer());
		timer_interrupts = irq_count[IRQ_TIMER];
		handled = unmasked = 0;
		ways[i % ARRAY_SIZE(ways)](ON);
		EXPECT(handled);
		EXPECT_EQ(unmasked, 0);
	}
	UNWATCH(clock_ns);
}

/*
 * An upcall that interrupted xen_iret at `eip`, which was on its way back from
 * other returns that had been interrupted there: `depth` frames of that kind
 * above one that counts. Returns how far off the stack is afterwards.
 */
static u32 __noinline upcall_at(u32 eip, u32 depth)
{
	u32 before, after;

	asm volatile("mov	%%esp, %0\n"
		     "	push	%[on]\n"
		     "	push	%[cs]\n"
		     "	push	$2f\n"
		     "1:	push	%[on]\n"
		     "	push	%[cs]\n"
		     "	push	%[eip]\n"
		     "	dec	%[depth]\n"
		     "	jnz	1b\n"
		     "	jmp	xen_upcall\n"
		     "2:	mov	%%esp, %1"
		     : "=&r" (before), "=&r" (after), [depth] "+r" (depth)
		     : [on] "i" (ON), [cs] "i" (XEN_KERNEL_CS), [eip] "r" (eip)
		     : "memory", "cc");
	return after - before;
}

SELFTEST(xen_critical, "xen: an event in the middle of a return counts as one "
	 "after it, and leaves no frame")
{
	u32 stack = 0;

	if (!on_xen())
		return;
	WATCH(clock_ns, in_handler);
	for (u8 *at = xen_iret_unmasked; at < xen_iret_end; at++)
		for (u32 depth = 1; depth <= 3; depth++) {
			EXPECT(pend_timer());
			timer_interrupts = irq_count[IRQ_TIMER];
			handled = 0;
			EXPECT_EQ(upcall_at((u32)at, depth), 0);
			EXPECT(handled);
			EXPECT(irqs_on());
			stack = stack ?: handler_stack;
			EXPECT_EQ(handler_stack, stack);
		}
	UNWATCH(clock_ns);
}

static void failsafe_to(u32 eflags)
{
	asm volatile("push	%0\n"
		     "	push	%[cs]\n"
		     "	movb	$1, 2(%%esp)\n"		/* the mask */
		     "	push	$1f\n"
		     "	push	$0\n	push	$0\n"	/* gs, fs */
		     "	push	$0\n	push	$0\n"	/* es, ds */
		     "	jmp	xen_failsafe\n"
		     "1:" : : "r" (eflags), [cs] "i" (XEN_KERNEL_CS)
		     : "memory", "cc");
}

SELFTEST(xen_failsafe_flag, "xen: the failsafe callback goes on where it came")
{
	if (on_xen())
		check_way_out(failsafe_to);
}

static void send_nmi(bool irqs)
{
	u32 before = *(volatile u32 *)&irq_count[IRQ_NMI];

	xen_must(XEN_NR_vcpu_op, XEN_VCPU_SEND_NMI, 0, 0, 0);
	EXPECT_EQ(*(volatile u32 *)&irq_count[IRQ_NMI], before + 1);
	EXPECT_EQ(irqs_on(), irqs);
}

SELFTEST(xen_nmi_again, "xen: NMIs come one after the other, masked or not, "
	 "and leave the mask")
{
	if (!on_xen())
		return;
	for (int i = 0; i < 20; i++) {
		send_nmi(true);
		irq_disable();
		send_nmi(false);
		lazy_mmu_begin();
		send_nmi(false);
		lazy_mmu_end();
		irq_enable();
	}
}

/* ---- time, ports -------------------------------------------------------- */

SELFTEST(xen_clock, "xen: the clock does not go back in 1000000 readings, nor "
	 "does the wall clock")
{
	u64 last = 0, last_wall = 0, now;
	u32 backward = 0;

	if (!on_xen())
		return;
	for (u32 i = 0; i < 1000000; i++) {
		now = clock_ns();
		backward += now < last;
		last = now;
		if (i % 16)
			continue;
		now = wall_clock();
		backward += now < last_wall;
		last_wall = now;
	}
	EXPECT_EQ(backward, 0);
}

/* Leaf 0x40000000 is the hypervisor's name; the CPU itself has another. */
SELFTEST(xen_name, "xen: CPUID shows the CPU as Xen wants it seen")
{
	u32 r[4];

	if (!on_xen())
		return;
	cpuid(0x40000000, 0, r);
	EXPECT(!memcmp(&r[1], "XenVMMXenVMM", 12));
}

/* The entries that the cache bits of a PTE choose from: 4.5. */
SELFTEST(xen_pat, "xen: bits for caching mean WB, WT, UC-, UC, WC, WP")
{
	u64 pat;

	if (!on_xen())
		return;
	pat = rdmsr(MSR_PAT);
	EXPECT_EQ((u32)pat, 0x00070406);
	EXPECT_EQ((u32)(pat >> 32) & 0xffff, 0x0501);
}

SELFTEST(xen_ports, "xen: a port that Xen keeps reads as all ones")
{
	if (!on_xen())
		return;
	outb(0xff, 0x21);
	EXPECT_EQ(inb(0x21), 0xff);
	EXPECT_EQ(inw(0x20), 0xffff);
}

#endif /* PV_OFF */
