// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Event channels: the guest's interrupts. Raising a port sets bits in the page
 * that monitor and guest share; on the way back to the guest, entry.S looks at
 * the last of them. xen-pv-abi 7.
 */
#include <monitor/xen/hypercall.h>

/*
 * With whom a port is connected: interdomain with another port of the guest
 * (peer), or with the monitor itself (peer 0), for the rings of a domU.
 */
static struct port {
	u8 state;		/* enum xen_port_state */
	u8 virq;
	u16 peer;
	u16 remote;		/* unbound: who may bind it */
} ports[XEN_EVENT_PORTS];

static u32 virq_port[XEN_VIRQS];	/* 0: not bound */

bool event_due(void)
{
	return guest.vcpu->pending && !guest.vcpu->mask;
}

void event_raise(u32 port)
{
	struct xen_shared_info *s = guest.shared;
	u32 word = port / 32, bit = 1u << port % 32;

	if (s->pending[word] & bit)
		return;
	s->pending[word] |= bit;
	if (s->mask[word] & bit || guest.vcpu->selector & 1u << word)
		return;
	guest.vcpu->selector |= 1u << word;
	guest.vcpu->pending = 1;
}

void event_virq(u32 virq)
{
	if (virq_port[virq])
		event_raise(virq_port[virq]);
}

static struct port *port_at(u32 port)
{
	return port && port < XEN_EVENT_PORTS ? &ports[port] : NULL;
}

/* 0: all are in use. */
static u32 port_alloc(enum xen_port_state state)
{
	for (u32 port = 1; port < XEN_EVENT_PORTS; port++)
		if (ports[port].state == XEN_PORT_CLOSED) {
			ports[port] = (struct port){ .state = state };
			guest.shared->pending[port / 32] &= ~(1u << port % 32);
			return port;
		}
	return 0;
}

u32 event_alloc_interdomain(void)
{
	return port_alloc(XEN_PORT_INTERDOMAIN);
}

static s32 close_port(u32 port)
{
	struct port *p = port_at(port);

	if (!p || p->state == XEN_PORT_CLOSED)
		return -EINVAL;
	if (p->state == XEN_PORT_VIRQ)
		virq_port[p->virq] = 0;
	if (p->state == XEN_PORT_INTERDOMAIN && p->peer)
		ports[p->peer] = (struct port){
			.state = XEN_PORT_UNBOUND, .remote = guest.domid,
		};
	*p = (struct port){ 0 };
	return 0;
}

static s32 bind_virq(void *arg)
{
	struct xen_bind_virq *b = arg;

	if (b->virq >= XEN_VIRQS)
		return -EINVAL;
	if (b->vcpu)
		return -ENOENT;
	if (virq_port[b->virq])
		return -EEXIST;
	b->port = port_alloc(XEN_PORT_VIRQ);
	if (!b->port)
		return -ENOSPC;
	ports[b->port].virq = b->virq;
	virq_port[b->virq] = b->port;
	return 0;
}

static s32 bind_ipi(void *arg)
{
	struct xen_bind_ipi *b = arg;

	if (b->vcpu)
		return -ENOENT;
	b->port = port_alloc(XEN_PORT_IPI);
	return b->port ? 0 : -ENOSPC;
}

/* The guest has no interrupt of a device. */
static s32 bind_pirq(void *arg)
{
	return -EPERM;
}

static s32 alloc_unbound(void *arg)
{
	struct xen_alloc_unbound *a = arg;

	if (!is_self(a->domain))
		return guest.dom0 ? -ESRCH : -EPERM;
	a->port = port_alloc(XEN_PORT_UNBOUND);
	if (!a->port)
		return -ENOSPC;
	ports[a->port].remote = is_self(a->remote) ? guest.domid : a->remote;
	return 0;
}

/* Only to an unbound port of its own: there is no other domain. */
static s32 bind_interdomain(void *arg)
{
	struct xen_bind_interdomain *b = arg;
	struct port *remote = port_at(b->remote_port);

	if (!is_self(b->domain))
		return -ESRCH;
	if (!remote || remote->state != XEN_PORT_UNBOUND ||
	    remote->remote != guest.domid)
		return -EINVAL;
	b->port = port_alloc(XEN_PORT_INTERDOMAIN);
	if (!b->port)
		return -ENOSPC;
	ports[b->port].peer = b->remote_port;
	*remote = (struct port){ XEN_PORT_INTERDOMAIN, .peer = b->port };
	event_raise(b->port);
	return 0;
}

static s32 close_op(void *arg)
{
	return close_port(*(u32 *)arg);
}

static s32 send(void *arg)
{
	u32 port = *(u32 *)arg;
	const struct port *p = port_at(port);

	if (!p)
		return -EINVAL;
	switch (p->state) {
	case XEN_PORT_INTERDOMAIN:
		if (p->peer)
			event_raise(p->peer);
		else
			console_poll_rings();
		return 0;
	case XEN_PORT_IPI:
		event_raise(port);
		return 0;
	case XEN_PORT_UNBOUND:
		return 0;
	}
	return -EINVAL;
}

static s32 unmask(void *arg)
{
	u32 port = *(u32 *)arg, word = port / 32, bit = 1u << port % 32;
	struct xen_shared_info *s = guest.shared;

	if (!port_at(port))
		return -EINVAL;
	if (!(s->mask[word] & bit))
		return 0;
	s->mask[word] &= ~bit;
	if (s->pending[word] & bit) {
		s->pending[word] &= ~bit;
		event_raise(port);
	}
	return 0;
}

static s32 status(void *arg)
{
	struct xen_event_status *st = arg;
	const struct port *p = port_at(st->port);

	if (!is_self(st->domain))
		return -ESRCH;
	if (!p)
		return -EINVAL;
	st->status = p->state;
	st->vcpu = 0;
	if (p->state == XEN_PORT_VIRQ)
		st->bound[0] = p->virq;
	else if (p->state == XEN_PORT_UNBOUND)
		st->bound[0] = p->remote;
	else if (p->state == XEN_PORT_INTERDOMAIN) {
		st->bound[0] = p->peer ? guest.domid : 0;
		st->bound[1] = p->peer;
	}
	return 0;
}

static s32 bind_vcpu(void *arg)
{
	const struct xen_bind_vcpu *b = arg;
	const struct port *p = port_at(b->port);

	if (b->vcpu)
		return -ENOENT;
	if (!p || p->state == XEN_PORT_CLOSED || p->state == XEN_PORT_IPI)
		return -EINVAL;
	/* Those of each CPU stay where they are. */
	if (p->state == XEN_PORT_VIRQ && p->virq <= XEN_VIRQ_DEBUG)
		return -EINVAL;
	return 0;
}

/* All ports but those to the monitor. */
static s32 reset(void *arg)
{
	if (!is_self(*(u16 *)arg))
		return -ESRCH;
	for (u32 port = 1; port < XEN_EVENT_PORTS; port++)
		if (ports[port].state != XEN_PORT_INTERDOMAIN ||
		    ports[port].peer)
			close_port(port);
	return 0;
}

/* There is the two-level form only, which a guest goes on with. */
static s32 init_control(void *arg)
{
	return -EINVAL;
}

static const struct operation operation[] = {
	[XEN_EVENT_BIND_INTERDOMAIN] = { bind_interdomain, 12, 12 },
	[XEN_EVENT_BIND_VIRQ] = { bind_virq, 12, 12 },
	[XEN_EVENT_BIND_PIRQ] = { bind_pirq, 12, 0 },
	[XEN_EVENT_CLOSE] = { close_op, 4, 0 },
	[XEN_EVENT_SEND] = { send, 4, 0 },
	[XEN_EVENT_STATUS] = { status, 24, 24 },
	[XEN_EVENT_ALLOC_UNBOUND] = { alloc_unbound, 8, 8 },
	[XEN_EVENT_BIND_IPI] = { bind_ipi, 8, 8 },
	[XEN_EVENT_BIND_VCPU] = { bind_vcpu, 8, 0 },
	[XEN_EVENT_UNMASK] = { unmask, 4, 0 },
	[XEN_EVENT_RESET] = { reset, 2, 0 },
	[XEN_EVENT_INIT_CONTROL] = { init_control, 24, 0 },
};

s32 hc_event_channel_op(struct call *c)
{
	return OPERATE(operation, c->args[0], c->args[1]);
}

s32 hc_event_channel_op_old(struct call *c)
{
	return old_form(c) ? hc_event_channel_op(c) : -EFAULT;
}
