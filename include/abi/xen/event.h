/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Event channels: event_channel_op and the virtual interrupts.
 * xen-pv-abi 7.3. */
#ifndef ABI_XEN_EVENT_H
#define ABI_XEN_EVENT_H

#include <kernel/types.h>

#define XEN_VIRQ_TIMER		0
#define XEN_VIRQ_DEBUG		1
#define XEN_VIRQ_CONSOLE	2

#define XEN_VIRQS		24

#define XEN_EVENT_BIND_INTERDOMAIN	0
#define XEN_EVENT_BIND_VIRQ	1
#define XEN_EVENT_BIND_PIRQ	2
#define XEN_EVENT_CLOSE		3
#define XEN_EVENT_SEND		4
#define XEN_EVENT_STATUS	5
#define XEN_EVENT_ALLOC_UNBOUND	6
#define XEN_EVENT_BIND_IPI	7
#define XEN_EVENT_BIND_VCPU	8
#define XEN_EVENT_UNMASK	9
#define XEN_EVENT_RESET		10
#define XEN_EVENT_INIT_CONTROL	11	/* the first of the FIFO form */

struct xen_bind_virq {
	u32 virq, vcpu;
	u32 port;		/* result */
};

struct xen_bind_ipi {
	u32 vcpu;
	u32 port;		/* result */
};

struct xen_bind_interdomain {
	u16 domain;
	u32 remote_port;
	u32 port;		/* result */
};

struct xen_alloc_unbound {
	u16 domain, remote;
	u32 port;		/* result */
};

struct xen_bind_vcpu {
	u32 port, vcpu;
};

struct xen_event_status {
	u16 domain;
	u32 port;
	u32 status;		/* results: enum xen_port_state, ... */
	u32 vcpu;
	u32 bound[2];		/* VIRQ; or domain, port */
};

enum xen_port_state {
	XEN_PORT_CLOSED, XEN_PORT_UNBOUND, XEN_PORT_INTERDOMAIN, XEN_PORT_PIRQ,
	XEN_PORT_VIRQ, XEN_PORT_IPI,
};

_Static_assert(sizeof(struct xen_event_status) == 24, "status");

#endif
