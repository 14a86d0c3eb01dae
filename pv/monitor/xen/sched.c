// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Running and waiting. The guest waits for events here, with the machine's
 * interrupts on; what it was doing meanwhile is its runstate. xen-pv-abi 3.3, 8.
 */
#include <monitor/xen/hypercall.h>

#define POLL_PORTS	128

static struct xen_runstate runstate;
static u32 runstate_at, time_at;	/* copies in the guest's memory; 0: none */

static void runstate_enter(s32 state)
{
	u64 now = now_ns();

	runstate.time[runstate.state] += now - runstate.since;
	runstate.state = state;
	runstate.since = now;
	if (runstate_at)
		guest_write(runstate_at, &runstate, sizeof(runstate));
}

/*
 * Sleeps until an event is there for the guest or `done` says so. Another guest
 * might have run meanwhile: its selectors are loaded anew.
 */
static void wait_until(bool (*done)(void))
{
	runstate_enter(XEN_RUNSTATE_BLOCKED);
	guest.blocked = true;
	timers_arm();
	while (!done())
		asm volatile("sti; hlt; cli" : : : "memory");
	guest.blocked = false;
	timers_arm();
	runstate_enter(XEN_RUNSTATE_RUNNING);
	segments_reload();
}

static bool block_done(void)
{
	return guest.vcpu->pending || guest.attention & ATTENTION_NMI;
}

static s32 block(void)
{
	guest.vcpu->mask = 0;
	if (!block_done())
		wait_until(block_done);
	return 0;
}

static u32 poll_port[POLL_PORTS], poll_ports;

/* A port counts even if it is masked; an upcall that is due counts too. */
static bool poll_done(void)
{
	for (u32 i = 0; i < poll_ports; i++)
		if (guest.shared->pending[poll_port[i] / 32] >>
		    poll_port[i] % 32 & 1)
			return true;
	return !timers.poll || event_due() || guest.attention & ATTENTION_NMI;
}

static s32 poll(void *arg)
{
	const struct xen_sched_poll *p = arg;

	if (p->nr > POLL_PORTS)
		return -EINVAL;
	if (!guest_read(poll_port, p->ports, p->nr * 4))
		return -EFAULT;
	for (u32 i = 0; i < p->nr; i++)
		if (poll_port[i] >= XEN_EVENT_PORTS)
			return -EINVAL;
	poll_ports = p->nr;
	timers.poll = !p->timeout ? TIMER_NEVER :
		      p->timeout > now_ns() ? p->timeout : 0;
	if (!poll_done())
		wait_until(poll_done);
	timers.poll = TIMER_NEVER;
	return 0;
}

/* The guest's own watchdog: {id, seconds}; one is enough for one guest. */
static s32 watchdog(void *arg)
{
	const u32 *w = arg;

	if (w[0] > 1)
		return -EINVAL;
	timers.guest_watchdog = w[1] ? now_ns() + (u64)w[1] * NSEC_PER_SEC :
				TIMER_NEVER;
	timers_arm();
	return !w[0];
}

static s32 shutdown(void *arg)
{
	guest_shutdown(*(u32 *)arg);
}

/* For whoever asks why a domain was shut down: nobody. */
static s32 shutdown_code(void *arg)
{
	return 0;
}

static const struct operation sched[] = {
	[XEN_SCHED_SHUTDOWN] = { shutdown, 4, 0 },
	[XEN_SCHED_POLL] = { poll, 16, 0 },
	[XEN_SCHED_SHUTDOWN_CODE] = { shutdown_code, 4, 0 },
	[XEN_SCHED_WATCHDOG] = { watchdog, 8, 0 },
};

s32 hc_sched_op(struct call *c)
{
	switch (c->args[0]) {
	case XEN_SCHED_YIELD:
		preempt();
		return 0;
	case XEN_SCHED_BLOCK:
		return block();
	}
	return OPERATE(sched, c->args[0], c->args[1]);
}

/* The first form: a shutdown's reason is the argument itself. */
s32 hc_sched_op_old(struct call *c)
{
	if (c->args[0] == XEN_SCHED_SHUTDOWN)
		guest_shutdown(c->args[1]);
	return c->args[0] < XEN_SCHED_SHUTDOWN ? hc_sched_op(c) : -ENOSYS;
}

/* ---- vcpu_op: there is one, number 0 ---------------------------------------- */

/* The events that were pending are raised again: none is lost by the move. */
static s32 register_info(void *arg)
{
	const u32 *where = arg;		/* frame, 0, place in it */
	struct xen_vcpu_info *to;

	if (guest.vcpu != &guest.shared->vcpu[0] || where[1] ||
	    where[2] > PAGE_SIZE - sizeof(*to) || where[2] & 7)
		return -EINVAL;
	if (frame_use(where[0], TYPE_WRITABLE))
		return -EINVAL;
	guest.vcpu_frame = where[0];
	to = mfn_va(where[0]) + where[2];
	*to = *guest.vcpu;
	guest.vcpu = to;
	to->selector = ~0u;
	to->pending = 1;
	return 0;
}

void vcpu_info_destroy(void)
{
	guest.vcpu = &guest.shared->vcpu[0];
	if (guest.vcpu_frame)
		frame_unuse(guest.vcpu_frame);
	guest.vcpu_frame = 0;
}

static s32 register_time(void *arg)
{
	struct pvclock_time t = { 0 };

	time_at = *(u32 *)arg;
	time_publish(&t);
	return time_at && !guest_write(time_at, &t, sizeof(t)) ? -EFAULT : 0;
}

static s32 register_runstate(void *arg)
{
	runstate_at = *(u32 *)arg;
	runstate_enter(runstate.state);
	return 0;
}

static s32 get_runstate(void *arg)
{
	runstate_enter(runstate.state);
	memcpy(arg, &runstate, sizeof(runstate));
	return 0;
}

static s32 set_period(void *arg)
{
	if (get64(arg) < NSEC_PER_MSEC)
		return -EINVAL;
	timer_period(get64(arg));
	return 0;
}

static s32 set_oneshot(void *arg)
{
	timer_oneshot(get64(arg));
	return 0;
}

static const struct operation vcpu[] = {
	[XEN_VCPU_GET_RUNSTATE] = { get_runstate, 0, sizeof(runstate) },
	[XEN_VCPU_REGISTER_RUNSTATE] = { register_runstate, 8, 0 },
	[XEN_VCPU_SET_PERIODIC_TIMER] = { set_period, 8, 0 },
	[XEN_VCPU_SET_SINGLESHOT_TIMER] = { set_oneshot, 12, 0 },
	[XEN_VCPU_REGISTER_INFO] = { register_info, 16, 0 },
	[XEN_VCPU_REGISTER_TIME] = { register_time, 8, 0 },
};

s32 hc_vcpu_op(struct call *c)
{
	if (c->args[1])
		return -ENOENT;
	switch (c->args[0]) {
	case XEN_VCPU_INITIALISE:
		return -EEXIST;
	case XEN_VCPU_UP:
		return 0;
	case XEN_VCPU_DOWN:
		guest_shutdown(XEN_SHUTDOWN_POWEROFF);
	case XEN_VCPU_IS_UP:
		return 1;
	case XEN_VCPU_STOP_PERIODIC_TIMER:
		timer_period(TIMER_NEVER);
		return 0;
	case XEN_VCPU_STOP_SINGLESHOT_TIMER:
		timer_cancel();
		return 0;
	case XEN_VCPU_SEND_NMI:
		guest.attention |= ATTENTION_NMI;
		return 0;
	}
	return OPERATE(vcpu, c->args[0], c->args[2]);
}
