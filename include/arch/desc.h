/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors and the tables that hold them (arch/i386/desc.c). Intel SDM
 * volume 3, chapters 3 (segments), 6 (gates) and 7 (TSS).
 */
#ifndef ARCH_DESC_H
#define ARCH_DESC_H

#include <arch/cpu.h>

/* A segment descriptor. The limit is in units of 4 KiB if flags has G (8). */
#define DESC(base, limit, access, flags)				\
	((u64)((limit) & 0xffff) | (u64)((base) & 0xffffff) << 16 |	\
	 (u64)(access) << 40 | (u64)((limit) >> 16 & 0xf) << 48 |	\
	 (u64)(flags) << 52 | (u64)((base) >> 24 & 0xff) << 56)

#define DESC_PRESENT		0x80
#define DESC_DPL(n)		((n) << 5)
#define DESC_CODE		0x1b	/* readable, accessed */
#define DESC_DATA		0x13	/* writable, accessed */
#define DESC_LDT		0x02
#define DESC_TSS		0x09
#define DESC_G_32		0xc	/* 4 KiB units, 32 bit */

#define GATE_TASK		0x05
#define GATE_INTERRUPT		0x0e	/* interrupts off on entry */
#define GATE_TRAP		0x0f	/* interrupts as they were */
#define GATE(selector, handler, type, dpl)				\
	((u64)((handler) & 0xffff) | (u64)(selector) << 16 |		\
	 (u64)(DESC_PRESENT | DESC_DPL(dpl) | (type)) << 40 |		\
	 (u64)((handler) >> 16) << 48)

struct tss {
	u32 link, esp0, ss0, esp1, ss1, esp2, ss2, cr3;
	u32 eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
	u32 es, cs, ss, ds, fs, gs, ldt;
	u16 trap, io_bitmap;
};

extern u64 gdt[];
extern u64 idt[256];
extern struct tss tss;

/*
 * Loads another IDT, whose gates lead to stubs of so many bytes, and tells, so
 * many bytes apart, where each led to: what its gate says, or entry(). stubs NULL: the first IDT again.
 */
void idt_divert(const u8 *stubs, u32 bytes, void *handler,
		u32 (*entry)(u32 vector, u64 gate));
/* Builds and loads GDT, IDT and TSS, through operations. */
void desc_init(void);

#endif
