// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The patcher: rewrites the kernel's sites in place.
 *
 * Kernel text is never writable where it runs. The patcher writes through a
 * window at PATCH_VA, which maps the same frames writable and not executable.
 * Interrupts are off. Up to 8 bytes are written by one CMPXCHG8B, a longer site
 * by two. An NMI may come between those two, but no site longer than 8 bytes
 * lies on its way (scripts/check-core.sh), so it finds old bytes or new ones.
 *
 * The kernel is not pre-empted and sleeps in no operation. So no task is ever
 * stopped inside a site, a thunk or an operation's function, and a
 * wrapper can be installed in the same way: sites first, then the table.
 *
 * The patcher calls operations through the table, never through a site. It lies
 * between __pv_core_start and __pv_core_end, where core.c refuses sites.
 */
#include <kernel/irq.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/sections.h>
#include <pv/patch.h>
#include <pv/pv.h>

struct pv_text pv_text __ro_after_init;
struct pv_state pv_now = { PV_LEVEL_OFF, pv_impl };
struct pv_patch_stats pv_patch_stats;

static u32 window_page;		/* the text page seen at PATCH_VA; 0: none */

/* Two pages, since a site may cross from one to the next. page 0: none. */
static void window_move(u32 page)
{
	u64 entry = pa((void *)page) | PTE_P | PTE_W | PTE_A | PTE_D | pte_nx;
	u32 va = PATCH_VA;

	if (page == window_page)
		return;
	for (int i = 0; i < 2; i++, va += PAGE_SIZE, entry += PAGE_SIZE) {
		if (page)
			pv_ops.set_pte(kernel_pte(va), entry);
		else
			pv_ops.clear_pte(kernel_pte(va));
		pv_ops.flush_tlb_page(va);
	}
	window_page = page;
}

static void write_8(volatile u64 *p, u64 old, u64 new)
{
	u32 lo = (u32)new, hi = (u32)(new >> 32);

	asm volatile("cmpxchg8b %0"
		     : "+m" (*p), "+A" (old) : "b" (lo), "c" (hi)
		     : "cc", "memory");
}

/* At most 8 bytes, all at once. */
static void poke_word(u32 addr, const u8 *bytes, u32 len)
{
	union {
		u64 word;
		u8 byte[8];
	} old, new;
	volatile u64 *p;

	window_move(ALIGN_DOWN(addr, PAGE_SIZE));
	p = (volatile u64 *)(PATCH_VA + (addr & (PAGE_SIZE - 1)));
	old.word = new.word = *p;
	for (u32 i = 0; i < len; i++)
		new.byte[i] = bytes[i];
	write_8(p, old.word, new.word);
}

/* 8 bytes at a time. Read-only data is written through the window too. */
static void poke(u32 addr, const u8 *bytes, u32 len)
{
	u32 n;

	for (; len; len -= n, addr += n, bytes += n) {
		n = min(len, 8u);
		poke_word(addr, bytes, n);
	}
}

static void poke_site(u32 addr, const u8 *bytes, u32 len)
{
	poke(addr, bytes, len);
	pv_patch_stats.pokes++;
}

/* The promises and the table follow the sites: both are read-only data. */
static void install(const struct pv_impl *impl)
{
	u32 slots[PV_OPS];

	for (int op = 0; op < PV_OPS; op++)
		slots[op] = impl[op].fn;
	poke((u32)pv_impl, (const u8 *)impl, sizeof(pv_impl));
	poke((u32)&pv_ops, (const u8 *)slots, sizeof(slots));
}

static struct pv_fault repatch(enum pv_level level, const struct pv_impl *impl)
{
	const struct pv_state to = { level, impl };
	u32 flags = pv_ops.save_fl(), nmis;
	struct pv_fault fault;
	u32 serialize[4];
	u64 start;

	pv_ops.irq_disable();
	start = pv_ops.rdtsc();
	nmis = irq_count[IRQ_NMI];
	fault = pv_apply(&pv_text, &pv_now, &to, poke_site,
			 &pv_patch_stats.changed);
	if (fault.error == PV_OK) {
		if (impl != pv_impl)
			install(impl);
		pv_now.level = level;
		pv_patch_stats.passes++;
	}
	window_move(0);
	/*
	 * The bytes changed at another address than where they run. Before
	 * they run the CPU must execute a serialising instruction (Intel SDM
	 * volume 3, self-modifying code): CPUID is one.
	 */
	pv_ops.cpuid(0, 0, serialize);
	pv_patch_stats.nmis += irq_count[IRQ_NMI] - nmis;
	pv_patch_stats.cycles = pv_ops.rdtsc() - start;
	pv_ops.restore_fl(flags);
	return fault;
}

struct pv_fault pv_set_level(enum pv_level level)
{
	return repatch(level, pv_impl);
}

struct pv_fault pv_set_impl(const struct pv_impl impl[PV_OPS])
{
	return repatch(pv_now.level, impl);
}

/* The text as linked, before the first patch; read-only from then on. */
static const u8 *__init keep_linked(void)
{
	u32 bytes = __init_text_end - __text_start;
	u8 *copy = early_alloc(bytes);

	if (!copy)
		panic("memory: not enough for a copy of the text");
	memcpy(copy, __text_start, bytes);
	kernel_set_flags(copy, copy + bytes,
			 PTE_P | PTE_A | PTE_D | PTE_G | pte_nx);
	flush_tlb_all();
	return copy;
}

#define RANGE(from, to)	{ (u32)from, (u32)to, from }

void __init pv_patch_kernel(void)
{
	u32 forms[PV_FORMS];
	struct pv_fault fault;
	struct pv_range text = RANGE(__text_start, __init_text_end);

	pv_sort_sites(__pv_sites, __pv_sites_end - __pv_sites);
	pv_text = (struct pv_text){
		.live = text,
		.linked = { text.start, text.end, keep_linked() },
		.native = (struct pv_range)RANGE(__pv_native, __pv_native_end),
		.thunks = (struct pv_range)RANGE(__pv_thunks, __pv_thunks_end),
		.core = (struct pv_range)RANGE(__pv_core_start, __pv_core_end),
		.slots = (u32)&pv_ops,
		.sites = __pv_sites,
		.count = __pv_sites_end - __pv_sites,
	};
	fault = pv_set_level(pv_boot_level);
	if (fault.error == PV_OK)
		fault = pv_verify(&pv_text, &pv_now, forms);
	if (fault.error != PV_OK)
		panic("pv: site %x: %s", fault.addr,
		      pv_error_name[fault.error]);
	printk("pv: %u sites: %u inlined, %u direct, %u by thunk, %u erased, "
	       "%u indirect\n", pv_text.count, forms[PV_INLINED],
	       forms[PV_DIRECT], forms[PV_THUNKED], forms[PV_ERASED],
	       forms[PV_INDIRECT]);
}

void __init pv_drop_sites(u32 start)
{
	while (pv_text.count && __pv_sites[pv_text.count - 1].addr >= start)
		pv_text.count--;
	pv_text.live.end = pv_text.linked.end = start;
}
