// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Time is told and alarms are set by the code of the ROMs for bare hardware,
 * rom/time.c and rom/wallclock.c, which is part of the monitor here.
 */
#include <monitor/rom/rom.h>
#include <monitor/vmi/vmi.h>

static struct rom_facts facts;

void time_facts(const void *from)
{
	memcpy(&facts, from, sizeof(facts));
}

const struct rom_facts *rom_facts(void)
{
	return &facts;
}
