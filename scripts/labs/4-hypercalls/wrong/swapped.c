// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * As the operation has them: first the bytes, then how many. console_io has
 * them the other way round, and the hypervisor finds no memory at that address.
 * Fails: typed
 */
void xen_console_write(const char *s, u32 len)
{
	hypercall_3(console_io, XEN_CONSOLE_WRITE, (u32)s, len);
}
