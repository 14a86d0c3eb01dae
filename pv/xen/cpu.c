// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Registers and descriptor tables. Xen has the real ones and changes them by
 * hypercalls. What a context switch loads waits in the list for its last step,
 * load_esp0, and goes to Xen only if it is new.
 */
#include <abi/xen/platform.h>
#include <abi/xen/trap.h>
#include <arch/desc.h>
#include <arch/trap.h>
#include <kernel/kernel.h>
#include <kernel/task.h>
#include <pv/pv.h>
#include <xen/hypercall.h>
#include <xen/traps.h>
#include <xen/xen.h>

/* Control registers: xen-pv-abi 2.1, 5.2. Of CR0 only TS may change. */
#define CR0_FIXED	0x80050033	/* PE MP ET NE WP AM PG */

u8 xen_ts;
static u8 ts;			/* as the kernel has set it */

u32 xen_read_cr0(void)
{
	return CR0_FIXED | (ts ? CR0_TS : 0);
}

/* Xen clears TS as it brings the trap; whoever handles that sets or clears it. */
void xen_write_cr0(u32 value)
{
	ts = !!(value & CR0_TS);
	if (ts != xen_ts) {
		xen_ts = ts;
		xen_queue(XEN_NR_fpu_taskswitch, ts, 0, 0, 0);
	}
}

void xen_clts(void)
{
	xen_write_cr0(0);
	xen_commit();
}

u32 xen_read_cr2(void)
{
	return xen_shared_info.vcpu[0].cr2;
}

static void check_debugreg(u32 n)
{
	if (n > 7 || n == 4 || n == 5)
		panic("xen: there is no debug register %u", n);
}

u32 xen_get_debugreg(u32 n)
{
	check_debugreg(n);
	return (u32)xen_call(XEN_NR_get_debugreg, n, 0, 0, 0);
}

void xen_set_debugreg(u32 n, u32 value)
{
	check_debugreg(n);
	xen_must(XEN_NR_set_debugreg, n, value, 0, 0);
}

/* With the prefix Xen answers, without the features that a guest can't have. */
void xen_cpuid(u32 leaf, u32 subleaf, u32 *out)
{
	asm volatile("xen_emulate:\n"
		     "	.byte " XEN_EMULATE_PREFIX "\n"
		     "	cpuid"
		     : "=a" (out[0]), "=b" (out[1]), "=c" (out[2]),
		       "=d" (out[3])
		     : "a" (leaf), "c" (subleaf) : "memory");
}

/* Xen refuses some registers that exist. They read as 0; a write is lost. */
#define MAY_REFUSE							\
	"2:\n"								\
	"	.pushsection .text.unlikely, \"ax\"\n"			\
	"3:	xor	%%eax, %%eax\n"					\
	"	xor	%%edx, %%edx\n"					\
	"	jmp	2b\n"						\
	"	.popsection\n"						\
	"	.pushsection .extable, \"a\"\n"				\
	"	.long	1b, 3b\n"					\
	"	.popsection"

u64 xen_rdmsr(u32 msr)
{
	u64 value;

	asm volatile("1:	rdmsr\n" MAY_REFUSE
		     : "=A" (value) : "c" (msr));
	return value;
}

void xen_wrmsr(u32 msr, u64 value)
{
	asm volatile("1:	wrmsr\n" MAY_REFUSE
		     : "+A" (value) : "c" (msr) : "memory");
}

/*
 * Descriptor tables: 5.1. A table that Xen uses is read-only for the guest. Xen
 * has a TSS and an LDT descriptor of its own, and refuses the kernel's.
 */
static const u64 *idt_in_use;

static bool is_system(u64 descriptor)
{
	return !(descriptor >> 40 & 0x10);
}

static void write_entry(u64 *table, u32 index, u64 entry)
{
	u64 at = xen_maddr(table + index);

	if (entry && is_system(entry))
		return;
	xen_queue(XEN_NR_update_descriptor, (u32)at, (u32)(at >> 32),
		  (u32)entry, (u32)(entry >> 32));
}

void xen_write_gdt_entry(u64 *table, u32 index, const u64 *entry)
{
	write_entry(table, index, *entry);
	xen_commit();
}

void xen_write_ldt_entry(u64 *table, u32 index, const u64 *entry)
{
	write_entry(table, index, *entry);
	xen_commit();
}

void xen_load_gdt(const struct desc_ptr *p)
{
	u32 mfn = xen_mfn((void *)p->base);

	xen_protect((void *)p->base);
	xen_commit();
	xen_must(XEN_NR_set_gdt, (u32)&mfn, (p->limit + 1) / 8, 0, 0);
}

void xen_set_ldt(const u64 *ldt, u32 entries)
{
	if (entries)
		xen_protect((void *)ldt);
	xen_queue_ext(XEN_MMUEXT_SET_LDT, (u32)ldt, entries);
}

void xen_load_tls(const u64 *tls)
{
	static u64 loaded[GDT_TLS_COUNT];

	for (u32 i = 0; i < GDT_TLS_COUNT; i++) {
		if (tls[i] == loaded[i])
			continue;
		loaded[i] = tls[i];
		write_entry(gdt, GDT_TLS + i, tls[i]);
	}
}

/* Xen has its own TSS. */
void xen_load_tr(u32 selector)
{
}

/*
 * Traps: 6.1. A gate has all that Xen needs to know, but three handlers of the
 * kernel give way to an entry of this folder. Task gates are left out: Xen
 * injects no double fault.
 */
u32 xen_entry(u32 vector, u64 gate)
{
	u32 handler = (u32)(gate >> 32 & 0xffff0000) | (u16)gate;

	if (vector >= ARRAY_SIZE(trap_stubs) || handler != trap_stubs[vector])
		return handler;
	return vector == TRAP_NMI ? (u32)xen_nmi :
	       vector == TRAP_NO_FPU ? (u32)xen_no_fpu :
	       vector == TRAP_PAGE_FAULT ? (u32)xen_page_fault : handler;
}

static void set_trap(u32 vector, u64 gate)
{
	u32 type = gate >> 40 & 0xf, dpl = gate >> 45 & 3;
	struct xen_trap_info traps[2] = { {
		.vector = vector,
		.flags = XEN_TRAP_DPL(dpl) |
			 (type == GATE_INTERRUPT ? XEN_TRAP_MASK_EVENTS : 0),
		.cs = XEN_KERNEL_CS,
		.address = xen_entry(vector, gate),
	} };

	if (type == GATE_INTERRUPT || type == GATE_TRAP)
		xen_must(XEN_NR_set_trap_table, (u32)traps, 0, 0, 0);
}

void xen_load_idt(const struct desc_ptr *p)
{
	const u64 *table = (const u64 *)p->base;

	for (u32 vector = 0; vector <= p->limit / 8u; vector++)
		set_trap(vector, table[vector]);
	idt_in_use = table;
}

void xen_write_idt_entry(u64 *table, u32 index, const u64 *gate)
{
	table[index] = *gate;
	if (table == idt_in_use)
		set_trap(index, *gate);
}

/* ---- the last step of a context switch ---------------------------------- */

/* The kernel in ring 1 needs level 1 for its ports: 5.3. start_xen sets it. */
static void set_iopl(u32 level)
{
	static u32 now = 1;

	level = max(level, 1u);
	if (level == now)
		return;
	now = level;
	xen_queue(XEN_NR_physdev_op, XEN_PHYSDEV_SET_IOPL, (u32)&now, 0, 0);
}

/* What the switch loaded before this waits in the list: one call for all. */
void xen_load_esp0(u32 esp0, u32 iopl)
{
	if (esp0 != tss.esp0) {
		tss.esp0 = esp0;
		xen_queue(XEN_NR_stack_switch, XEN_KERNEL_DS, esp0, 0, 0);
	}
	set_iopl(iopl);
	xen_commit();
}
