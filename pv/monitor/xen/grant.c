// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Grant tables as far as a domain needs them that is alone: it can set up its
 * table, version 1, and map what it grants to itself (grantmap.c). Copy and
 * transfer are refused like unknown operations. xen-pv-abi 3.3, 12.1.
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

struct xen_grant_entry *grant_at(u32 ref)
{
	struct xen_grant_entry *table = mfn_va(first);

	return ref < count * PAGE_SIZE / sizeof(*table) ? table + ref : NULL;
}

static s16 setup_table(const struct xen_grant_setup *s)
{
	if (!is_self(s->domid))
		return XEN_GRANT_BAD_DOMAIN;
	if (s->count > GRANT_FRAMES)
		return XEN_GRANT_ERROR;
	for (u32 i = 0; i < s->count; i++) {
		u32 mfn = first + i;

		if (!guest_write(s->frames + i * 4, &mfn, sizeof(mfn)))
			return XEN_GRANT_BAD_ADDRESS;
	}
	count = max(count, s->count);
	return XEN_GRANT_OKAY;
}

static s16 query_size(struct xen_grant_size *s)
{
	if (!is_self(s->domid))
		return XEN_GRANT_BAD_DOMAIN;
	s->count = count;
	s->max = GRANT_FRAMES;
	return XEN_GRANT_OKAY;
}

static s32 set_version(u32 version)
{
	if (version == 2)
		return -ENOSYS;
	return version == 1 ? 0 : -EINVAL;
}

/* SETUP_TABLE and QUERY_SIZE could be of several; nobody makes them so. */
s32 hc_grant_table_op(struct call *c)
{
	static const u8 size[] = {
		[XEN_GRANT_SETUP_TABLE] = sizeof(struct xen_grant_setup),
		[XEN_GRANT_QUERY_SIZE] = sizeof(struct xen_grant_size),
		[XEN_GRANT_SET_VERSION] = sizeof(u32),
		[XEN_GRANT_GET_VERSION] = sizeof(struct xen_grant_version),
	};
	u32 op = c->args[0], arg = c->args[1];
	union {
		struct xen_grant_setup setup;
		struct xen_grant_size size;
		struct xen_grant_version version;
		u32 number;
	} u;

	if (op <= XEN_GRANT_UNMAP || op == XEN_GRANT_REPLACE)
		return grant_mappings(c);
	if (op >= ARRAY_SIZE(size) || !size[op])
		return -ENOSYS;
	if (op <= XEN_GRANT_QUERY_SIZE && c->args[2] != 1)
		return -EINVAL;
	if (!guest_read(&u, arg, size[op]))
		return -EFAULT;
	if (op == XEN_GRANT_SET_VERSION)
		return set_version(u.number);
	if (op == XEN_GRANT_SETUP_TABLE)
		u.setup.status = setup_table(&u.setup);
	else if (op == XEN_GRANT_QUERY_SIZE)
		u.size.status = query_size(&u.size);
	else if (!is_self(u.version.domid))
		return -ESRCH;
	else
		u.version.version = 1;
	return guest_write(arg, &u, size[op]) ? 0 : -EFAULT;
}
