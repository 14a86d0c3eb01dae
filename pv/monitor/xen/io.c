// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ports of the machine. The monitor keeps the interrupt controllers, the
 * timer and the UART that is its console; a guest that is not dom0 has none.
 * What is refused reads as all ones and takes no write. xen-pv-abi 5.3.
 */
#include <monitor/xen/build.h>
#include <monitor/xen/xen.h>

static bool refused(u32 port, u32 bytes)
{
	static const struct {
		u16 first, last;
	} own[] = {
		{ 0x20, 0x21 }, { 0x40, 0x43 }, { 0x61, 0x61 },
		{ 0xa0, 0xa1 }, { 0x3f8, 0x3ff },
	};

	for (u32 i = 0; i < ARRAY_SIZE(own); i++)
		if (port <= own[i].last && port + bytes > own[i].first)
			return true;
	return !guest.dom0;
}

u32 machine_in(u32 port, u32 bytes)
{
	if (refused(port, bytes))
		return ~0u;
	return port_in(port, bytes);
}

void machine_out(u32 port, u32 value, u32 bytes)
{
	if (refused(port, bytes))
		return;
	if (port == options.debugexit && port)
		guest_end(value, false);
	port_out(value, port, bytes);
}
