/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entries from Xen (traps.S) and the C that they call. */
#ifndef PV_XEN_TRAPS_H
#define PV_XEN_TRAPS_H

#include <arch/cpu.h>

/* traps.S. Callbacks, and traps that need more than the common stub. */
void xen_upcall(void);
void xen_failsafe(void);
void xen_nmi(void);
void xen_no_fpu(void);
void xen_page_fault(void);

/* xen_iret from unmasking to IRET; a test looks at it. */
extern u8 xen_iret_unmasked[], xen_iret_end[];

void xen_events(struct regs *regs);	/* irq.c: ports that are pending */
extern void (*xen_on_upcall)(struct regs *regs);	/* that, or a trace of it */
u32 xen_entry(u32 vector, u64 gate);	/* cpu.c: of traps */

extern u8 xen_ts;			/* cpu.c: CR0.TS as Xen has it, 0 or 1 */

#endif
