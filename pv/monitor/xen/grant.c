// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Grant tables as far as a domain needs them that is alone: it can set up its
 * table, version 1, and write to it. Nobody else is there to use a grant; map,
 * unmap and copy are refused like unknown operations. xen-pv-abi 3.3, 12.1.
 */
#include <abi/xen/grant.h>
#include <abi/xen/hypercall.h>
#include <monitor/xen/hypercall.h>
#include <monitor/monitor.h>

#define GRANT_FRAMES	64

static u32 first, count;	/* their frames; how many were asked for */

void grant_init(void)
{
	first = mfn_of(monitor_pages(GRANT_FRAMES));
	count = 1;
	for (u32 i = 0; i < GRANT_FRAMES; i++)
		frame_share(first + i);
}

static s32 setup_table(u32 arg)
{
	struct xen_grant_setup s;

	if (!guest_read(&s, arg, sizeof(s)))
		return -EFAULT;
	if (!is_self(s.domid))
		s.status = XEN_GRANT_BAD_DOMAIN;
	else if (s.count > GRANT_FRAMES)
		s.status = XEN_GRANT_ERROR;
	else
		s.status = XEN_GRANT_OKAY;
	for (u32 i = 0; i < s.count && s.status == XEN_GRANT_OKAY; i++) {
		u32 mfn = first + i;

		if (!guest_write(s.frames + i * 4, &mfn, sizeof(mfn)))
			s.status = XEN_GRANT_BAD_ADDRESS;
	}
	if (s.status == XEN_GRANT_OKAY)
		count = max(count, s.count);
	return guest_write(arg, &s, sizeof(s)) ? 0 : -EFAULT;
}

static s32 query_size(u32 arg)
{
	struct xen_grant_size s;

	if (!guest_read(&s, arg, sizeof(s)))
		return -EFAULT;
	s.status = is_self(s.domid) ? XEN_GRANT_OKAY : XEN_GRANT_BAD_DOMAIN;
	if (s.status == XEN_GRANT_OKAY) {
		s.count = count;
		s.max = GRANT_FRAMES;
	}
	return guest_write(arg, &s, sizeof(s)) ? 0 : -EFAULT;
}

static s32 set_version(u32 arg)
{
	u32 version;

	if (!guest_read(&version, arg, sizeof(version)))
		return -EFAULT;
	if (version == 2)
		return -ENOSYS;
	return version == 1 ? 0 : -EINVAL;
}

static s32 get_version(u32 arg)
{
	struct xen_grant_version v;

	if (!guest_read(&v, arg, sizeof(v)))
		return -EFAULT;
	if (!is_self(v.domid))
		return -ESRCH;
	v.version = 1;
	return guest_write(arg, &v, sizeof(v)) ? 0 : -EFAULT;
}

/* All but SETUP_TABLE and QUERY_SIZE ignore how many there are. */
s32 hc_grant_table_op(struct call *c)
{
	u32 arg = c->args[1];

	switch (c->args[0]) {
	case XEN_GRANT_SETUP_TABLE:
		return c->args[2] == 1 ? setup_table(arg) : -EINVAL;
	case XEN_GRANT_QUERY_SIZE:
		return c->args[2] == 1 ? query_size(arg) : -EINVAL;
	case XEN_GRANT_SET_VERSION:
		return set_version(arg);
	case XEN_GRANT_GET_VERSION:
		return get_version(arg);
	default:
		return -ENOSYS;
	}
}
