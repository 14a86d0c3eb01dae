// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memory_op: frames given and taken back, exchanged for ones in a row, and
 * what there is. xen-pv-abi 3.3. A frame that the guest returns while it is
 * mapped stays the guest's until the last mapping is gone.
 */
#include <abi/xen/mmu.h>
#include <monitor/xen/build.h>
#include <monitor/xen/hypercall.h>
#include <monitor/xen/paging.h>

#define ORDER_MAX	9
#define EXTENTS_MAX	(~0u >> XEN_MEMORY_CMD_BITS)
#define PIECE		64	/* pages, and then preempt() */

/* ---- reservations -------------------------------------------------------- */

static void free_extent(u32 mfn, u32 order)
{
	for (u32 i = 0; i < 1u << order; i++)
		drop_ref(&frames[mfn + i]);
}

/* 2^order frames in a row, below a limit of so many address bits; ~0: none. */
static u32 alloc_extent(const struct xen_reservation *r)
{
	u32 bits = XEN_RESERVATION_BITS(r->flags), n = 1u << r->order, mfn;

	if ((u64)guest.pages + n > guest.max_pages)
		return ~0u;
	mfn = r->order ? frames_alloc_run(n, n) : frame_alloc();
	if (mfn == ~0u)
		return ~0u;
	guest.pages += n;
	if (!bits || (((u64)(mfn + n) << PAGE_SHIFT) - 1) >> min(bits, 63u) == 0)
		return mfn;
	free_extent(mfn, r->order);
	return ~0u;
}

/* Takes back what the guest was given; false: it was not, or not any more. */
static bool take_back(u32 mfn)
{
	struct frame *f = guest_frame(mfn);

	if (!f || !(f->flags & FRAME_GIVEN))
		return false;
	f->flags &= ~FRAME_GIVEN;
	drop_ref(f);
	return true;
}

static void set_m2p(u32 mfn, u32 pfn, u32 order)
{
	for (u32 i = 0; i < 1u << order; i++)
		m2p[mfn + i] = pfn + i;
}

/* One extent. False: it cannot be; then nothing has changed but for DECREASE
 * of several pages, which ends at the first that is not the guest's. */
static bool extent(u32 cmd, const struct xen_reservation *r, u32 at)
{
	u32 name = ~0u, mfn;

	if ((cmd != XEN_MEMORY_INCREASE || r->extents) &&
	    !guest_read(&name, at, sizeof(name)))
		return false;
	if (cmd == XEN_MEMORY_DECREASE) {
		for (u32 i = 0; i < 1u << r->order; i++)
			if (!take_back(name + i))
				return false;
		return true;
	}
	mfn = alloc_extent(r);
	if (mfn == ~0u)
		return false;
	if (r->extents && !guest_write(at, &mfn, sizeof(mfn))) {
		free_extent(mfn, r->order);
		return false;
	}
	if (cmd == XEN_MEMORY_POPULATE)
		set_m2p(mfn, name, r->order);
	return true;
}

/* How many extents are done, `done` of them before a restart. */
static s32 reservation(struct call *c, u32 cmd, u32 done)
{
	struct xen_reservation r;
	u32 pages = 0;

	if (!guest_read(&r, c->args[1], sizeof(r)) || !is_self(r.domid) ||
	    r.count > EXTENTS_MAX || r.order > ORDER_MAX ||
	    !guest_range(r.extents, (u64)r.count * 4))
		return done;
	for (; done < r.count; done++) {
		if (pages >= PIECE && preempt()) {
			c->args[0] = cmd | done << XEN_MEMORY_CMD_BITS;
			return RESTART;
		}
		if (!extent(cmd, &r, r.extents + done * 4))
			break;
		pages += 1u << r.order;
	}
	return done;
}

/* ---- exchange ------------------------------------------------------------ */

/* The pages of one step: as many as the larger of the extents. */
static u32 given[1 << ORDER_MAX], pfns[1 << ORDER_MAX], mfns[1 << ORDER_MAX];

/* Gives `count` frames back that hold_all() has, from the first on. */
static void release(u32 count, u32 order)
{
	for (u32 i = 0; i < count; i++)
		frames[given[i >> order] + (i & ((1u << order) - 1))].flags |=
			FRAME_GIVEN;
}

/* Holds the frames to be exchanged: the guest's, each once, and not in use. */
static bool hold_all(u32 count, u32 order)
{
	for (u32 i = 0; i < count; i++) {
		u64 mfn = (u64)given[i >> order] + (i & ((1u << order) - 1));
		struct frame *f = guest_frame(mfn);

		if (!f || !(f->flags & FRAME_GIVEN) || f->refs != 1) {
			release(i, order);
			return false;
		}
		f->flags &= ~FRAME_GIVEN;
	}
	return true;
}

static bool alloc_all(const struct xen_reservation *out, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		mfns[i] = alloc_extent(out);
		if (mfns[i] != ~0u)
			continue;
		while (i--)
			free_extent(mfns[i], out->order);
		return false;
	}
	return true;
}

/* 2^order pages: at extent i of `in`, which is extent k of `out`. */
static s32 exchange_step(const struct xen_exchange *x, u32 i, u32 k, u32 order)
{
	u32 pages = 1u << order, ins = pages >> x->in.order;
	u32 outs = pages >> x->out.order, to = x->out.extents + k * 4;
	s32 err = -ENOMEM;

	if (!guest_read(given, x->in.extents + i * 4, ins * 4) ||
	    !guest_read(pfns, to, outs * 4))
		return -EFAULT;
	if (!hold_all(pages, x->in.order))
		return -EINVAL;
	guest.pages -= pages;		/* for a moment it has both */
	if (alloc_all(&x->out, outs)) {
		err = guest_write(to, mfns, outs * 4) ? 0 : -EFAULT;
		for (u32 n = 0; n < outs; n++)
			if (err)
				free_extent(mfns[n], x->out.order);
			else
				set_m2p(mfns[n], pfns[n], x->out.order);
	}
	guest.pages += pages;
	if (err) {
		release(pages, x->in.order);
		return err;
	}
	for (u32 n = 0; n < ins; n++)
		free_extent(given[n], x->in.order);
	return 0;
}

static s32 exchange(struct call *c)
{
	struct xen_exchange x;
	u32 order, i, pages = 0;
	s32 err = 0;

	if (!guest_read(&x, c->args[1], sizeof(x)))
		return -EFAULT;
	order = max(x.in.order, x.out.order);
	if (order > ORDER_MAX)
		return -EPERM;
	if (x.done > x.in.count || x.in.domid != x.out.domid ||
	    (u64)x.in.count << x.in.order != (u64)x.out.count << x.out.order)
		return -EINVAL;
	if (!is_self(x.in.domid))
		return -ESRCH;
	if (!guest_range(x.in.extents, (u64)x.in.count * 4) ||
	    !guest_range(x.out.extents, (u64)x.out.count * 4))
		return -EFAULT;
	for (i = x.done >> (order - x.in.order);
	     i < (u64)x.in.count << x.in.order >> order && !err; i++) {
		if (pages >= PIECE && preempt()) {
			err = RESTART;
			break;
		}
		err = exchange_step(&x, i << (order - x.in.order),
				    i << (order - x.out.order), order);
		pages += 1u << order;
	}
	if (err && err != RESTART)
		i--;
	x.done = i << (order - x.in.order);
	guest_write(c->args[1] + offsetof(struct xen_exchange, done), &x.done,
		    sizeof(x.done));
	return err;
}

/* ---- what there is ------------------------------------------------------- */

/* The next piece of memory from frame *at on. The guest's first megabyte is
 * as a PC's; the machine's own stays with the firmware. */
static bool next_range(u32 *at, struct xen_memory_range *r)
{
	u32 mfn = *at;

	*r = (struct xen_memory_range){ .size = 0x9f000, .type = 1 };
	*at = 0x100;
	if (mfn == 0)
		return true;
	while (mfn < frame_count && frames[mfn].owner == OWNER_DEVICE)
		mfn++;
	r->base = (u64)mfn << PAGE_SHIFT;
	while (mfn < frame_count && frames[mfn].owner != OWNER_DEVICE)
		mfn++;
	r->size = ((u64)mfn << PAGE_SHIFT) - r->base;
	*at = mfn;
	return r->size;
}

static s32 machine_map(void *arg)
{
	struct xen_memory_map *map = arg;
	struct xen_memory_range r;
	u32 n = 0;

	for (u32 at = 0; next_range(&at, &r); n++) {
		if (n == map->nr_entries)
			return -EINVAL;
		if (!guest_write(map->buffer + n * sizeof(r), &r, sizeof(r)))
			return -EFAULT;
	}
	map->nr_entries = n;
	return 0;
}

static s32 machphys_list(void *arg)
{
	struct xen_machphys_list *list = arg;

	list->count = 0;
	for_each_present(i, top_slots, ENTRIES) {
		u32 mfn = PTE_MFN(top_slots[i]);

		if (list->count == list->max)
			break;
		if (!guest_write(list->extents + list->count++ * 4, &mfn, 4))
			return -EFAULT;
	}
	return 0;
}

static s32 machphys_mapping(void *arg)
{
	*(struct xen_machphys_mapping *)arg = (struct xen_machphys_mapping){
		.start = guest_top,
		.end = XEN_M2P_END,
		.max_mfn = (XEN_M2P_END - guest_top) / 4 - 1,
	};
	return 0;
}

/* These get the number of a domain. */
static s32 current_pages(void *arg)
{
	return is_self(*(u16 *)arg) ? (s32)guest.pages : -ESRCH;
}

static s32 maximum_pages(void *arg)
{
	return is_self(*(u16 *)arg) ? (s32)guest.max_pages : -ESRCH;
}

static s32 max_gpfn(void *arg)
{
	return is_self(*(u16 *)arg) ? (s32)guest.shared->max_pfn - 1 : -ESRCH;
}

static const struct operation operation[] = {
	[XEN_MEMORY_CURRENT] = { current_pages, 2, 0 },
	[XEN_MEMORY_MAXIMUM] = { maximum_pages, 2, 0 },
	[XEN_MEMORY_MACHPHYS_LIST] = { machphys_list, 12, 12 },
	[XEN_MEMORY_MACHINE_MAP] = { machine_map, 8, 8 },
	[XEN_MEMORY_MACHPHYS_MAPPING] = { machphys_mapping, 0, 12 },
	[XEN_MEMORY_MAX_GPFN] = { max_gpfn, 2, 0 },
};

s32 hc_memory_op(struct call *c)
{
	u32 cmd = c->args[0] & ((1u << XEN_MEMORY_CMD_BITS) - 1);

	switch (cmd) {
	case XEN_MEMORY_INCREASE:
	case XEN_MEMORY_DECREASE:
	case XEN_MEMORY_POPULATE:
		return reservation(c, cmd, c->args[0] >> XEN_MEMORY_CMD_BITS);
	case XEN_MEMORY_EXCHANGE:
		return exchange(c);
	case XEN_MEMORY_MAX_RAM_PAGE:
		return frame_count;
	case XEN_MEMORY_MACHINE_MAP:
		if (!guest.dom0)
			return -EPERM;
	}
	return OPERATE(operation, cmd, c->args[1]);
}
