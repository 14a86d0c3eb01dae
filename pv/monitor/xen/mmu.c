// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hypercalls of direct paging: mmu_update, mmuext_op, update_va_mapping,
 * and the base pointer. xen-pv-abi 3.3, 4.2, 4.8. What an entry may be, and
 * what it holds on to, is tables.c's.
 */
#include <abi/xen/mmu.h>
#include <monitor/xen/hypercall.h>
#include <monitor/xen/paging.h>

void tlb_flush(void)
{
	write_cr3(read_cr3());
	tlb_stale = 0;
}

/* An L2 or L3 has changed: flushed once, at the end of a call. */
static void flush_tables(void)
{
	if (tlb_stale & STALE_TABLE)
		tlb_flush();
}

/* ---- the tables in force ------------------------------------------------- */

static void install(u32 l3_mfn)
{
	u32 old = guest.base;

	monitor_l4[0] = (u64)l3_mfn << PAGE_SHIFT |
			(l3_mfn ? PTE_P | PTE_W | PTE_U : 0);
	guest.base = l3_mfn;
	tlb_flush();
	if (old)
		frame_unuse(old);
}

s32 set_base(u32 l3_mfn)
{
	s32 err = frame_use(l3_mfn, TYPE_L3);

	if (err)
		return err;
	ldt_forget();
	install(l3_mfn);
	return 0;
}

static u64 *below(u64 entry)
{
	return phys(PTE_MFN(entry) << PAGE_SHIFT);
}

u64 l2_value(u32 va)
{
	u64 l3e;

	if (va >= guest_top || !guest.base)
		return 0;
	l3e = ((u64 *)mfn_va(guest.base))[L3_INDEX(va)];
	return l3e & PTE_P ? below(l3e)[L2_INDEX(va)] : 0;
}

u64 *l1_entry(u32 va)
{
	u64 l2e = l2_value(va);

	if (!(l2e & PTE_P) || frames[PTE_MFN(l2e)].type != TYPE_L1)
		return NULL;
	return &below(l2e)[L1_INDEX(va)];
}

bool face_access(u32 va, u32 *error)
{
	u64 *entry = l1_entry(va), rights = entry ? *entry & l2_value(va) : 0;
	u32 needed = *error | PTE_P;	/* bits have the same places */

	*error |= rights & PTE_P;
	return (rights & needed) == needed;
}

static s32 unpin(u32 mfn)
{
	struct frame *f = guest_frame(mfn);

	if (!f || !(f->flags & FRAME_PINNED))
		return -EINVAL;
	f->flags &= ~FRAME_PINNED;
	frame_unuse(mfn);
	return 0;
}

void mmu_destroy(void)
{
	install(0);
	for (u32 mfn = 0; mfn < frame_count; mfn++)
		unpin(mfn);
}

/* ---- many at a time ------------------------------------------------------ */

/* -ESRCH: no such domain; -EPERM: not for this one. 3.3. */
static s32 domain_of(u32 domid, bool *own)
{
	*own = domid == XEN_DOMID_SELF;
	if (!*own && domid != XEN_DOMID_IO && domid != XEN_DOMID_XEN)
		return -ESRCH;
	return *own || guest.dom0 ? 0 : -EPERM;
}

/*
 * mmu_update and mmuext_op: one() for each of a list of `size` bytes an item,
 * until one fails. How many were done goes to args[2], whose address may be 0 or
 * bad; after a restart it is added to. `piece`, a power of 2, are bounded work.
 */
__inline_always s32 do_list(struct call *c, u32 size, u32 piece,
			   s32 (*one)(u32 at, bool own))
{
	u32 at = c->args[0], count = c->args[1] & ~XEN_MMU_CONTINUED;
	u32 before = 0, done;
	bool own;
	s32 err = domain_of(c->args[3] & 0xffff, &own);

	if (err)
		return err;
	if (!guest_range(at, (u64)count * size))
		return -EFAULT;
	for (done = 0; done < count; done++, at += size) {
		if (done && !(done & (piece - 1)) && preempt())
			err = RESTART;
		else
			err = one(at, own);
		if (err)
			break;
	}
	flush_tables();
	if (c->args[2]) {
		if (c->args[1] & XEN_MMU_CONTINUED)
			guest_read(&before, c->args[2], sizeof(before));
		before += done;
		guest_write(c->args[2], &before, sizeof(before));
	}
	if (err == RESTART) {
		c->args[0] = at;
		c->args[1] = (count - done) | XEN_MMU_CONTINUED;
	}
	return err;
}

/* ---- mmu_update, update_va_mapping --------------------------------------- */

/* Only what is no memory belongs to others. */
__inline_always s32 update_mapping(u64 *entry, u64 value, bool own)
{
	if (!own && value & PTE_P && guest_frame(PTE_MFN(value)))
		return -EBUSY;
	return l1_update(entry, value);
}

/* In a page that is no table, just eight bytes. */
static s32 update_entry(u64 machine, u64 value, bool preserve, bool own)
{
	u64 *entry = phys(ALIGN_DOWN(machine, 8));
	struct frame *f = guest_frame(machine >> PAGE_SHIFT);
	u32 type;
	s32 err;

	if (!f)
		return -EINVAL;
	type = f->uses ? f->type : TYPE_WRITABLE;
	if (preserve && type != TYPE_WRITABLE)
		value |= *entry & (PTE_A | PTE_D);
	switch (type) {
	case TYPE_L1:
		return update_mapping(entry, value, own);
	case TYPE_L2:
		return own ? l2_update(entry, value) : -EINVAL;
	case TYPE_L3:
		return own ? l3_update(entry, value) : -EINVAL;
	}
	err = use(f, TYPE_WRITABLE);
	if (err)
		return err;
	*entry = value;
	unuse(f, TYPE_WRITABLE);
	return 0;
}

static s32 mmu_update(u32 at, bool own)
{
	struct xen_mmu_update u;
	u64 mfn;

	if (!guest_read(&u, at, sizeof(u)))
		return -EFAULT;
	mfn = u.ptr >> PAGE_SHIFT;
	switch (u.ptr & 7) {
	case XEN_MMU_NORMAL:
	case XEN_MMU_NO_TRANSLATE:
		return update_entry(u.ptr, u.val, false, own);
	case XEN_MMU_PRESERVE_AD:
		return update_entry(u.ptr, u.val, true, own);
	case XEN_MMU_MACHPHYS:
		if (!own || !guest_frame(mfn))
			return -EINVAL;
		m2p[mfn] = u.val;
		return 0;
	default:
		return -ENOSYS;
	}
}

s32 hc_mmu_update(struct call *c)
{
	u32 tables = c->args[3] >> 16;

	/* Whose tables they are, plus 1. */
	if (tables && tables - 1 != guest.domid)
		return -ESRCH;
	return do_list(c, sizeof(struct xen_mmu_update), 256, mmu_update);
}

/* Of VCPUs to be flushed: there is one, which is so in any case. */
static bool bitmap_readable(u32 bitmap)
{
	u32 word;

	return guest_read(&word, bitmap, sizeof(word));
}

/* For a mapping of a frame that is the guest's own, or not. 3.3. */
static s32 update_va_mapping(const struct call *c, bool own)
{
	u32 va = c->args[0], kind = c->args[3] & XEN_UVMF_KIND;
	u32 where = c->args[3] & ~XEN_UVMF_KIND;
	u64 *entry = l1_entry(va);
	s32 err;

	if (!entry)
		return -EINVAL;
	if (unlikely(where > XEN_UVMF_ALL) && kind && !bitmap_readable(where))
		return -EFAULT;
	err = update_mapping(entry, get64(c->args + 1), own);
	if (err)
		return err;
	if (kind == XEN_UVMF_INVLPG)
		invlpg(va);
	else if (kind == XEN_UVMF_TLB_FLUSH)
		tlb_flush();
	return 0;
}

s32 hc_update_va_mapping(struct call *c)
{
	return update_va_mapping(c, true);
}

s32 hc_update_va_mapping_otherdomain(struct call *c)
{
	bool own;
	s32 err = domain_of(c->args[4] & 0xffff, &own);

	return err ? err : update_va_mapping(c, own);
}

/* ---- mmuext_op ----------------------------------------------------------- */

static s32 pin(u32 mfn, enum type type)
{
	s32 err = frame_use(mfn, type);

	if (err)
		return err;
	if (frames[mfn].flags & FRAME_PINNED) {
		frame_unuse(mfn);
		return -EINVAL;
	}
	frames[mfn].flags |= FRAME_PINNED;
	return 0;
}

/* `from` 0: zeros. The frame must be none that the guest could not write. */
static s32 fill_page(u32 mfn, const void *from)
{
	if (frame_use(mfn, TYPE_WRITABLE))
		return -EINVAL;
	if (from)
		memcpy(mfn_va(mfn), from, PAGE_SIZE);
	else
		memset(mfn_va(mfn), 0, PAGE_SIZE);
	frame_unuse(mfn);
	return 0;
}

/* Nothing of another domain's: no frame is, and nothing else can be. */
static s32 mmuext(u32 at, bool own)
{
	struct xen_mmuext_op op;

	if (!guest_read(&op, at, sizeof(op)))
		return -EFAULT;
	if (!own)
		return op.cmd <= XEN_MMUEXT_UNPIN ? -EINVAL : -EPERM;
	if ((op.cmd == XEN_MMUEXT_TLB_FLUSH_MULTI ||
	     op.cmd == XEN_MMUEXT_INVLPG_MULTI) && !bitmap_readable(op.arg2))
		return -EFAULT;
	switch (op.cmd) {
	case XEN_MMUEXT_PIN_L1:
	case XEN_MMUEXT_PIN_L2:
	case XEN_MMUEXT_PIN_L3:
		return pin(op.arg1, TYPE_L1 + op.cmd - XEN_MMUEXT_PIN_L1);
	case XEN_MMUEXT_PIN_L4:
		return 0;
	case XEN_MMUEXT_UNPIN:
		return unpin(op.arg1);
	case XEN_MMUEXT_CLEAR_PAGE:
		return fill_page(op.arg1, NULL);
	case XEN_MMUEXT_COPY_PAGE:
		return guest_frame(op.arg2) ?
		       fill_page(op.arg1, mfn_va(op.arg2)) : -EINVAL;
	case XEN_MMUEXT_NEW_BASEPTR:
		return set_base(op.arg1);
	case XEN_MMUEXT_SET_LDT:
		return set_ldt(op.arg1, op.arg2);
	case XEN_MMUEXT_TLB_FLUSH:
	case XEN_MMUEXT_TLB_FLUSH_MULTI:
	case XEN_MMUEXT_TLB_FLUSH_ALL:
		tlb_flush();
		return 0;
	case XEN_MMUEXT_INVLPG:
	case XEN_MMUEXT_INVLPG_MULTI:
	case XEN_MMUEXT_INVLPG_ALL:
		invlpg(op.arg1);
		return 0;
	case XEN_MMUEXT_FLUSH_CACHE:
	case XEN_MMUEXT_FLUSH_CACHE_GLOBAL:
		if (!guest.dom0)
			return -EACCES;
		wbinvd();
		return 0;
	case XEN_MMUEXT_NEW_USER_BASEPTR:
		return -EINVAL;
	case XEN_MMUEXT_MARK_SUPER:
	case XEN_MMUEXT_UNMARK_SUPER:
		return -EOPNOTSUPP;
	default:
		return -ENOSYS;
	}
}

s32 hc_mmuext_op(struct call *c)
{
	return do_list(c, sizeof(struct xen_mmuext_op), 1, mmuext);
}
