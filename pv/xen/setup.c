// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The Xen backend: a paravirtual dom0 in ring 1. From Xen's entry to the
 * common start, the table of operations, the console, and the ways to end.
 *
 * Read next: hypercall.c, then mmu.c beside pv/native/mmu.c.
 */
#include <abi/xen/platform.h>
#include <abi/xen/vcpu.h>
#include <kernel/boot.h>
#include <kernel/kernel.h>
#include <pv/backend.h>
#include <pv/parts.h>
#include <xen/hypercall.h>
#include <xen/xen.h>

static const struct pv_ops xen_ops = {
#define PV_OP(group, name, class, bytes, ret, params, what)		\
	.name = xen_##name,
#define PV_JUMP(group, name, bytes, what) .name = xen_##name,
#include <pv/ops.def>
#undef PV_OP
#undef PV_JUMP
};

const struct xen_start_info *xen_start __ro_after_init;
struct xen_shared_info xen_shared_info
	__section(".bss.page_aligned") __aligned(PAGE_SIZE);

/* Xen's entry is the only way to have it: there is nothing to look for. */
static bool xen_probe(void)
{
	return xen_start;
}

extern const struct pv_template xen_templates[], xen_templates_end[];

const struct pv_backend pv_xen = {
	.name = "xen",
	.probe = xen_probe,
	.ops = &xen_ops,
	.templates = xen_templates,
	.templates_end = xen_templates_end,
	.stats = xen_show_calls,
	.hypercalls = pv_hypercalls,
};

static void __init choose_lazy(const char *value)
{
	if (!strcmp(value, "off"))
		xen_lazy = XEN_LAZY_NEVER;
	else if (strcmp(value, "on"))
		panic("xen.lazy=%s: expected on or off", value);
}

void __init xen_memory_map(struct memory_map *map)
{
	const char *lazy = cmdline_get("xen.lazy");

	if (lazy)
		choose_lazy(lazy);
	xen_build_map(map);
}

void xen_console_write(const char *s, u32 len)
{
	hypercall_3(console_io, XEN_CONSOLE_WRITE, len, (u32)s);
}

u32 xen_console_read(char *buf, u32 len)
{
	s32 n = hypercall_3(console_io, XEN_CONSOLE_READ, len, (u32)buf);

	return n > 0 ? n : 0;
}

/*
 * debugexit=PORT as on bare hardware: dom0 reaches the port. Otherwise Xen
 * ends the machine, and reports a crash after a panic (xen-pv-abi 10).
 */
void xen_shutdown(u32 how, u32 status)
{
	const char *port = cmdline_get("debugexit");
	u32 reason = how == SHUTDOWN_POWEROFF ? XEN_SHUTDOWN_POWEROFF :
		     how == SHUTDOWN_RESTART ? XEN_SHUTDOWN_REBOOT :
		     XEN_SHUTDOWN_CRASH;

	if (port)
		xen_outl(status, parse_u32(port, NULL));
	hypercall_2(sched_op, XEN_SCHED_SHUTDOWN, (u32)&reason);
	for (;;)
		hypercall_2(sched_op, XEN_SCHED_YIELD, 0);
}

/* Before there is a table of operations, and so a panic. */
void __noreturn xen_refuse(const char *what, s32 error)
{
	char text[100];

	xen_console_write(text, snprintf(text, sizeof(text),
			  "pv86: cannot run on this Xen: %s: error %d\r\n",
			  what, -error));
	xen_shutdown(SHUTDOWN_CRASH, STATUS_PANIC);
	__builtin_unreachable();
}

static void __init require(const char *what, s32 result)
{
	if (result < 0)
		xen_refuse(what, result);
}

static void __init check_features(void)
{
	struct {
		u32 index, bits;
	} features = { 0 };
	u32 m2p;

	require("xen_version get_features",
		hypercall_2(xen_version, XEN_GET_FEATURES, (u32)&features));
	if (!(features.bits & XEN_FEATURE_PRESERVE_AD))
		xen_refuse("no mmu_pt_update_preserve_ad", -ENOSYS);
	require("xen_version platform_parameters",
		hypercall_2(xen_version, XEN_PLATFORM_PARAMETERS, (u32)&m2p));
	if (m2p != XEN_M2P_BASE)
		xen_refuse("M2P table at another address", -EINVAL);
}

void start_xen(const struct xen_start_info *start);

void __init start_xen(const struct xen_start_info *start)
{
	u32 iopl = 1;		/* ports trap to Xen, which lets dom0 through */
	const char *damaged = pv_damaged();
	char text[64];

	cmdline_init(start->cmd_line);
	require("physdev_op set_iopl",
		hypercall_2(physdev_op, XEN_PHYSDEV_SET_IOPL, (u32)&iopl));
	if (damaged) {
		snprintf(text, sizeof(text), "this image is damaged: %s",
			 damaged);
		xen_refuse(text, -ENOEXEC);
	}
	if (memcmp(start->magic, XEN_START_MAGIC, sizeof(XEN_START_MAGIC)))
		xen_refuse("start_info is not of " XEN_START_MAGIC, -EINVAL);
	if (!(start->flags & XEN_SIF_INITDOMAIN))
		xen_refuse("not the initial domain", -EPERM);
	check_features();
	xen_start = start;
	xen_mmu_init();
	if (start->mod_start) {
		boot.initrd_start = pa((void *)start->mod_start);
		boot.initrd_end = boot.initrd_start + start->mod_len;
	}
	start_kernel();
}
