// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What our own monitor recorded, as lines for /proc/pv/trace. It stamps them by
 * the TSC that the guest reads, so they can be merged by time. The real Xen does
 * not know this hypercall.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <xen/hypercall.h>

void xen_trace(bool on)
{
	hypercall_1(self_check, on ? XEN_TRACE_ON : XEN_TRACE_OFF);
}

void xen_show_trace(struct seq *s)
{
	struct xen_trace_event e;
	s32 result;

	for (u32 n = 0; s->left; n++) {
		char name[16];

		result = hypercall_3(self_check, XEN_TRACE_READ, n, (u32)&e);
		if (result == -E2BIG)	/* overwritten */
			continue;
		if (result < 0)
			break;
		snprintf(name, sizeof(name), e.what >= XEN_TRACE_TRAP + 32 ?
			 "irq%u" : "trap%u", e.what - XEN_TRACE_TRAP);
		seq_printf(s, "%6u %14llu %6llu -          . mon   %-15s - %x %x\n",
			   n, e.start, e.end - e.start, e.what < XEN_HYPERCALLS ?
			   xen_call_name[e.what] ?: "unknown" :
			   e.what == XEN_TRACE_TRAP + VECTOR_SYSCALL ? "syscall" :
			   name, e.a, e.b);
	}
}
