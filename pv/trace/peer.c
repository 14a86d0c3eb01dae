// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What our own monitor recorded, as lines for /proc/pv/trace. It stamps them by
 * the TSC that the guest reads, so they can be merged by time. To ask for an
 * event is one, so there is an end only while nothing is recorded. Another
 * hypervisor does not know the command.
 */
#include <abi/monitor.h>
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <pv/backend.h>
#include <trace/trace.h>

void peer_show(const struct pv_hypervisor *hv, struct seq *s)
{
	struct monitor_event e;
	u32 lost = 0;
	s32 result;

	for (u32 n = 0; s->left; n++) {
		char vector[16];
		const char *name = vector;

		result = hv->monitor(MONITOR_TRACE_READ, n, &e);
		if (result == -E2BIG) {
			lost++;
			continue;
		}
		if (result < 0)
			break;
		if (lost && n == lost)
			seq_printf(s, "# the monitor, %u events overwritten\n", lost);
		if (e.what < MONITOR_TRAP)
			name = e.what < hv->call_count ? hv->call_name[e.what] : NULL;
		else if (e.what == MONITOR_TRAP + VECTOR_SYSCALL)
			name = "syscall";
		else
			snprintf(vector, sizeof(vector), e.what >= MONITOR_TRAP +
				 VECTOR_IRQ0 ? "irq%u" : "trap%u",
				 e.what - MONITOR_TRAP);
		seq_printf(s, "%6u %14llu %6llu -          . mon   %-15s - %x %x\n",
			   n, e.start, e.end - e.start, name ?: "unknown", e.a, e.b);
	}
}
