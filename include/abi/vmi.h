/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VMI, the interface between an i386 kernel and an option ROM that stands for
 * the hypervisor: API 3.0 as Linux 2.6.21 to 2.6.36 used it. Numbers of
 * sections are those of vmi-abi. Arguments are in EAX, EDX, ECX, then on the
 * stack, as of a C function with regparm(3); results in EAX or EDX:EAX.
 */
#ifndef ABI_VMI_H
#define ABI_VMI_H

/* Where ROMs may stand, physical: 1.1. */
#define VMI_ROM_START		0xc0000
#define VMI_ROM_END		0xe0000
#define VMI_ROM_STEP		0x800
#define VMI_ROM_BLOCK		512		/* unit of lengths */

/* 1.2, 1.3 */
#define VMI_OPTION_ROM		0xaa55
#define VMI_SIGNATURE		0x696d5663	/* "cVmi" */
#define VMI_API_MAJOR		3
#define VMI_API_MINOR		0
#define VMI_PCI_VENDOR		0x15ad
#define VMI_PCI_DEVICE		0x0801
#define VMI_PCIR		0x52494350	/* "PCIR" */
#define VMI_PNP			0x506e5024	/* "$PnP" */

/* GetRelocationInfo, the low byte of EDX: 2.1. */
#define VMI_RELOC_NONE		0		/* keep the native code */
#define VMI_RELOC_CALL		1		/* call EAX */
#define VMI_RELOC_JUMP		2		/* jump to EAX */
#define VMI_RELOC_NOP		3		/* drop the call */

/* Pages and entries: 4.1. Bits 4 and 5 mean one thing for each kind of call. */
#define VMI_PAGE_PT		0x01
#define VMI_PAGE_PD		0x02
#define VMI_PAGE_PDP		0x04
#define VMI_PAGE_PAE		0x10		/* AllocatePage, ReleasePage */
#define VMI_PAGE_CLONE		0x20
#define VMI_PAGE_ZEROED		0x40
#define VMI_PTE_CURRENT_AS	0x10		/* SetPxE, UpdatePxE */
#define VMI_PTE_DEFER		0x20

#define VMI_FLUSH_TLB		0x01		/* 4.8 */
#define VMI_FLUSH_GLOBAL	0x02
#define VMI_LAZY_NONE		0		/* 4.7 */
#define VMI_LAZY_MMU		1
#define VMI_LAZY_CPU		2

/* Counters and alarms: 7.1, 7.2. */
#define VMI_CYCLES_REAL		0
#define VMI_CYCLES_AVAILABLE	1
#define VMI_CYCLES_STOLEN	2
#define VMI_ALARM_COUNTER	0xff
#define VMI_ALARM_PERIODIC	0x100
#define VMI_ALARM_LVTT		0x10000		/* else IRQ 0 */
#define VMI_APIC_LVTT		0x320		/* for APICWrite: 7.3 */

/*
 * Calls beyond API 3.0, of the ROM with the monitor alone. Leave: back to ring
 * 0, as if VMI_Init had never been called; EAX is not 0 if interrupts wait that
 * have to be taken before. Switches: EAX is a cause, from 0 on; how many world
 * switches it had, in EDX:EAX, or ~0: there is no such cause. Trace: EAX, EDX and
 * ECX as abi/monitor.h has them; EAX is 0 or an error.
 */
#ifdef __ASSEMBLY__
	.set VMI_Leave, 80
	.set VMI_Switches, 81
	.set VMI_Trace, 82
#else
#define VMI_Leave		80
#define VMI_Switches		81
#define VMI_Trace		82
#endif

/* Registers that a call may change: vmi.def. */
#define VMI_EAX			0x01
#define VMI_ECX			0x02
#define VMI_EDX			0x04
#define VMI_EBX			0x08
#define VMI_ESI			0x10
#define VMI_EDI			0x20

#ifdef __ASSEMBLY__
#define VMI_CALL(number, name, changes)	.set VMI_##name, number;
#include <abi/vmi.def>
#else
#include <kernel/types.h>

enum vmi_call {
#define VMI_CALL(number, name, changes)	VMI_##name = number,
#include <abi/vmi.def>
	VMI_CALLS
};

struct vmi_rom {
	u16 signature;
	u8 blocks;
	u8 entry16[4];
	u8 pad;
	u32 vmi_signature;
	u8 api_minor, api_major;
	u8 jump_slots, reserved1;
	u32 virtual_top;		/* 0: keeps no linear address */
	u16 reserved2;
	u16 licence, pcir, pnp;		/* offsets from the ROM's start */
	u32 reserved3;
	u8 headers[96];			/* room for these */
	u8 init[8];			/* VMI_Init: 0 or failure */
	u8 get_reloc[8];		/* EAX number: EDX:EAX record */
} __packed;

struct vmi_pcir {			/* 1.4 */
	u32 signature;
	u16 vendor, device;
	u16 vpd, length;
	u8 revision, class[3];
	u16 blocks;
	u8 minor, major;		/* of the ROM's code */
	u8 code_type, indicator;	/* 0: x86; bit 7: the last image */
	u16 reserved;
} __packed;

struct vmi_pnp {			/* 1.5 */
	u32 signature;
	u8 revision, paragraphs;	/* length in units of 16 */
	u16 next;
	u8 reserved, checksum;
	u32 device;
	u16 manufacturer, product;	/* offsets of strings, or 0 */
	u8 type[3], indicators;
	u16 bcv, disconnect, bev, reserved2, resource;
} __packed;

/* 8.1: the state that an application processor begins with. */
struct vmi_ap_state {
	u32 cr0, cr2, cr3, cr4;
	u64 efer;
	u32 eip, eflags;
	u32 eax, ebx, ecx, edx, esp, ebp, esi, edi;
	u16 cs, ss, ds, es, fs, gs, ldtr;
	u16 gdtr_limit;
	u32 gdtr_base, idtr_base;
	u16 idtr_limit;
} __packed;
#endif
#endif
