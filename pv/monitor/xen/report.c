// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the monitor counted: for whoever presses Ctrl-A h, and as `name value`
 * lines at the end if the command line says `stats`.
 */
#include <monitor/xen/xen.h>

#define EVENTS	64

static const char *const cause[SWITCH_CAUSES] = {
	"hypercall", "system_call", "page_fault", "exception", "interrupt",
};

static const char *const type[TYPES] = {
	"none", "writable", "l1", "l2", "l3", "segdesc",
};

static struct {
	const char *what;
	u32 a, b;
} events[EVENTS];
static u32 event_count;

void trace(const char *what, u32 a, u32 b)
{
	events[event_count++ % EVENTS] = (typeof(events[0])){ what, a, b };
}

static void count_types(u32 count[TYPES])
{
	memset(count, 0, TYPES * sizeof(*count));
	for (u32 mfn = 0; mfn < frame_count; mfn++)
		if (frames[mfn].owner == OWNER_GUEST)
			count[frames[mfn].uses ? frames[mfn].type : TYPE_NONE]++;
}

static void each(void (*show)(const char *group, const char *name, u64 value))
{
	u32 count[TYPES];

	for (u32 i = 0; i < SWITCH_CAUSES; i++)
		show("switches", cause[i], switches[i]);
	for (u32 nr = 0; nr < XEN_HYPERCALLS; nr++)
		if (hypercalls[nr])
			show("hypercall", hypercall_name(nr), hypercalls[nr]);
	show("hypercall", "unknown", hypercalls_unknown);
	show("instructions", "emulated", emulated);
	count_types(count);
	for (u32 i = 0; i < TYPES; i++)
		show("frames", type[i], count[i]);
}

static void show_line(const char *group, const char *name, u64 value)
{
	printk("monitor: %-12s %-20s %llu\n", group, name, value);
}

static void show_value(const char *group, const char *name, u64 value)
{
	printk("monitor_%s_%s %llu\n", group, name, value);
}

void report(void)
{
	each(show_line);
	for (u32 i = event_count > EVENTS ? event_count - EVENTS : 0;
	     i < event_count; i++)
		printk("monitor: %-20s %08x %08x\n", events[i % EVENTS].what,
		       events[i % EVENTS].a, events[i % EVENTS].b);
	show_guest(guest_regs);
}

void report_values(void)
{
	each(show_value);
}
