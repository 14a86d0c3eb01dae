// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Grants that the guest maps itself, as test suites do: nobody else is there to
 * grant it anything. An entry holds its frame as any other does, and there is
 * no device that would hold one; so this only remembers what was mapped as
 * what. The table is grant.c's.
 */
#include <abi/xen/grant.h>
#include <monitor/xen/hypercall.h>
#include <monitor/xen/paging.h>

#define HANDLES		256

static struct mapping {
	u32 mfn;
	u16 ref;
	u8 flags;		/* 0: free */
} mapping[HANDLES];

static u64 entry_for(const struct mapping *m)
{
	u64 write = m->flags & XEN_GRANT_MAP_READ_ONLY ? 0 : PTE_W;

	return (u64)m->mfn << PAGE_SHIFT | PTE_P | PTE_A | PTE_D | write;
}

static s16 try_map(struct xen_grant_map *op, struct mapping *m, u16 flags)
{
	u64 *entry = op->va >> 32 ? NULL : l1_entry(op->va);

	if (flags & XEN_GRANT_READ_ONLY &&
	    !(op->flags & XEN_GRANT_MAP_READ_ONLY))
		return XEN_GRANT_ERROR;
	if (!guest_frame(m->mfn))
		return XEN_GRANT_ERROR;
	m->flags = op->flags;
	if (!(m->flags & XEN_GRANT_MAP_HOST) ||
	    (entry && !l1_update(entry, entry_for(m))))
		return XEN_GRANT_OKAY;
	m->flags = 0;
	return XEN_GRANT_ERROR;
}

static s16 map(void *arg)
{
	struct xen_grant_map *op = arg;
	struct xen_grant_entry *g = grant_at(op->ref);
	struct mapping *m = mapping;
	s16 status;

	if (!is_self(op->domid))
		return op->domid ? XEN_GRANT_BAD_DOMAIN : XEN_GRANT_ERROR;
	if (!g)
		return XEN_GRANT_BAD_REF;
	if (op->flags & ~7 || !(op->flags & 3) || !is_self(g->domid) ||
	    (g->flags & XEN_GRANT_TYPE) != XEN_GRANT_PERMIT)
		return XEN_GRANT_ERROR;
	while (m < mapping + HANDLES && m->flags)
		m++;
	if (m == mapping + HANDLES)
		return XEN_GRANT_NO_SPACE;
	*m = (struct mapping){ g->mfn, op->ref, 0 };
	status = try_map(op, m, g->flags);
	if (status)
		return status;
	g->flags |= XEN_GRANT_READING;
	if (!(m->flags & XEN_GRANT_MAP_READ_ONLY))
		g->flags |= XEN_GRANT_WRITING;
	op->handle = m - mapping;
	op->bus_address = (u64)m->mfn << PAGE_SHIFT;
	return XEN_GRANT_OKAY;
}

/* Some of its uses end; with the last of them, the handle does. */
static void forget(struct mapping *m, u32 uses)
{
	m->flags &= ~uses;
	if (m->flags & (XEN_GRANT_MAP_HOST | XEN_GRANT_MAP_DEVICE))
		return;
	m->flags = 0;
	for (u32 i = 0; i < HANDLES; i++)
		if (mapping[i].flags && mapping[i].ref == m->ref)
			return;
	grant_at(m->ref)->flags &= ~(XEN_GRANT_READING | XEN_GRANT_WRITING);
}

/* The entry has to be as map() made it: the frame, and writable or not. */
static u64 *mapped_by(const struct mapping *m, u64 va)
{
	u64 *entry = va >> 32 ? NULL : l1_entry(va);

	if (!(m->flags & XEN_GRANT_MAP_HOST) || !entry ||
	    (*entry ^ entry_for(m)) & ~(u64)(PTE_A | PTE_D))
		return NULL;
	return entry;
}

static s16 unmap(void *arg)
{
	struct xen_grant_unmap *op = arg;
	struct mapping *m = &mapping[op->handle % HANDLES];
	u64 *entry = mapped_by(m, op->va);

	if (op->handle >= HANDLES || !m->flags)
		return XEN_GRANT_BAD_HANDLE;
	if ((op->va && !entry) ||
	    (op->other && op->other >> PAGE_SHIFT != m->mfn))
		return XEN_GRANT_ERROR;
	if (op->va)
		l1_update(entry, 0);
	forget(m, (op->va ? XEN_GRANT_MAP_HOST : 0) |
		  (op->other ? XEN_GRANT_MAP_DEVICE : 0));
	return XEN_GRANT_OKAY;
}

static s16 replace(void *arg)
{
	struct xen_grant_unmap *op = arg;
	struct mapping *m = &mapping[op->handle % HANDLES];
	u64 *entry = mapped_by(m, op->va);
	u64 *other = op->other >> 32 ? NULL : l1_entry(op->other);

	if (op->handle >= HANDLES || !m->flags)
		return XEN_GRANT_BAD_HANDLE;
	if (!entry || !other || other == entry || l1_update(entry, *other))
		return XEN_GRANT_ERROR;
	l1_update(other, 0);
	forget(m, XEN_GRANT_MAP_HOST);
	return XEN_GRANT_OKAY;
}

s32 grant_mappings(struct call *c)
{
	static const struct {
		s16 (*run)(void *);
		u8 size, status;
	} operation[] = {
		[XEN_GRANT_MAP] = { map, sizeof(struct xen_grant_map),
			offsetof(struct xen_grant_map, status) },
		[XEN_GRANT_UNMAP] = { unmap, sizeof(struct xen_grant_unmap),
			offsetof(struct xen_grant_unmap, status) },
		[XEN_GRANT_REPLACE] = { replace, sizeof(struct xen_grant_unmap),
			offsetof(struct xen_grant_unmap, status) },
	};
	const typeof(operation[0]) *o = &operation[c->args[0]];
	u32 *at = &c->args[1], *left = &c->args[2];
	u8 op[sizeof(struct xen_grant_map)] __aligned(8);

	while (*left) {
		if (!guest_read(op, *at, o->size) ||
		    !guest_write(*at, op, o->size))
			return -EFAULT;
		*(s16 *)(op + o->status) = o->run(op);
		tlb_flush();
		guest_write(*at, op, o->size);
		*at += o->size;
		if (--*left && preempt())
			return RESTART;
	}
	return 0;
}
