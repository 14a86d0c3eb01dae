/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this backend share: a function vmi_NAME for rows of the
 * list that take more than a call of the ROM, and the calls, as C functions.
 * vmi_target has an address for each, whatever the ROM answered: rom.c.
 */
#ifndef PV_VMI_VMI_H
#define PV_VMI_VMI_H

#include <abi/vmi.h>
#include <pv/pv.h>

#define PV_OP(group, name, class, ret, params)			\
	PV_TYPE_##class ret vmi_##name(PV_PROTO_##params);
#define PV_JUMP(group, name) void vmi_##name(void);
#include <pv/ops.def>
#undef PV_OP
#undef PV_JUMP

extern u32 vmi_target[VMI_CALLS], vmi_entry[VMI_CALLS], vmi_count[VMI_CALLS];
extern u8 vmi_type[VMI_CALLS];		/* VMI_RELOC_* */
extern u32 vmi_rpl;			/* of the kernel's own selectors */
bool vmi_probe(void);
/* The ROM in use, and its size. */
extern const struct vmi_rom *vmi_rom;

/* count.S: counts a call, and goes on to it. */
extern const u32 vmi_counted[VMI_CALLS];
void vmi_call_iret(void);

/* vmi(name)(...): the convention of section 3.1 is that of regparm(3). */
#define vmi(name)	((vmi_##name##_fn *)vmi_target[VMI_##name])
typedef u32 vmi_get_fn(void);
typedef void vmi_set_fn(u32 value);
typedef void vmi_do_fn(void);
typedef void vmi_write_fn(u64 *table, u32 index, u32 low, u32 high);
typedef vmi_get_fn vmi_GetCR0_fn, vmi_GetCR2_fn, vmi_GetCR3_fn, vmi_GetCR4_fn;
typedef vmi_set_fn vmi_SetCR0_fn, vmi_SetCR3_fn, vmi_SetCR4_fn, vmi_SetLDT_fn;
typedef vmi_set_fn vmi_InvalPage_fn, vmi_FlushTLB_fn, vmi_SetLazyMode_fn,
		   vmi_SetIOPLMask_fn;
typedef vmi_do_fn vmi_CLTS_fn, vmi_WBINVD_fn, vmi_IODelay_fn;
typedef vmi_write_fn vmi_WriteGDTEntry_fn, vmi_WriteLDTEntry_fn,
		     vmi_WriteIDTEntry_fn;
typedef u64 vmi_RDTSC_fn(void), vmi_GetCycleFrequency_fn(void),
	    vmi_GetWallclockTime_fn(void), vmi_GetCycleCounter_fn(u32 counter);
typedef void vmi_UpdateKernelStack_fn(u32 ss0, u32 esp0);
typedef void vmi_SetPxELong_fn(u32 low, u32 high, pte_t *p, u32 flags);
typedef void vmi_AllocatePage_fn(u32 pfn, u32 flags, u32 clone, u32 first,
				 u32 count);
typedef void vmi_ReleasePage_fn(u32 pfn, u32 flags);
typedef void vmi_SetLinearMapping_fn(u32 slot, u32 va, u32 pages, u32 pfn);
typedef void vmi_APICWrite_fn(u32 offset, u32 value);
typedef void vmi_SetAlarm_fn(u32 flags, u64 expiry, u64 period);
typedef u32 vmi_CancelAlarm_fn(u32 flags);

#endif
