// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Running and waiting. The guest waits for events here, with the machine's
 * interrupts on; what it was doing meanwhile is its runstate. xen-pv-abi 3.3, 8.
 */
#include <abi/xen/vcpu.h>
#include <kernel/time.h>
#include <monitor/xen/hypercall.h>
#include <monitor/monitor.h>

#define POLL_PORTS	128

static struct xen_runstate runstate;
static u32 runstate_at, time_at;	/* copies in the guest's memory; 0: none */

static u64 get64(const u32 *words)
{
	return words[0] | (u64)words[1] << 32;
}

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

static s32 poll(u32 at)
{
	struct xen_sched_poll p;

	if (!guest_read(&p, at, sizeof(p)))
		return -EFAULT;
	if (p.nr > POLL_PORTS)
		return -EINVAL;
	if (!guest_read(poll_port, p.ports, p.nr * 4))
		return -EFAULT;
	for (u32 i = 0; i < p.nr; i++)
		if (poll_port[i] >= XEN_EVENT_PORTS)
			return -EINVAL;
	poll_ports = p.nr;
	timers.poll = !p.timeout ? TIMER_NEVER :
		      p.timeout > now_ns() ? p.timeout : 0;
	if (!poll_done())
		wait_until(poll_done);
	timers.poll = TIMER_NEVER;
	return 0;
}

/* The guest's own watchdog: {id, seconds}; one is enough for one guest. */
static s32 watchdog(u32 at)
{
	u32 arg[2];

	if (!guest_read(arg, at, sizeof(arg)))
		return -EFAULT;
	if (arg[0] > 1)
		return -EINVAL;
	timers.guest_watchdog = arg[1] ? now_ns() + (u64)arg[1] * NSEC_PER_SEC :
				TIMER_NEVER;
	timers_arm();
	return arg[0] ? 0 : 1;
}

s32 hc_sched_op(struct call *c)
{
	u32 reason;

	switch (c->args[0]) {
	case XEN_SCHED_YIELD:
		preempt();
		return 0;
	case XEN_SCHED_BLOCK:
		return block();
	case XEN_SCHED_SHUTDOWN:
		if (!guest_read(&reason, c->args[1], sizeof(reason)))
			return -EFAULT;
		guest_shutdown(reason);
	case XEN_SCHED_POLL:
		return poll(c->args[1]);
	case XEN_SCHED_SHUTDOWN_CODE:
		return guest_read(&reason, c->args[1], 4) ? 0 : -EFAULT;
	case XEN_SCHED_WATCHDOG:
		return watchdog(c->args[1]);
	}
	return -ENOSYS;
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
static s32 register_info(u32 at)
{
	u32 arg[4];
	struct xen_vcpu_info *to;

	if (!guest_read(arg, at, sizeof(arg)))
		return -EFAULT;
	if (guest.vcpu != &guest.shared->vcpu[0] || arg[1] ||
	    arg[2] > PAGE_SIZE - sizeof(*to) || arg[2] & 7)
		return -EINVAL;
	if (frame_use(arg[0], TYPE_WRITABLE))
		return -EINVAL;
	guest.vcpu_frame = arg[0];
	to = mfn_va(arg[0]) + arg[2];
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

static s32 register_area(u32 at, u32 *area)
{
	u32 arg[2];

	if (!guest_read(arg, at, sizeof(arg)))
		return -EFAULT;
	*area = arg[0];
	return 0;
}

static s32 publish_time(void)
{
	struct pvclock_time t = { 0 };

	time_publish(&t);
	return time_at && !guest_write(time_at, &t, sizeof(t)) ? -EFAULT : 0;
}

static s32 set_period(u32 at)
{
	u32 arg[2];

	if (!guest_read(arg, at, sizeof(arg)))
		return -EFAULT;
	if (get64(arg) < NSEC_PER_MSEC)
		return -EINVAL;
	timer_period(get64(arg));
	return 0;
}

static s32 set_oneshot(u32 at)
{
	u32 arg[3];

	if (!guest_read(arg, at, sizeof(arg)))
		return -EFAULT;
	timer_oneshot(get64(arg));
	return 0;
}

static s32 get_runstate(u32 at)
{
	runstate_enter(runstate.state);
	return guest_write(at, &runstate, sizeof(runstate)) ? 0 : -EFAULT;
}

s32 hc_vcpu_op(struct call *c)
{
	u32 at = c->args[2];
	s32 result;

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
	case XEN_VCPU_GET_RUNSTATE:
		return get_runstate(at);
	case XEN_VCPU_REGISTER_RUNSTATE:
		result = register_area(at, &runstate_at);
		runstate_enter(runstate.state);
		return result;
	case XEN_VCPU_SET_PERIODIC_TIMER:
		return set_period(at);
	case XEN_VCPU_STOP_PERIODIC_TIMER:
		timer_period(TIMER_NEVER);
		return 0;
	case XEN_VCPU_SET_SINGLESHOT_TIMER:
		return set_oneshot(at);
	case XEN_VCPU_STOP_SINGLESHOT_TIMER:
		timer_cancel();
		return 0;
	case XEN_VCPU_REGISTER_INFO:
		return register_info(at);
	case XEN_VCPU_SEND_NMI:
		guest.attention |= ATTENTION_NMI;
		return 0;
	case XEN_VCPU_REGISTER_TIME:
		result = register_area(at, &time_at);
		return result ? result : publish_time();
	}
	return -ENOSYS;
}
