/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Event channels: event_channel_op and the virtual interrupts.
 * xen-pv-abi 7.3. */
#ifndef ABI_XEN_EVENT_H
#define ABI_XEN_EVENT_H

#include <kernel/types.h>

#define XEN_VIRQ_TIMER		0
#define XEN_VIRQ_DEBUG		1
#define XEN_VIRQ_CONSOLE	2

#define XEN_EVENT_BIND_VIRQ	1
#define XEN_EVENT_SEND		4
#define XEN_EVENT_BIND_IPI	7

struct xen_bind_virq {
	u32 virq, vcpu;
	u32 port;		/* result */
};

struct xen_bind_ipi {
	u32 vcpu;
	u32 port;		/* result */
};

#endif
