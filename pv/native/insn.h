/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bare instructions: what each operation is on hardware, as an inline
 * function native_NAME. The unhooked build (PV_OFF) uses them directly; the
 * table's functions (setup.c) are made from them. Operations that take more
 * than a few instructions are declared here and stand in cpu.c, mmu.c, time.c.
 *
 * Besides here a sensitive instruction stands only in pv/xen/, in early boot,
 * and where scripts/audit.except says why: `make audit`.
 */
#ifndef PV_NATIVE_INSN_H
#define PV_NATIVE_INSN_H

#include <arch/desc.h>
#include <arch/page.h>

#define NATIVE __inline_always

/* Interrupt flag. */
NATIVE u32 native_save_fl(void)
{
	u32 flags;

	asm volatile("pushf\n\tpop %0" : "=r" (flags));
	return flags;
}

NATIVE void native_restore_fl(u32 flags)
{
	asm volatile("push %0\n\tpopf" : : "r" (flags) : "memory", "cc");
}

NATIVE void native_irq_disable(void)
{
	asm volatile("cli" : : : "memory");
}

NATIVE void native_irq_enable(void)
{
	asm volatile("sti" : : : "memory");
}

NATIVE void native_safe_halt(void)
{
	asm volatile("sti\n\thlt" : : : "memory");
}

NATIVE void native_halt(void)
{
	asm volatile("hlt" : : : "memory");
}

/* Control registers. */
#define NATIVE_CR(n)							\
NATIVE u32 native_read_cr##n(void)					\
{									\
	u32 value;							\
									\
	asm volatile("mov %%cr" #n ", %0" : "=r" (value));		\
	return value;							\
}									\
NATIVE void native_write_cr##n(u32 value)				\
{									\
	asm volatile("mov %0, %%cr" #n : : "r" (value) : "memory");	\
}
NATIVE_CR(0)
NATIVE_CR(2)
NATIVE_CR(3)
NATIVE_CR(4)

NATIVE void native_clts(void)
{
	asm volatile("clts" : : : "memory");
}

NATIVE void native_cpuid(u32 leaf, u32 subleaf, u32 *out)
{
	asm volatile("cpuid"
		     : "=a" (out[0]), "=b" (out[1]), "=c" (out[2]),
		       "=d" (out[3])
		     : "a" (leaf), "c" (subleaf) : "memory");
}

NATIVE u64 native_rdmsr(u32 msr)
{
	u64 value;

	asm volatile("rdmsr" : "=A" (value) : "c" (msr));
	return value;
}

NATIVE void native_wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c" (msr), "A" (value) : "memory");
}

NATIVE u64 native_rdtsc(void)
{
	u64 value;

	asm volatile("rdtsc" : "=A" (value));
	return value;
}

NATIVE void native_wbinvd(void)
{
	asm volatile("wbinvd" : : : "memory");
}

u32 native_get_debugreg(u32 n);
void native_set_debugreg(u32 n, u32 value);
void native_iret(void);

/* Segments. */
NATIVE void native_load_gdt(const struct desc_ptr *p)
{
	asm volatile("lgdt %0" : : "m" (*p) : "memory");
}

NATIVE void native_load_idt(const struct desc_ptr *p)
{
	asm volatile("lidt %0" : : "m" (*p) : "memory");
}

NATIVE void native_load_tr(u32 selector)
{
	asm volatile("ltr %w0" : : "r" (selector) : "memory");
}

NATIVE void native_store_gdt(struct desc_ptr *p)
{
	asm volatile("sgdt %0" : "=m" (*p));
}

NATIVE void native_store_idt(struct desc_ptr *p)
{
	asm volatile("sidt %0" : "=m" (*p));
}

NATIVE u32 native_store_ldt(void)
{
	u32 selector;

	asm volatile("sldt %0" : "=r" (selector));
	return selector;
}

NATIVE u32 native_store_tr(void)
{
	u32 selector;

	asm volatile("str %0" : "=r" (selector));
	return selector;
}

NATIVE void native_load_esp0(u32 esp0)
{
	tss.esp0 = esp0;
}

/* IRET restores the I/O privilege of a task with the rest of its flags. */
NATIVE void native_set_iopl(const struct task *task)
{
}

void native_write_entry(u64 *table, u32 index, const u64 *entry);
#define native_write_gdt_entry	native_write_entry
#define native_write_idt_entry	native_write_entry
#define native_write_ldt_entry	native_write_entry
void native_load_tls(const u64 *tls);
void native_set_ldt(const u64 *ldt, u32 entries);

/* Port I/O. */
#define NATIVE_IO(suffix, type, reg)					\
NATIVE type native_in##suffix(u32 port)					\
{									\
	type value;							\
									\
	asm volatile("in" #suffix " %w1, %" reg "0"			\
		     : "=a" (value) : "d" (port));			\
	return value;							\
}									\
NATIVE void native_out##suffix(u32 value, u32 port)			\
{									\
	asm volatile("out" #suffix " %" reg "0, %w1"			\
		     : : "a" (value), "d" (port));			\
}									\
NATIVE void native_ins##suffix(void *to, u32 port, u32 count)		\
{									\
	asm volatile("rep ins" #suffix : "+D" (to), "+c" (count)	\
		     : "d" (port) : "memory");				\
}									\
NATIVE void native_outs##suffix(const void *from, u32 port, u32 count)	\
{									\
	asm volatile("rep outs" #suffix : "+S" (from), "+c" (count)	\
		     : "d" (port) : "memory");				\
}
NATIVE_IO(b, u8, "b")
NATIVE_IO(w, u16, "w")
NATIVE_IO(l, u32, "k")

/* A write to the POST port takes about a microsecond on a real bus. */
NATIVE void native_io_delay(void)
{
	asm volatile("outb %%al, $0x80" : : : "memory");
}

/*
 * Page tables. The half with the present bit is written last when an entry
 * appears and first when it goes: the CPU never walks a mixture.
 */
NATIVE u64 native_get_pte(const pte_t *p)
{
	u32 lo, hi;

	asm inline volatile("mov (%2), %0\n\tmov 4(%2), %1"
			    : "=&r" (lo), "=r" (hi)
			    : "r" (p) : "memory");
	return lo | (u64)hi << 32;
}

NATIVE u32 native_pte_frame(const pte_t *p)
{
	u32 frame;

	asm inline volatile("mov (%1), %0\n\tand $~0xfff, %0"
			    : "=r" (frame) : "r" (p) : "memory");
	return frame;
}

NATIVE void native_set_pte(pte_t *p, u64 value)
{
	asm inline volatile("movl %2, 4(%0)\n\tmovl %1, (%0)"
			    : : "r" (p), "r" ((u32)value), "r" ((u32)(value >> 32))
			    : "memory");
}

NATIVE void native_clear_pte(pte_t *p)
{
	asm inline volatile("andl $0, (%0)\n\tandl $0, 4(%0)"
			    : : "r" (p) : "memory");
}

/* All tables lie below 4 GiB, and only L1 entries carry NX. */
NATIVE void native_set_l2(pte_t *p, u32 value)
{
	asm inline volatile("movl $0, 4(%0)\n\tmovl %1, (%0)"
			    : : "r" (p), "r" (value) : "memory");
}

#define native_modify_pte	native_set_pte
#define native_set_l3		native_set_l2
#define native_mm_activate	native_write_cr3

NATIVE void native_flush_tlb_page(u32 va)
{
	asm volatile("invlpg (%0)" : : "r" (va) : "memory");
}

NATIVE u32 native_flush_tlb_user(void)
{
	u32 cr3 = native_read_cr3();

	native_write_cr3(cr3);
	return cr3;
}

void native_flush_tlb_all(void);

/* Nobody but the CPU looks at page tables, and no write is ever delayed. */
NATIVE void native_alloc_l1(pte_t *parent, u32 value) { }
NATIVE void native_alloc_l2(pte_t *parent, u32 value) { }
NATIVE void native_alloc_l3(pte_t *table) { }
NATIVE void native_release_l1(pte_t *table) { }
NATIVE void native_release_l2(pte_t *table) { }
NATIVE void native_release_l3(pte_t *table) { }
NATIVE void native_mm_dup(struct mm *mm) { }
NATIVE void native_mm_exit(struct mm *mm) { }
NATIVE void native_lazy_mmu_begin(void) { }
NATIVE void native_lazy_mmu_end(void) { }
NATIVE void native_lazy_cpu_begin(void) { }
NATIVE void native_lazy_cpu_end(void) { }

/* Time and platform: time.c, irq.c, setup.c. */
u64 native_clock_ns(void);
void native_alarm_set(u64 when_ns);
void native_alarm_cancel(void);
u64 native_wall_clock(void);
u64 native_steal_ns(void);
void native_memory_map(struct memory_map *map);
void native_console_write(const char *s, u32 len);
u32 native_console_read(char *buf, u32 len);
void native_start_irqs(void);
void native_start_clock(void);
void native_shutdown(u32 how, u32 status);

#endif
