/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this backend share: a function vmi_NAME for each operation
 * that takes more than a call of the ROM, and the calls themselves.
 */
#ifndef PV_VMI_VMI_H
#define PV_VMI_VMI_H

#include <abi/vmi.h>
#include <pv/pv.h>

#define PV_OP(group, name, class, ret, params)			\
	PV_TYPE_##class(ret) ret vmi_##name(PV_PROTO_##params);
#include <pv/ops.def>

void vmi_load_iopl(u32 esp0, u32 iopl);	/* load_esp0, but in ring 0 */
void vmi_go_on(u64 ns);			/* the clock does, from there */
extern const struct pv_backend pv_vmi;

/* rom.c: the ROM in use, and what it answered. */
extern const struct vmi_rom *vmi_rom;
extern u8 vmi_type[VMI_CALLS];		/* VMI_RELOC_* */
extern u32 vmi_entry[VMI_CALLS];
extern u32 vmi_rpl;			/* of the kernel's own selectors */
bool vmi_probe(void);
bool vmi_search(void);			/* as vmi_probe, at any time */
u32 vmi_extra(u32 call);		/* its code for one beyond API 3.0, or 0 */
void __pv_keeps vmi_nothing(void);	/* what a call of no effect is */

/*
 * vmi(n, name)(...), with n words of arguments: what stands for a call, which is
 * nothing where the ROM has no code for it. 3.1's convention is regparm(3).
 */
extern u32 vmi_target[VMI_CALLS];
#define vmi(n, name)	((vmi_##n *)vmi_target[VMI_##name])
typedef u64 vmi_0(void), vmi_1(u32), vmi_2(u32, u32), vmi_3(u32, u32, u32),
	    vmi_4(u32, u32, u32, u32), vmi_5(u32, u64, u64);

/* calls.S: counts a call, and goes on to it; IRET, where it is called. */
extern const u32 vmi_counted[VMI_CALLS];
extern u32 vmi_count[VMI_CALLS];

#endif
