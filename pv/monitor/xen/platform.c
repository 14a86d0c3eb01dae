// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the guest asks about the monitor and the machine: versions and features,
 * assists, the FPU, debug registers, ports, and the few duties of dom0.
 * xen-pv-abi 3.3, 5.2, 5.3.
 */
#include <abi/xen/platform.h>
#include <monitor/xen/hypercall.h>

#define ASSISTS		6		/* types of vm_assist */

/* Bit 4: the L3 anywhere; 5: PRESERVE_AD; 7: map by grant; 11: dom0. */
#define FEATURES	(1u << 4 | 1u << 5)
#define FEATURE_DOM0	(1u << 11)

static s32 get_features(void *arg)
{
	struct {
		u32 word, bits;
	} *f = arg;

	f->bits = FEATURES | (guest.dom0 ? FEATURE_DOM0 : 0);
	return f->word ? -EINVAL : 0;
}

static const struct operation features[] = { { get_features, 8, 8 } };

/* What is answered at once. Texts fill their field with zeros. */
static const char extra_version[16] = "-pv86", compile_info[144],
	capabilities[1024] = "xen-3.0-x86_32p ", changeset[64], handle[16];
static const struct {
	const void *value;
	u32 bytes;
} answer[] = {
#define ANSWER(value)	{ value, sizeof(value) }
	[XEN_EXTRA_VERSION] = ANSWER(extra_version),
	[XEN_COMPILE_INFO] = ANSWER(compile_info),
	[XEN_CAPABILITIES] = ANSWER(capabilities),
	[XEN_CHANGESET] = ANSWER(changeset),
	[XEN_PLATFORM_PARAMETERS] = { &guest_top, sizeof(guest_top) },
	[XEN_GUEST_HANDLE] = ANSWER(handle),
	[XEN_COMMAND_LINE] = ANSWER(cmdline),
};

s32 hc_xen_version(struct call *c)
{
	u32 cmd = c->args[0], at = c->args[1];

	switch (cmd) {
	case XEN_GET_VERSION:
		return XEN_VERSION;
	case XEN_GET_FEATURES:
		return OPERATE(features, 0, at);
	case XEN_PAGE_SIZE:
		return at ? -EINVAL : PAGE_SIZE;
	}
	if (cmd >= ARRAY_SIZE(answer) || !answer[cmd].value)
		return -ENOSYS;
	return guest_write(at, answer[cmd].value, answer[cmd].bytes) ? 0 :
	       -EFAULT;
}

s32 hc_vm_assist(struct call *c)
{
	if (c->args[1] >= ASSISTS)
		return -EINVAL;
	if (c->args[0] > 1)
		return -ENOSYS;
	if (c->args[0])
		guest.assist &= ~(1u << c->args[1]);
	else
		guest.assist |= 1u << c->args[1];
	guest.frame_iopl = guest.assist & ASSIST_IOPL ? guest.iopl << 12 : 0;
	return 0;
}

/* The guest's TS is the CPU's. */
s32 hc_fpu_taskswitch(struct call *c)
{
	u64 cr0 = read_cr0();

	write_cr0(c->args[0] ? cr0 | CR0_TS : cr0 & ~CR0_TS);
	return 0;
}

/* ---- debug registers ------------------------------------------------------- */

s32 hc_set_debugreg(struct call *c)
{
	return set_debugreg(c->args[0], c->args[1]);
}

s32 hc_get_debugreg(struct call *c)
{
	return c->args[0] > 7 ? -ENODEV : get_debugreg(c->args[0]);
}

/* ---- physdev_op: no interrupt of a device reaches the guest ------------------ */

static s32 set_iopl(void *arg)
{
	u32 iopl = *(u32 *)arg;

	if (iopl > 3)
		return -EINVAL;
	guest.iopl = iopl;
	guest.frame_iopl = guest.assist & ASSIST_IOPL ? iopl << 12 : 0;
	return 0;
}

static s32 set_iobitmap(void *arg)
{
	const u32 *bitmap = arg;

	if (bitmap[1] > 65536)
		return -EINVAL;
	guest.iobitmap = bitmap[0];
	guest.iobitmap_ports = bitmap[1];
	return 0;
}

static const struct operation physdev[] = {
	[XEN_PHYSDEV_SET_IOPL] = { set_iopl, 4, 0 },
	[XEN_PHYSDEV_SET_IOBITMAP] = { set_iobitmap, 8, 0 },
};

/* Linux takes -ENOSYS for an old Xen, and asks by old numbers. */
s32 hc_physdev_op(struct call *c)
{
	s32 result = OPERATE(physdev, c->args[0], c->args[1]);

	return result == -ENOSYS ? -EPERM : result;
}

s32 hc_physdev_op_old(struct call *c)
{
	return old_form(c) ? hc_physdev_op(c) : -EFAULT;
}

/* ---- platform_op ------------------------------------------------------------- */

/* A number, a version and what goes with it. */
static s32 platform(void *arg)
{
	const u32 *op = arg;

	if (op[1] != XEN_PLATFORM_VERSION)
		return -EACCES;
	switch (op[0]) {
	case XEN_PLATFORM_SET_TIME:
		if (op[4] >= NSEC_PER_SEC || op[5])
			return -EINVAL;
		time_set_wall(get64(op + 2), op[4], get64(op + 6));
		return 0;
	case XEN_PLATFORM_SLEEP:
		if (op[3] != 5)
			return -EINVAL;
		guest_shutdown(XEN_SHUTDOWN_POWEROFF);
	}
	return -ENOSYS;
}

/* dom0's. */
s32 hc_platform_op(struct call *c)
{
	static const struct operation only[] = { { platform, 32, 0 } };

	return guest.dom0 ? OPERATE(only, 0, c->args[0]) : -EPERM;
}
