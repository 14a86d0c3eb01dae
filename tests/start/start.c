// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest that compares all that it finds at its first instruction with
 * xen-pv-abi 2, and says in KTAP what is not so. It runs as dom0, also on the
 * real Xen, and as domU, where it talks by its rings. Its initrd has lines that
 * count: "0000000\n", "0000001\n".
 */
#include <abi/xen/event.h>
#include <abi/xen/hypercall.h>
#include <abi/xen/mmu.h>
#include <abi/xen/platform.h>
#include <abi/xen/rings.h>
#include <abi/xen/shared_info.h>
#include <abi/xen/start_info.h>
#include <abi/xen/trap.h>
#include <abi/xen/vcpu.h>
#include <arch/page.h>
#include <kernel/kernel.h>
#include <kernel/platform.h>

#define M2P_END		0xffe00000
#define PADDING		0x80000

extern u8 base[], kernel_end[], hypercall_page[];
extern u32 registers[14];
static const struct xen_start_info *start;
static u32 failures;
static u8 zero[3 * PAGE_SIZE];
static u8 window[PAGE_SIZE] __aligned(PAGE_SIZE);

static s32 hypercall(u32 nr, u32 a, u32 b, u32 c, u32 d)
{
	s32 result;

	asm volatile("int $0x82"
		     : "=a" (result), "+b" (a), "+c" (b), "+d" (c), "+S" (d)
		     : "0" (nr) : "edi", "memory");
	return result;
}
#define CALL(name, a, b, c, d) \
	hypercall(XEN_NR_##name, (u32)(a), (u32)(b), (u32)(c), (u32)(d))

/* ---- what is where ------------------------------------------------------ */

static bool dom0(void)
{
	return start->flags & XEN_SIF_INITDOMAIN;
}

static u32 pfn_of(u32 va)
{
	return (va - (u32)base) >> PAGE_SHIFT;
}

static u32 va_of(u32 pfn)
{
	return (u32)base + (pfn << PAGE_SHIFT);
}

static const u32 *p2m(void)
{
	return (const u32 *)start->mfn_list;
}

static u32 m2p_start(void)
{
	u32 at = 0;

	CALL(xen_version, XEN_PLATFORM_PARAMETERS, &at, 0, 0);
	return at;
}

static u32 pfn_of_mfn(u32 mfn)
{
	return ((const u32 *)m2p_start())[mfn];
}

/* The table that an entry names: all are mapped. */
static const u64 *table(u64 entry)
{
	return (const u64 *)va_of(pfn_of_mfn(entry >> PAGE_SHIFT));
}

static const u64 *l3(void)
{
	return (const u64 *)start->pt_base;
}

static bool unmapped_initrd(void)
{
	return start->flags & XEN_SIF_MOD_START_PFN;
}

static u32 stack_top(void)
{
	return start->pt_base + (start->nr_pt_frames + 1) * PAGE_SIZE;
}

static u32 mapped_end(void)
{
	return ALIGN_UP(stack_top() + PADDING, 0x400000);
}

/* ---- words -------------------------------------------------------------- */

static void ring_write(const char *s, u32 len)
{
	struct xen_console_ring *r = (void *)va_of(pfn_of_mfn(start->console_mfn));
	u32 port = start->console_evtchn;

	for (u32 i = 0; i < len; i++)
		r->out[r->out_prod++ % sizeof(r->out)] = s[i];
	CALL(event_channel_op, XEN_EVENT_SEND, &port, 0, 0);
}

static void say(const char *format, ...)
{
	char text[200];
	va_list args;
	u32 len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (dom0())
		CALL(console_io, XEN_CONSOLE_WRITE, len, text, 0);
	else
		ring_write(text, len);
}

/* For %pS, which nothing here prints. */
const char *kallsyms_find(u32 addr, u32 *offset)
{
	return NULL;
}

static bool check(bool ok, const char *what)
{
	if (!ok && ++failures < 10)
		say("# not so: %s\n", what);
	return ok;
}

static void equal(u64 got, u64 want, const char *what)
{
	if (!check(got == want, what) && failures < 10)
		say("#   is %llx, should be %llx\n", got, want);
}
#define CHECK(cond)	check(cond, #cond)
#define EQ(got, want)	equal((u32)(got), (u32)(want), #got " == " #want)
#define EQ64(got, want)	equal(got, want, #got " == " #want)

/* ---- tests -------------------------------------------------------------- */

static void cpu(void)
{
	for (u32 i = 0; i < 6; i++)
		EQ(registers[i], 0);
	EQ(registers[6], stack_top());
	EQ(registers[7], 0x202);
	EQ(registers[8] & 0xffff, XEN_KERNEL_CS);
	for (u32 i = 9; i < 14; i++)
		EQ(registers[i] & 0xffff, XEN_KERNEL_DS);
}

/* Page by page, with no gap. */
static void layout(void)
{
	u32 at = ALIGN_UP((u32)kernel_end, PAGE_SIZE);

	CHECK(!strcmp(start->magic, XEN_START_MAGIC));
	CHECK(strchr(start->cmd_line, '!'));
	if (!unmapped_initrd()) {
		EQ(start->mod_start, at);
		at = ALIGN_UP(at + start->mod_len, PAGE_SIZE);
	} else {
		EQ(start->mod_start, pfn_of(mapped_end()));
	}
	EQ(start->mfn_list, at);
	at = ALIGN_UP(at + start->nr_pages * 4, PAGE_SIZE);
	EQ(start, at);
	at += PAGE_SIZE;
	if (!dom0()) {
		EQ(va_of(pfn_of_mfn(start->store_mfn)), at);
		EQ(va_of(pfn_of_mfn(start->console_mfn)), at + PAGE_SIZE);
		at += 2 * PAGE_SIZE;
	}
	EQ(start->pt_base, at);
	EQ(start->shared_info % PAGE_SIZE, 0);
	CHECK(start->nr_pages >= pfn_of(mapped_end()));
	for (u32 i = 0; i < sizeof(zero); i++)
		if (!CHECK(!zero[i]))
			break;
}

/* Of a screen, if one is told of. */
static void screen(void)
{
	const struct xen_text_screen *s = (const void *)((const u8 *)start +
							 start->console_mfn);

	EQ(start->console_mfn, XEN_CONSOLE_INFO);
	EQ(start->console_evtchn, XEN_CONSOLE_INFO_SIZE);
	EQ(start->store_mfn | start->store_evtchn, 0);
	EQ(start->flags & 0xff & ~XEN_SIF_MOD_START_PFN,
	   XEN_SIF_PRIVILEGED | XEN_SIF_INITDOMAIN);
	CHECK(!s->type || (s->type == XEN_SCREEN_TEXT && s->rows == 25 &&
			   s->columns == 80));
}

static s32 pin(u32 cmd, u32 va)
{
	u32 op[3] = { cmd, p2m()[pfn_of(va)] };

	return CALL(mmuext_op, op, 1, 0, XEN_DOMID_SELF);
}

/* Who writes to a page from outside has a use of it: it never is a table. */
static void stays_memory(u32 va)
{
	u64 entry = (u64)p2m()[pfn_of(va)] << PAGE_SHIFT | PTE_P;

	EQ(CALL(update_va_mapping, va, (u32)entry, entry >> 32,
		XEN_UVMF_INVLPG), 0);
	EQ(pin(XEN_MMUEXT_PIN_L1, va), -EINVAL);
	EQ(CALL(update_va_mapping, va, (u32)entry | 0x22, entry >> 32,
		XEN_UVMF_INVLPG), 0);
}

static void rings(void)
{
	const u32 *store = (const void *)va_of(pfn_of_mfn(start->store_mfn));
	u32 ports[] = { start->store_evtchn, start->console_evtchn };

	EQ(start->flags & ~XEN_SIF_MOD_START_PFN, 0);
	CHECK(ports[0] != ports[1]);
	for (u32 i = 0; i < 2; i++) {
		struct xen_event_status s = {
			.domain = XEN_DOMID_SELF, .port = ports[i],
		};

		EQ(CALL(event_channel_op, XEN_EVENT_STATUS, &s, 0, 0), 0);
		EQ(s.status, XEN_PORT_INTERDOMAIN);
	}
	stays_memory((u32)store);
	stays_memory((u32)store + PAGE_SIZE);
	for (u32 i = 0; i < PAGE_SIZE / 4; i++)
		if (!CHECK(!store[i]))
			break;
}

static void console(void)
{
	if (dom0())
		screen();
	else
		rings();
}

static void frame_lists(void)
{
	bool high = unmapped_initrd();	/* of that form, both are */
	u32 wrong = 0;

	EQ(m2p_start(), high ? M2P_END - 0x200000 : XEN_M2P_BASE);
	for (u32 pfn = 0; pfn < start->nr_pages; pfn++)
		wrong += pfn_of_mfn(p2m()[pfn]) != pfn;
	EQ(wrong, 0);
}

/* A page of the initrd, which need not be mapped. */
static const void *page_at(u32 pfn)
{
	if (!unmapped_initrd())
		return (const void *)va_of(pfn);
	EQ(CALL(update_va_mapping, window, p2m()[pfn] << PAGE_SHIFT | 1,
		p2m()[pfn] >> 20, XEN_UVMF_INVLPG), 0);
	return window;
}

static void initrd(void)
{
	u32 pfn = unmapped_initrd() ? start->mod_start : pfn_of(start->mod_start);
	const char *page = NULL;
	char want[16];

	CHECK(start->mod_len > 2 * PAGE_SIZE);
	for (u32 at = 0; at < start->mod_len; at += 8) {
		if (at % PAGE_SIZE == 0)
			page = page_at(pfn + at / PAGE_SIZE);
		snprintf(want, sizeof(want), "%07u\n", at / 8);
		if (!CHECK(!memcmp(page + at % PAGE_SIZE, want, 8)))
			break;
	}
}

/* ---- tables ------------------------------------------------------------- */

static u32 next;		/* page in which the next table is expected */

static void expect_table(u64 entry)
{
	EQ64(entry, (u64)p2m()[next] << PAGE_SHIFT | 0x67);
	next++;
}

static void expect_l1(const u64 *t, u32 va)
{
	for (u32 i = 0; i < 512; i++, va += PAGE_SIZE) {
		u32 pfn = pfn_of(va), first = pfn_of(start->pt_base);
		bool is_table = pfn - first < start->nr_pt_frames;
		u64 want = (u64)p2m()[pfn] << PAGE_SHIFT | 0x23;

		if (va - (u32)base >= mapped_end() - (u32)base)
			want = 0;
		else if (is_table)
			want &= ~(u64)PTE_W;
		if (va != (u32)window && failures < 5)
			EQ64(t[i] & ~(u64)PTE_D, want);
	}
}

static void expect_l2(const u64 *t, u32 va)
{
	u32 end = va >> 30 == 3 ? L2_INDEX(m2p_start()) : 512;

	for (u32 i = 0; i < end; i++, va += L2_SPAN)
		if (va - (u32)base < mapped_end() - (u32)base)
			expect_l1(table(t[i]), va);
		else
			EQ64(t[i], 0);
}

/* In the order in which either builder takes their pages. */
static void tables(void)
{
	u32 home = (u32)base >> 30, first = (u32)base >> 21 & 511;
	u32 used = (mapped_end() - (u32)base) / L2_SPAN;

	next = pfn_of(start->pt_base) + 1;
	for (u32 i = home; !dom0() && i < 4; i++)
		expect_table(l3()[i]);
	for (u32 i = 0; i < used; i++) {
		expect_table(table(l3()[home])[first + i]);
		if (dom0() && !i)
			expect_table(l3()[home]);
	}
	for (u32 i = 0; dom0() && i < 4; i++)
		if (i != home)
			expect_table(l3()[i]);
	EQ(next, pfn_of(start->pt_base) + start->nr_pt_frames);
	for (u32 i = 0; i < 4; i++)
		if (l3()[i])
			expect_l2(table(l3()[i]), i << 30);
	for (u32 i = 4; i < 512; i++)
		EQ64(l3()[i], 0);
}

static void pinned(void)
{
	EQ(pin(XEN_MMUEXT_UNPIN, start->pt_base + PAGE_SIZE), -EINVAL);
	EQ(pin(XEN_MMUEXT_UNPIN, start->pt_base), 0);
	EQ(pin(XEN_MMUEXT_PIN_L3, start->pt_base), 0);
}

static void call_page(void)
{
	static const u8 call[] = { 0xb8, 0, 0, 0, 0, 0xcd, 0x82, 0xc3, 0xcc };
	static const u8 iret[] = { 0x50, 0xb8, 23, 0, 0, 0, 0xcd, 0x82, 0xcc };

	for (u32 nr = 0; nr < 56; nr++) {
		const u8 *slot = hypercall_page + nr * XEN_HYPERCALL_SLOT;
		u8 want[sizeof(call)];

		memcpy(want, nr == 23 ? iret : call, sizeof(want));
		if (nr != 23)
			want[1] = nr;
		CHECK(!memcmp(slot, want, sizeof(want)));
	}
}

/* Ports start unmasked, upcalls masked; the clock runs. */
static void shared(void)
{
	static u8 page[PAGE_SIZE] __aligned(PAGE_SIZE);
	const struct xen_shared_info *s = (const void *)page;

	EQ(CALL(update_va_mapping, page, start->shared_info | 0x63, 0,
		XEN_UVMF_INVLPG), 0);
	for (u32 i = 0; i < 32; i++)
		EQ(s->vcpu[i].mask, 1);
	for (u32 i = 0; i < XEN_EVENT_PORTS / 32; i++)
		EQ(s->mask[i], 0);
	CHECK(s->vcpu->time.mul && !(s->vcpu->time.version & 1));
	CHECK(s->wall.sec > 1000000000);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "registers", cpu }, { "layout", layout }, { "console", console },
	{ "frame lists", frame_lists }, { "tables", tables },
	{ "the pin", pinned }, { "hypercall page", call_page },
	{ "initrd", initrd }, { "shared page", shared },
};

static void __noreturn finish(u32 failed)
{
	u32 level = 1, reason = failed ? XEN_SHUTDOWN_CRASH :
				XEN_SHUTDOWN_POWEROFF;

	if (dom0()) {
		CALL(physdev_op, XEN_PHYSDEV_SET_IOPL, &level, 0, 0);
		asm volatile("outl %0, %w1"
			     : : "a" (failed ? STATUS_TESTS_FAILED : STATUS_OK),
				 "Nd" (0xf4));
	}
	for (;;)
		CALL(sched_op, XEN_SCHED_SHUTDOWN, &reason, 0, 0);
}

void __noreturn main(const struct xen_start_info *info);
void main(const struct xen_start_info *info)
{
	u32 failed = 0;

	start = info;
	say("KTAP version 1\n1..%u\n", ARRAY_SIZE(tests));
	for (u32 i = 0; i < ARRAY_SIZE(tests); i++) {
		failures = 0;
		tests[i].run();
		failed += failures != 0;
		say("%sok %u - %s\n", failures ? "not " : "", i + 1,
		    tests[i].name);
	}
	finish(failed);
}
