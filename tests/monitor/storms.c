// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupts, NMIs and faults without end, and all the ports there are.
 * xen-pv-abi 7, 8.
 */
#include <abi/xen/vcpu.h>
#include "guest.h"

#define STORM	5000
#define PORTS	2048

static u32 port, nested;

static s32 event_op(u32 cmd, void *arg)
{
	return hypercall(event_channel_op, cmd, arg);
}

static u32 bind_ipi(void)
{
	struct xen_bind_ipi bind = { 0, 0 };

	DONE(event_op(XEN_EVENT_BIND_IPI, &bind));
	return bind.port;
}

static void send(void)
{
	DONE(event_op(XEN_EVENT_SEND, &port));
}

static void send_again(void)
{
	if (events % STORM)
		send();
}

/* Each event sends the next one. */
static void t_events(void)
{
	u32 before;

	port = bind_ipi();
	event_action = send_again;
	events = ALIGN_UP(events + 1, STORM);
	before = events;
	mask_events(false);
	send();
	events++;
	send();
	while (events < before + STORM)
		poll_events();
	mask_events(true);
	event_action = NULL;
	DONE(event_op(XEN_EVENT_CLOSE, &port));
}

/* An event within an event, until most of the stack is used. */
static void send_nested(void)
{
	if (++nested >= 40)
		return;
	mask_events(false);
	send();
	mask_events(true);
}

static void t_nested_events(void)
{
	port = bind_ipi();
	nested = 0;
	event_action = send_nested;
	mask_events(false);
	send();
	mask_events(true);
	event_action = NULL;
	EQ(nested, 40);
	DONE(event_op(XEN_EVENT_CLOSE, &port));
}

/* Alarms that have been due for ever, with the periodic timer at its fastest. */
static void t_timers(void)
{
	u64 period = 1000000, too_fast = 500000, zero = 0;
	struct xen_bind_virq virq = { XEN_VIRQ_TIMER, 0, 0 };
	u32 before;

	DONE(event_op(XEN_EVENT_BIND_VIRQ, &virq));
	REFUSED(EINVAL, hypercall(vcpu_op, 6, 0, &too_fast));
	NEVER(hypercall(vcpu_op, 6, 0, &zero));
	DONE(hypercall(vcpu_op, 6, 0, &period));
	before = events;
	mask_events(false);
	for (u32 i = 0; i < STORM; i++) {
		DONE(hypercall(set_timer_op, 1, 0));
		hypercall(set_timer_op, ~0u, ~0u);
		hypercall(set_timer_op, ~0u, 0x7fffffff);
	}
	CHECK(events > before);
	/* A minute of busy code would be too long; some ticks are enough. */
	before = events;
	while (events < before + 20)
		barrier();
	mask_events(true);
	DONE(hypercall(set_timer_op, 0, 0));
	DONE(hypercall(vcpu_op, XEN_VCPU_STOP_PERIODIC_TIMER, 0, 0));
	DONE(event_op(XEN_EVENT_CLOSE, &virq.port));
}

static void nmi_again(void)
{
	if (nmis % STORM)
		hypercall(vcpu_op, XEN_VCPU_SEND_NMI, 0, 0);
}

/* Each NMI asks for the next one; none comes in its own handler. */
static void t_nmis(void)
{
	struct xen_callback c = { 4, 0, XEN_KERNEL_CS, (u32)stubs[TRAP_NMI] };

	if (hypercall(callback_op, XEN_CALLBACK_REGISTER, &c))
		return skip("no NMIs");
	nmi_action = nmi_again;
	nmis = 1;
	DONE(hypercall(vcpu_op, XEN_VCPU_SEND_NMI, 0, 0));
	for (u32 i = 0; i < 2 * STORM && nmis < STORM; i++)
		poll_events();
	EQ(nmis, STORM);
	nmi_action = NULL;
	c.type = 4;
	hypercall(callback_op, 1, &c);
}

static void t_faults(void)
{
	for (u32 i = 0; i < STORM && !failures; i++) {
		CHECK(traps(peek, NOWHERE));
		EQ(user(user_write, NOWHERE), TRAP_PAGE_FAULT);
	}
}

/* ---- ports ---- */

static void t_ports(void)
{
	static u32 ports[PORTS];
	u32 n = 0;
	s32 r = 0;

	while (n < PORTS) {
		struct xen_bind_ipi bind = { 0, 0 };

		r = event_op(XEN_EVENT_BIND_IPI, &bind);
		if (r)
			break;
		ports[n++] = bind.port;
	}
	REFUSED(ENOSPC, r);
	CHECK(n > 900 && n < XEN_EVENT_PORTS);
	for (u32 i = 0; i < n; i++)
		DONE(event_op(XEN_EVENT_CLOSE, &ports[i]));
	for (u32 i = 0; i < n; i++)
		NEVER(event_op(XEN_EVENT_CLOSE, &ports[i]));
}

static void t_bad_ports(void)
{
	static const u32 bad[] = {
		0, 500, 1023, 1024, 1025, 4095, 4096, 0x20000, 0x7fffffff,
		0x80000000, 0x80000001, ~0u, ~0u - 31,
	};
	static const u32 vcpus[] = { 1, 31, 32, 33, 0x80000000, ~0u };

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		u32 p[8] = { bad[i], 0 }, list[1] = { bad[i] };
		struct {
			u32 ports, nr;
			u64 timeout;
		} poll = { (u32)list, 1, 1 };

		NEVER(event_op(XEN_EVENT_CLOSE, p));
		NEVER(event_op(XEN_EVENT_SEND, p));
		if (bad[i] >= XEN_EVENT_PORTS) {
			NEVER(event_op(9, p));
			NEVER(hypercall(sched_op, 3, &poll));
		}
		NEVER(event_op(8, p));
		poll.nr = bad[i];
		if (bad[i] > 128)
			NEVER(hypercall(sched_op, 3, &poll));
	}
	for (u32 i = 0; i < ARRAY_SIZE(vcpus); i++) {
		struct xen_bind_virq virq = { XEN_VIRQ_TIMER, vcpus[i], 0 };
		struct xen_bind_ipi ipi = { vcpus[i], 0 };

		REFUSED(ENOENT, event_op(XEN_EVENT_BIND_VIRQ, &virq));
		REFUSED(ENOENT, event_op(XEN_EVENT_BIND_IPI, &ipi));
		NEVER(hypercall(vcpu_op, 3, vcpus[i], 0));
		NEVER(hypercall(vcpu_op, 11, vcpus[i], 0));
		virq = (struct xen_bind_virq){ 24 + vcpus[i], 0, 0 };
		if (virq.virq >= 24)
			REFUSED(EINVAL, event_op(XEN_EVENT_BIND_VIRQ, &virq));
	}
}

/* The guest writes the shared page as it likes. */
static void t_scribbled(void)
{
	u8 *page = (u8 *)shared;

	for (u32 k = 0; k < 3; k++) {
		for (u32 i = 0; i < PAGE_SIZE; i++)
			page[i] = k ? k == 1 ? 0xff : 0x5a : 0;
		mask_events(true);
		port = bind_ipi();
		send();
		poll_events();
		hypercall(sched_op, 0, 0);
		DONE(event_op(XEN_EVENT_CLOSE, &port));
	}
	memset(page, 0, PAGE_SIZE);
	mask_events(true);
	poll_events();
}

/* A page with rings whose indices begin at that offset, each as it cannot be. */
static void scribble(u8 *page, u32 offset, u32 evtchn)
{
	static const u32 wild[] = {
		1, 0x3ff, 0x400, 0x401, 0x7ff, 0x800, 0x801, 0x7fffffff,
		0x80000000, ~0u, ~0u - 5,
	};
	u32 *index = (u32 *)(page + offset);

	for (u32 a = 0; a < 4; a++)
		for (u32 i = 0; i < ARRAY_SIZE(wild); i++) {
			memset(page, '\n', offset);
			memset(index, 0, 16);
			index[a] = wild[i];
			DONE(event_op(XEN_EVENT_SEND, &evtchn));
			index[a ^ 1] = wild[ARRAY_SIZE(wild) - 1 - i];
			DONE(event_op(XEN_EVENT_SEND, &evtchn));
			poll_events();
		}
	memset(page, 0, PAGE_SIZE);
}

static void t_rings(void)
{
	if (dom0)
		return skip("only a domU has rings");
	scribble(va_of(start->console_mfn), 0xc00, start->console_evtchn);
	scribble(va_of(start->store_mfn), 0x800, start->store_evtchn);
}

const struct attack storm_attacks[] = {
	{ "storm-events", t_events },
	{ "storm-nested-events", t_nested_events },
	{ "storm-timers", t_timers },
	{ "storm-nmis", t_nmis },
	{ "storm-faults", t_faults },
	{ "storm-ports", t_ports },
	{ "storm-bad-ports", t_bad_ports },
	{ "storm-rings", t_rings },
	{ "storm-shared-page", t_scribbled },
	{ }
};
