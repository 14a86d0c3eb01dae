// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reason itself instead of the address of it. The call returns -EFAULT, and
 * the machine is never off.
 * Fails: monitor: the guest ends: power off
 */
void xen_shutdown(u32 how, u32 status)
{
	const char *port = cmdline_get("debugexit");
	u32 reason = how == SHUTDOWN_POWEROFF ? XEN_SHUTDOWN_POWEROFF :
		     how == SHUTDOWN_RESTART ? XEN_SHUTDOWN_REBOOT :
		     XEN_SHUTDOWN_CRASH;

	if (port)
		asm volatile(PV_STRING(NATIVE_outl)
			     : : "a" (status), "d" (parse_u32(port, NULL)));
	hypercall_2(sched_op, XEN_SCHED_SHUTDOWN, reason);
	for (;;)
		hypercall_2(sched_op, XEN_SCHED_YIELD, 0);
}
