// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Grant tables as far as a domain needs them that is alone: it can set up its
 * table, version 1, and map what it grants to itself (grantmap.c). Copy and
 * transfer are refused like unknown operations. xen-pv-abi 3.3, 12.1.
 */
#include <abi/xen/grant.h>
#include <monitor/xen/hypercall.h>

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

static s32 setup_table(void *arg)
{
	struct xen_grant_setup *s = arg;

	s->status = !is_self(s->domid) ? XEN_GRANT_BAD_DOMAIN :
		    s->count > GRANT_FRAMES ? XEN_GRANT_ERROR :
		    XEN_GRANT_OKAY;
	for (u32 i = 0; i < s->count && s->status == XEN_GRANT_OKAY; i++) {
		u32 mfn = first + i;

		if (!guest_write(s->frames + i * 4, &mfn, sizeof(mfn)))
			s->status = XEN_GRANT_BAD_ADDRESS;
	}
	if (s->status == XEN_GRANT_OKAY)
		count = max(count, s->count);
	return 0;
}

static s32 query_size(void *arg)
{
	struct xen_grant_size *s = arg;

	s->status = is_self(s->domid) ? XEN_GRANT_OKAY : XEN_GRANT_BAD_DOMAIN;
	if (s->status == XEN_GRANT_OKAY) {
		s->count = count;
		s->max = GRANT_FRAMES;
	}
	return 0;
}

static s32 set_version(void *arg)
{
	u32 version = *(u32 *)arg;

	return version == 1 ? 0 : version == 2 ? -ENOSYS : -EINVAL;
}

static s32 get_version(void *arg)
{
	struct xen_grant_version *v = arg;

	v->version = 1;
	return is_self(v->domid) ? 0 : -ESRCH;
}

static const struct operation operation[] = {
	[XEN_GRANT_SETUP_TABLE] = { setup_table, 16, 16 },
	[XEN_GRANT_QUERY_SIZE] = { query_size, 16, 16 },
	[XEN_GRANT_SET_VERSION] = { set_version, 4, 0 },
	[XEN_GRANT_GET_VERSION] = { get_version, 8, 8 },
};

/* All but SETUP_TABLE and QUERY_SIZE ignore how many there are. */
s32 hc_grant_table_op(struct call *c)
{
	u32 cmd = c->args[0];

	if (cmd <= XEN_GRANT_UNMAP || cmd == XEN_GRANT_REPLACE)
		return grant_mappings(c);
	if ((cmd == XEN_GRANT_SETUP_TABLE || cmd == XEN_GRANT_QUERY_SIZE) &&
	    c->args[2] != 1)
		return -EINVAL;
	return OPERATE(operation, cmd, c->args[1]);
}
