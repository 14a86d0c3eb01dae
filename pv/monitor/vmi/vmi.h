/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monitor's face for a guest that speaks VMI: what its files know of each
 * other. The guest ran on the bare machine, and all memory but the monitor's is
 * its own; so are the devices. main.c tells the way through it.
 */
#ifndef MONITOR_VMI_H
#define MONITOR_VMI_H

#include <abi/vmi.h>
#include <monitor/monitor.h>
#include <monitor/vmi/shadow.h>
#include <monitor/vmi/launch.h>

/* As the guest believes it to be; what has a field in struct guest or in the page
 * that both share is there. */
extern struct vmi {
	struct paging paging;		/* CR0, CR3, CR4, EFER.NX */
	/* Linear addresses in the ROM: its IRET instruction, its note(). */
	u32 iret, note, note_end;
	u64 sysenter[3];		/* MSRs from MSR_SYSENTER_CS on */
} vmi;

/* segments.c: tables that the CPU uses are copies of the guest's. */
void set_gdt(const struct table_pointer *p);
void set_idt(const struct table_pointer *p);
bool load_table(u32 at, void (*set)(const struct table_pointer *p));
void set_ldt_selector(u32 selector);
void set_tr(u32 selector);
/* One entry has changed of a table that may be in use. */
void table_entry(u32 base, u32 index, u64 value);
/* task.c: the guest's registers, but not those of paging. */
void save_task(struct task_state *s, const struct regs *regs);
void load_task(struct regs *regs, const struct task_state *s);
/* By a task gate; false: the TSS is bad. */
bool enter_task(struct regs *regs, u32 selector, u32 error);
u32 tss_limit(u32 *base);	/* of the TSS; 0: there is none */
void segments_init(void);

/* mmu.c: what the guest has told of its tables since. */
void queue_drain(void);
void queue_note(u32 what, u32 about);	/* of one that has no room there */
/* The guest is about to go on elsewhere: in note() what is left of that is done. */
void complete_note(struct regs *regs);
/* SetLinearMapping: 1 to 3 hold tables for a moment. */
void map_slot(u32 n, u32 va, u32 pages, u32 pfn);
void inval_page(u32 va);
void set_cr0(u32 value);
void clear_ts(void);
void set_cr3(u32 value);
void set_cr4(u32 value);
bool cr4_allowed(u32 value);
void set_nx(bool on);

/* traps.c: interrupts that the guest has not had yet. */
void unpend(u32 vector, u32 count);	/* `count` of them */
bool pending_any(void);
void wait_for_interrupt(void);
/* Pops the frame at ESP as IRET does; false: the CPU has to refuse it. */
bool complete_iret(struct regs *regs);
/* No step that an NMI asked for is needed any more. */
void step_done(struct regs *regs);

/* apic.c: registers of the local APIC and of an IO-APIC, in what is safe. */
void apic_init(struct shadow_memory *m);
void apic_write(u32 offset, u32 value);
u32 apic_read(u32 offset);
void guarded_write(u64 machine, u32 value);

/* emulate.c: a store that faulted, to a page that is guarded. */
bool emulate_store(struct regs *regs, u64 machine);
bool emulate_sysenter(struct regs *regs);
void set_sysenter(u32 msr, u64 value);

/* io.c: once it runs, no register of a bridge opens SMM's memory. */
void lock_smm(void);

/* shutdown.c */
#define CMOS_INDEX	0x70
#define CMOS_DATA	0x71
#define SHUTDOWN_CODE	0x0f	/* how the BIOS goes on after a reset: 0 at its start */
void __noreturn machine_reset(void);

/* main.c: back to ring 0, where the call was made; as if never launched. */
void __noreturn leave(struct regs *regs);

#endif
