/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the ROM of the VMI face and the monitor inside it share: the hidden
 * memory. POST takes it at the top of RAM (rom/hide.c). The image is at its
 * start, as long as a 2 MiB page at most; these pages are at its end, T first;
 * all between is the monitor's to give out.
 *
 * T is where the CPU is while it changes between the client's paging and the
 * monitor's: rom/launch.S.
 */
#ifndef MONITOR_VMI_LAUNCH_H
#define MONITOR_VMI_LAUNCH_H

/* Pages from T on. */
#define T_PD		0x1000		/* two levels: every page is T */
#define T_PT		0x2000
#define T_PAE_L3	0x3000		/* three levels: every page is T */
#define T_PAE_L2	0x4000
#define T_PAE_L1	0x5000
#define T_L4		0x6000		/* 64-bit: T and the image where they are, */
#define T_L3		0x7000		/* and the image where it is linked */
#define T_L2		0x8000
#define T_IMAGE_L2	0x9000
#define T_LEAVE		0xa000		/* the client's tables, and T: 3 pages */
#define T_GDT		0xd000		/* the rest of it: T_GDT_HIGH */
#define T_GDT_HIGH	0x1b000
#define T_SIZE		0x20000

/*
 * The table that T begins with is its IDT, with gates for vector 2, and while
 * every page is T a GDT too. Then comes its GDT, which has four selectors: the
 * other two are also the monitor's, so that an NMI may come between loading one
 * and the other.
 */
#define T_CS32		8
#define T_DS32		56
#define T_CS64		0xe008		/* MONITOR_CS */
#define T_DS		0xe010		/* MONITOR_DS */
#define T_GATE32	16
#define T_GATE64	32
#define T_LEAVE_IDT	(T_GDT + 0xf00)	/* the same for the way back */

/* In T. A client's stack is where its offset in a page is, modulo T_HALF. */
#define T_HALF		0x800
#define T_LANDING	0x600		/* and T_HALF behind that */
#define T_CODE_END	0x640
#define T_STATE		0x800		/* struct vmi_state */
#define T_STACK		0xe00

/* What struct trampoline and struct vmi_state have where. */
#define T_NMIS		64
#define T_GDTR		68
#define T_IDTR		78
#define T_LEAVE_IDTR	88
#define T_LEAVE_CR3	98
#define T_LAUNCHES	110
#define S_GDTR		0
#define S_IDTR		6
#define S_TR		12
#define S_CR0		16
#define S_CR2		20
#define S_CR4		24
#define S_EFER		32
#define S_DR		40
#define S_CR3		72		/* struct task_state */
#define S_EIP		76
#define S_EFLAGS	80
#define S_EAX		84		/* then as POPA wants them */
#define S_ESP		100
#define S_ES		116		/* then CS, SS, DS, FS, GS */
#define S_CS		120
#define S_LDT		140
#define S_ROM		144

#ifndef __ASSEMBLY__
#include <monitor/vmi/shared.h>

/* Entries of the tables for the way. */
#define TABLE			(PTE_P | PTE_W | PTE_A)
#define PAGE			(TABLE | PTE_D)

/* As LGDT and LIDT take it, in either mode. */
struct table_register {
	u16 limit;
	u64 base;
} __packed;

struct trampoline {
	u64 table[8];		/* IDT and GDT */
	u32 nmis;		/* that came here: the client's */
	struct table_register gdtr, idtr, leave_idtr;
	u32 leave_cr3;
	u32 image, size;	/* hidden memory: physical address, bytes */
	u32 launches;
	u16 nmi32, nmi64, leave_nmi, leave64;	/* code: offsets in T */
	s32 iret, note, note_end, facts;	/* of the ROM: from launch_block on */
} __packed;

/* The part of a TSS that a task switch saves and loads. Intel SDM volume 3, 7.2. */
struct task_state {
	u32 cr3, eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
	u32 es, cs, ss, ds, fs, gs, ldt;
};

/* The client's state: at VMI_Init, and what it gets when the monitor leaves. */
struct vmi_state {
	struct table_pointer gdtr, idtr;
	u16 tr, pad;
	u32 cr0, cr2, cr4, pad2;
	u64 efer;
	u32 dr[8];		/* but 4 and 5 */
	struct task_state task;
	u32 rom;		/* where the client has the code of launch.S */
};

#define AT(type, field, offset) \
	_Static_assert(offsetof(struct type, field) == offset, #field)
AT(trampoline, nmis, T_NMIS);
AT(trampoline, gdtr, T_GDTR);
AT(trampoline, leave_idtr, T_LEAVE_IDTR);
AT(trampoline, leave_cr3, T_LEAVE_CR3);
AT(trampoline, launches, T_LAUNCHES);
AT(vmi_state, cr0, S_CR0);
AT(vmi_state, dr, S_DR);
AT(vmi_state, task.eip, S_EIP);
AT(vmi_state, task.es, S_ES);
AT(vmi_state, rom, S_ROM);
#undef AT

#endif
#endif
