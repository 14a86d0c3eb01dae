// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the guest asks about the monitor and the machine: versions and features,
 * assists, the FPU, debug registers, ports, and the few duties of dom0.
 * xen-pv-abi 3.3, 5.2, 5.3.
 */
#include <abi/xen/platform.h>
#include <abi/xen/vcpu.h>
#include <monitor/xen/hypercall.h>
#include <monitor/monitor.h>

#define ASSISTS		6		/* types of vm_assist */
#define DR7_GD		(1u << 13)

/* Bit 4: the L3 anywhere; 5: PRESERVE_AD; 7: map by grant; 11: dom0. */
#define FEATURES	(1u << 4 | 1u << 5)
#define FEATURE_DOM0	(1u << 11)

static s32 answer(u32 at, const void *value, u32 bytes)
{
	return guest_write(at, value, bytes) ? 0 : -EFAULT;
}

/* Text in a field of so many bytes, ended by zeros. */
static s32 answer_text(u32 at, const char *text, u32 field)
{
	char value[1024] = { 0 };

	strlcpy(value, text, field);
	return answer(at, value, field);
}

static s32 get_features(u32 at)
{
	u32 arg[2];

	if (!guest_read(arg, at, sizeof(arg)))
		return -EFAULT;
	if (arg[0])
		return -EINVAL;
	arg[1] = FEATURES | (guest.dom0 ? FEATURE_DOM0 : 0);
	return answer(at, arg, sizeof(arg));
}

s32 hc_xen_version(struct call *c)
{
	static const u8 compile_info[144], handle[16];
	u32 at = c->args[1];

	switch (c->args[0]) {
	case XEN_GET_VERSION:
		return XEN_VERSION;
	case XEN_EXTRA_VERSION:
		return answer_text(at, "-pv86", 16);
	case XEN_COMPILE_INFO:
		return answer(at, compile_info, sizeof(compile_info));
	case XEN_CAPABILITIES:
		return answer_text(at, "xen-3.0-x86_32p ", 1024);
	case XEN_CHANGESET:
		return answer_text(at, "", 64);
	case XEN_PLATFORM_PARAMETERS:
		return answer(at, &m2p_start, sizeof(m2p_start));
	case XEN_GET_FEATURES:
		return get_features(at);
	case XEN_PAGE_SIZE:
		return at ? -EINVAL : PAGE_SIZE;
	case XEN_GUEST_HANDLE:
		return answer(at, handle, sizeof(handle));
	case XEN_COMMAND_LINE:
		return answer_text(at, cmdline, 1024);
	}
	return -ENOSYS;
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

static void (*const load[8])(u64 value) = {
	write_dr0, write_dr1, write_dr2, write_dr3, [6] = write_dr6, write_dr7,
};

/*
 * 4 and 5 are other names for 6 and 7. Addresses have 32 bits, so none is the
 * monitor's. What is reserved gets its fixed value.
 */
s32 set_debugreg(u32 number, u32 value)
{
	if (number > 7)
		return -ENODEV;
	if (number == 4 || number == 5)
		number += 2;
	if (number == 7 && value & DR7_GD)
		return -EPERM;
	if (number == 6)
		value = (value & 0xe00f) | 0xffff0ff0;
	if (number == 7)
		value = (value & 0xffff03ff) | 0x400;
	guest.debugreg[number] = value;
	load[number](value);
	return 0;
}

s32 hc_set_debugreg(struct call *c)
{
	return set_debugreg(c->args[0], c->args[1]);
}

s32 hc_get_debugreg(struct call *c)
{
	u32 number = c->args[0];

	if (number > 7)
		return -ENODEV;
	return guest.debugreg[number == 4 || number == 5 ? number + 2 : number];
}

/* ---- physdev_op: no interrupt of a device reaches the guest ------------------ */

static s32 set_iopl(u32 at)
{
	u32 iopl;

	if (!guest_read(&iopl, at, sizeof(iopl)))
		return -EFAULT;
	if (iopl > 3)
		return -EINVAL;
	guest.iopl = iopl;
	guest.frame_iopl = guest.assist & ASSIST_IOPL ? iopl << 12 : 0;
	return 0;
}

static s32 set_iobitmap(u32 at)
{
	u32 arg[2];

	if (!guest_read(arg, at, sizeof(arg)))
		return -EFAULT;
	if (arg[1] > 65536)
		return -EINVAL;
	guest.iobitmap = arg[0];
	guest.iobitmap_ports = arg[1];
	return 0;
}

s32 hc_physdev_op(struct call *c)
{
	switch (c->args[0]) {
	case XEN_PHYSDEV_SET_IOPL:
		return set_iopl(c->args[1]);
	case XEN_PHYSDEV_SET_IOBITMAP:
		return set_iobitmap(c->args[1]);
	}
	/* Linux takes -ENOSYS for an old Xen, and asks by old numbers. */
	return -EPERM;
}

s32 hc_physdev_op_old(struct call *c)
{
	return old_form(c) ? hc_physdev_op(c) : -EFAULT;
}

/* ---- platform_op: dom0's ----------------------------------------------------- */

static s32 set_time(const u32 *payload)
{
	if (payload[2] >= 1000000000 || payload[3])
		return -EINVAL;
	time_set_wall(payload[0] | (u64)payload[1] << 32, payload[2],
		      payload[4] | (u64)payload[5] << 32);
	return 0;
}

s32 hc_platform_op(struct call *c)
{
	u32 op[8];

	if (!guest.dom0)
		return -EPERM;
	if (!guest_read(op, c->args[0], sizeof(op)))
		return -EFAULT;
	if (op[1] != XEN_PLATFORM_VERSION)
		return -EACCES;
	switch (op[0]) {
	case XEN_PLATFORM_SET_TIME:
		return set_time(op + 2);
	case XEN_PLATFORM_SLEEP:
		if (op[3] != 5)
			return -EINVAL;
		guest_shutdown(XEN_SHUTDOWN_POWEROFF);
	}
	return -ENOSYS;
}
