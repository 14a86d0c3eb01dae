// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The domain builder: lays out and fills the memory that the guest begins
 * with, its first page tables, and its registers (xen-pv-abi 2). Its tables
 * are then validated like anybody's. `flavour` decides between the forms of
 * the two builders that guests know: Xen's own for dom0, and the tool stack's.
 */
#include <abi/xen/start_info.h>
#include <monitor/xen/build.h>
#include <monitor/xen/rings.h>

#define TABLE_FLAGS	0x67		/* P W U A D: of L2 and L3 entries */
#define PAGE_FLAGS	(PTE_P | PTE_W | PTE_A)

#define PADDING		0x80000		/* mapped behind all else, at least */
#define MAPPED_ALIGN	0x400000

#define PAGES(bytes)	(((u64)(bytes) + PAGE_SIZE - 1) >> PAGE_SHIFT)

/*
 * What lies where: PFNs, in the order in which they ascend but for the rings,
 * which dom0 has not, and the initrd, which need not be mapped.
 */
static struct layout {
	u32 initrd, p2m, start_info, store, console;
	u32 tables, table_count, stack;
	u32 mapped;		/* this many pages are */
	u32 boot;		/* and this many are needed */
	u32 pages;		/* the guest has in all */
	u32 mfn;		/* of PFN 0; those mapped are in a row */
} at;

static struct elf_image image;

static void *page(u32 pfn)
{
	return mfn_va(at.mfn + pfn);
}

static u32 va(u32 pfn)
{
	return image.base + (pfn << PAGE_SHIFT);
}

static bool initrd_is_mapped(void)
{
	return !elf_has(&image, XEN_ELFNOTE_MOD_START_PFN);
}

/* Tables that map the pages before `end`, and the empty L2s of both forms. */
static u32 tables_for(u64 end)
{
	u32 l1 = ((end - 1) >> 21) - (image.base >> 21) + 1;
	u32 l2 = options.domu ? 4 - (image.base >> 30) : 4;

	return 1 + l2 + l1;
}

/* The mapping has to hold the tables that it is made of. */
static void place_tables(u32 pfn)
{
	u64 end;

	at.tables = pfn;
	at.table_count = 0;
	do {
		at.table_count++;
		at.stack = pfn + at.table_count;
		end = ALIGN_UP(image.base + ((at.stack + 1ull) << PAGE_SHIFT) +
			       PADDING, MAPPED_ALIGN);
	} while (tables_for(end) > at.table_count);
	if (end > guest_top)
		panic("the kernel, its initrd and tables do not fit below %08x",
		      guest_top);
	at.mapped = (end - image.base) >> PAGE_SHIFT;
}

static void lay_out(void)
{
	u32 initrd_pages = PAGES(loaded.initrd.size);
	u64 p2m_pages = PAGES((u64)at.pages * 4), pfn;

	at.initrd = pfn = PAGES(image.end - image.base);
	pfn += initrd_is_mapped() ? initrd_pages : 0;
	at.p2m = pfn;
	pfn += p2m_pages;
	at.start_info = pfn++;
	if (options.domu) {
		at.store = pfn++;
		at.console = pfn++;
	}
	place_tables(pfn);
	at.boot = at.mapped;
	if (!initrd_is_mapped()) {
		at.initrd = at.mapped;
		at.boot += initrd_pages;
	}
}

/*
 * As many as were asked for, or what is left but for some to exchange. Those
 * that the modules leave come on top.
 */
static u32 choose_pages(void)
{
	u32 left = frames_left;

	if (!options.memory)
		return left - min(left / 16, 16384u);
	if (options.memory >> PAGE_SHIFT > left)
		panic("mem: %u KiB for the guest, but there are %u",
		      (u32)(options.memory >> 10), left * 4);
	return options.memory >> PAGE_SHIFT;
}

/* ---- contents ----------------------------------------------------------- */

static u32 new_frame(u32 pfn)
{
	u32 mfn = frame_alloc();

	if (mfn == ~0u)
		panic("no memory for page %u of %u of the guest", pfn, at.pages);
	if (options.domu)
		memset(mfn_va(mfn), 0, PAGE_SIZE);
	return mfn;
}

static void own(u32 pfn, u32 mfn)
{
	u32 *p2m = page(at.p2m);

	p2m[pfn] = mfn;
	m2p[mfn] = pfn;
}

/* An initrd that is not mapped lies in frames that are not in a row. */
static void load_initrd(void)
{
	const struct module *m = &loaded.initrd;
	u32 done = 0;

	if (initrd_is_mapped()) {
		memcpy(page(at.initrd), m->data, m->size);
		return;
	}
	for (u32 pfn = at.mapped; pfn < at.boot; pfn++, done += PAGE_SIZE) {
		u32 mfn = new_frame(pfn);

		own(pfn, mfn);
		memcpy(mfn_va(mfn), m->data + done,
		       min(m->size - done, (u32)PAGE_SIZE));
	}
}

/* The modules are needed no more once they are copied. */
static void fill_memory(void)
{
	at.mfn = frames_alloc_run(at.mapped, 1);
	if (at.mfn == ~0u)
		panic("no %u pages of memory in a row for the guest to begin in",
		      at.mapped);
	memset(page(0), 0, (u64)at.mapped << PAGE_SHIFT);
	for (u32 pfn = 0; pfn < at.mapped; pfn++)
		own(pfn, at.mfn + pfn);
	elf_load(&image, page(0));
	load_initrd();
	frames_release(loaded.kernel.start, loaded.kernel.size);
	frames_release(loaded.initrd.start, loaded.initrd.size);
	for (u32 pfn = at.boot; pfn < at.pages; pfn++)
		own(pfn, new_frame(pfn));
}

/* mov $nr, %eax; int $0x82; ret. To iret one jumps, with eax to be kept. */
static void fill_hypercall_page(void)
{
	static const u8 call[] = { 0xb8, 0, 0, 0, 0, 0xcd, 0x82, 0xc3 };
	static const u8 iret[] = { 0x50, 0xb8, XEN_NR_iret, 0, 0, 0, 0xcd, 0x82 };
	u32 to = image.number[XEN_ELFNOTE_HYPERCALL_PAGE] - image.base;
	u8 *slot;

	if (!elf_has(&image, XEN_ELFNOTE_HYPERCALL_PAGE))
		return;
	if (to > (at.mapped - 1) << PAGE_SHIFT)
		panic("HYPERCALL_PAGE %08x is not mapped at the start",
		      image.number[XEN_ELFNOTE_HYPERCALL_PAGE]);
	slot = (u8 *)page(0) + to;
	memset(slot, 0xcc, PAGE_SIZE);
	for (u32 nr = 0; nr < PAGE_SIZE / XEN_HYPERCALL_SLOT; nr++) {
		memcpy(slot, nr == XEN_NR_iret ? iret : call, sizeof(call));
		if (nr != XEN_NR_iret)
			slot[1] = nr;
		slot += XEN_HYPERCALL_SLOT;
	}
}

/* What describes the screen stays 0: the monitor knows of none. */
static void tell_dom0(struct xen_start_info *s)
{
	s->flags = XEN_SIF_PRIVILEGED | XEN_SIF_INITDOMAIN;
	s->console_mfn = XEN_CONSOLE_INFO;
	s->console_evtchn = XEN_CONSOLE_INFO_SIZE;
}

/* The monitor writes to the rings: they stay memory, come what may. */
static void start_rings(struct xen_start_info *s)
{
	s->store_mfn = at.mfn + at.store;
	s->console_mfn = at.mfn + at.console;
	frame_share(s->store_mfn);
	frame_share(s->console_mfn);
	rings_init(page(at.console), &s->console_evtchn, page(at.store),
		   &s->store_evtchn);
}

static void fill_start_info(void)
{
	struct xen_start_info *s = page(at.start_info);

	strlcpy(s->magic, XEN_START_MAGIC, sizeof(s->magic));
	s->nr_pages = at.pages;
	s->shared_info = guest.shared_mfn << PAGE_SHIFT;
	s->pt_base = va(at.tables);
	s->nr_pt_frames = at.table_count;
	s->mfn_list = va(at.p2m);
	strlcpy(s->cmd_line, loaded.kernel.words, sizeof(s->cmd_line));
	if (options.domu)
		start_rings(s);
	else
		tell_dom0(s);
	if (!loaded.initrd.data)
		return;
	s->mod_len = loaded.initrd.size;
	s->mod_start = va(at.initrd);
	if (!initrd_is_mapped()) {
		s->mod_start = at.initrd;
		s->flags |= XEN_SIF_MOD_START_PFN;
	}
}

/* ---- tables ------------------------------------------------------------- */

static u32 next_table;

static u64 entry(u32 pfn, u64 flags)
{
	return (u64)(at.mfn + pfn) << PAGE_SHIFT | flags;
}

static u64 *table(u64 above)
{
	return mfn_va(PTE_MFN(above));
}

static u64 *l2_of(u64 *l3, u32 slot)
{
	if (!l3[slot])
		l3[slot] = entry(next_table++, TABLE_FLAGS);
	return table(l3[slot]);
}

static bool is_table(u32 pfn)
{
	return pfn - at.tables < at.table_count;
}

/* The order of the tables is that of either builder: 2.3. */
static void build_tables(void)
{
	u64 *l3 = page(at.tables);

	next_table = at.tables + 1;
	for (u32 slot = image.base >> 30; options.domu && slot < 4; slot++)
		l2_of(l3, slot);
	for (u32 pfn = 0; pfn < at.mapped; pfn++) {
		u32 l2_index = va(pfn) >> 21 & 511, l1_index = va(pfn) >> 12 & 511;
		u32 flags = is_table(pfn) ? PAGE_FLAGS & ~PTE_W : PAGE_FLAGS;

		if (!pfn || !l1_index) {
			u64 l1 = entry(next_table++, TABLE_FLAGS);

			l2_of(l3, va(pfn) >> 30)[l2_index] = l1;
		}
		table(l2_of(l3, va(pfn) >> 30)[l2_index])[l1_index] =
			entry(pfn, flags);
	}
	for (u32 slot = 0; !options.domu && slot < 4; slot++)
		l2_of(l3, slot);
}

static void start_tables(void)
{
	u32 l3 = at.mfn + at.tables;
	s32 err = frame_use(l3, TYPE_L3);

	if (!err) {
		frames[l3].flags |= FRAME_PINNED;
		err = set_base(l3);
	}
	if (err)
		panic("the guest's first page tables are not valid: %d", err);
}

/* ---- start -------------------------------------------------------------- */

static void share_info(void)
{
	guest.shared = monitor_pages(1);
	guest.shared_mfn = mfn_of(guest.shared);
	guest.vcpu = guest.shared->vcpu;
	frame_share(guest.shared_mfn);
	for (u32 i = 0; i < ARRAY_SIZE(guest.shared->vcpu); i++)
		guest.shared->vcpu[i].mask = 1;
}

static void enter_at(struct regs *regs)
{
	*regs = (struct regs){
		.cs = GUEST_CS, .eip = image.entry,
		.ss = GUEST_DS, .esp = va(at.stack + 1),
		.esi = va(at.start_info), .eflags = EFLAGS_FIXED | EFLAGS_IF,
	};
	guest.kernel_ss = options.domu ? regs->ss : 0;
	guest.kernel_sp = options.domu ? regs->esp : 0;
	load_segments((u16 [4]){ GUEST_DS, GUEST_DS, GUEST_DS, GUEST_DS });
}

void build_guest(struct regs *regs)
{
	const char *why = elf_parse(&image, loaded.kernel.data,
				    loaded.kernel.size, !options.domu);

	if (why)
		panic("the kernel can not be started: %s", why);
	m2p_place(elf_has(&image, XEN_ELFNOTE_HV_START_LOW),
		  image.number[XEN_ELFNOTE_HV_START_LOW]);
	share_info();
	grant_init();
	at.pages = choose_pages();
	lay_out();
	if (at.pages < at.boot)
		panic("%u KiB are too little for the guest, which begins with %u",
		      at.pages * 4, at.boot * 4);
	fill_memory();
	fill_hypercall_page();
	build_tables();
	guest.dom0 = !options.domu;
	guest.domid = options.domu;
	guest.pages = at.pages;
	/* dom0 may have all that there is, as with Xen. */
	guest.max_pages = guest.dom0 ? frame_count : at.pages;
	guest.assist = image.extended_cr3 ? 1 << 3 : 0;
	fill_start_info();
	start_tables();
	enter_at(regs);
	if (options.verbosity)
		printk("monitor: guest of %u KiB, entry %08x, tables %08x, %s\n",
		       at.pages * 4, image.entry, va(at.tables),
		       guest.dom0 ? "dom0" : "domU");
}
