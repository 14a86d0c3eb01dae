/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monitor: what its files know of each other. One guest, one CPU; the
 * monitor itself is never interrupted but where preempt() says so. What only
 * one face knows is in xen/xen.h and vmi/vmi.h.
 */
#ifndef MONITOR_H
#define MONITOR_H

#include <abi/errno.h>
#include <abi/monitor.h>
#include <abi/xen/event.h>
#include <abi/xen/hypercall.h>
#include <abi/xen/shared_info.h>
#include <abi/xen/trap.h>
#include <abi/xen/vcpu.h>
#include <kernel/kernel.h>
#include <kernel/time.h>
#include <x86_64/cpu.h>

/* ---- the guest ----------------------------------------------------------- */

struct callback {
	u32 cs, eip;		/* eip 0: none */
	bool mask_events;
};

extern struct guest {
	/* The first are known to entry.S: offsets.h. */
	u8 attention;		/* ATTENTION_*: what the way back looks at */
	u32 kernel_sp, kernel_ss;
	u32 frame_iopl;		/* iopl << 12 if the assist is on, 5.3 */
	struct xen_vcpu_info *vcpu;	/* in shared, or where it was moved */
	struct xen_trap_info trap[256];

	bool dom0;
	bool dead;
	u16 domid;
	struct xen_shared_info *shared;
	u32 shared_mfn;

	struct callback event, failsafe, nmi, syscall;
	bool nmi_blocked;	/* until the iret hypercall, 6.3 */
	u32 iopl;		/* 0 to 3 */
	u32 iobitmap, iobitmap_ports;	/* its address; 0: all ports are refused */
	u32 assist;		/* bits of vm_assist */
	u32 cr4;		/* as it sees it */
	u32 debugreg[8];

	u32 base;		/* mfn of the L3 table in force */
	u32 gdt_frame[GDT_GUEST_PAGES];
	u32 ldt_base, ldt_entries;
	u32 ldt_frame[16];	/* of the pages mapped so far; 0: not */

	bool blocked;		/* waits for an event */
	u32 vcpu_frame;		/* if vcpu was moved: of the guest's frame; else 0 */
	u32 pages, max_pages;	/* that it has, that it may have */
} guest;

/* A number of 64 bits in two words. */
__inline_always u64 get64(const u32 *words)
{
	return words[0] | (u64)words[1] << 32;
}

__inline_always bool is_self(u32 domid)
{
	return domid == XEN_DOMID_SELF || domid == guest.domid;
}

#define ATTENTION_NMI		1	/* due, if not blocked */
#define ATTENTION_FAILSAFE	2	/* a segment register could not be loaded */
#define ATTENTION_STEP		4	/* ptwr.c: one instruction is on trial */
#define ATTENTION_TRACE		8	/* calls too; no way is to be short */

/* The guest dies: says why and where, then as guest_shutdown(CRASH). */
#define guest_crash(regs, why, ...)					\
	(printk("monitor: the guest dies: " why "\n", ##__VA_ARGS__),	\
	 guest_die(regs))
void __noreturn guest_die(const struct regs *regs);
/* XEN_SHUTDOWN_*; prints, checks and reports, and does not return. */
void __noreturn guest_shutdown(u32 reason);

/* ---- its memory ---------------------------------------------------------- */

extern u32 guest_top;		/* from here on addresses are the monitor's */

/* False if not all of it lies below the monitor's window. */
__inline_always bool guest_range(u32 at, u64 bytes)
{
	return at + bytes <= guest_top;
}

/* False: not all of it could be read, or written, with the rights of ring 1. */
__inline_always bool guest_read(void *to, u32 from, u32 bytes)
{
	return guest_range(from, bytes) && copy(to, (void *)(u64)from, bytes);
}

__inline_always bool guest_write(u32 to, const void *from, u32 bytes)
{
	return guest_range(to, bytes) && copy((void *)(u64)to, from, bytes);
}

/* ---- traps: traps.c ------------------------------------------------------ */

#define NO_ERROR_CODE	(~0u)
/* Enters the guest at its handler of `vector`; crashes it if there is none. */
void inject(struct regs *regs, u32 vector, u32 error);
void inject_page_fault(struct regs *regs, u32 va, u32 error);
/* Pushes a frame and enters the guest at a callback. 6.2. */
void bounce(struct regs *regs, u32 cs, u32 eip, bool mask, u32 error);
void show_guest(const struct regs *regs);
/* entry.S calls these. */
void hypercall(struct regs *regs);
void trap(struct regs *regs);
extern void (*run_trap)(struct regs *regs);	/* that, or a trace of it */
/* The code that was interrupted has r8 to r11 in use. */
void monitor_trap(struct regs *regs)
	__attribute__((no_caller_saved_registers));
void before_return(struct regs *regs);
void iret_fault(struct regs *regs);
/* The last step of each way into the guest. */
void enter_handler(struct regs *regs, u32 cs, u32 eip, bool mask);
/* A frame with four words before it; false: face_no_stack() has seen to it. */
bool push_words(struct regs *regs, const u32 words[4]);

/*
 * What each face does in its own way: traps.c in its folder. Those with a
 * result say true if the guest goes on.
 */
bool face_step(struct regs *regs);	/* at an entry, with ATTENTION_STEP */
/* Else address and error code as the guest gets them. */
bool face_page_fault(struct regs *regs, u64 *va, u32 *error);
bool face_monitor_fault(u64 va, u32 error);	/* the monitor goes on */
/* The guest may access va with the rights PF_*; false: it gets *error then. */
bool face_access(u32 va, u32 *error);
bool face_exception(struct regs *regs);	/* any but a page fault */
void face_interrupt(u32 vector);
void face_nmi(const struct regs *regs);
/* Whatever came while EFLAGS.VM was set, with which CS is no selector. */
void face_vm86(struct regs *regs);
/* No handler takes this one. */
void face_no_handler(struct regs *regs, u32 vector, u32 error);
void face_no_stack(struct regs *regs, u32 sp);	/* nothing was pushed */

/* trace.c: abi/monitor.h. An event that ends now. */
s32 trace_command(u32 command, u32 number, u32 to);
void trace_record(u64 start, u32 what, u32 a, u32 b);
extern u64 iret_vector, iret_error;
void __noreturn enter_guest(struct regs *regs);
void __noreturn resume(struct regs *regs);	/* the monitor, after an entry */
extern struct regs monitor_frame;	/* where the guest's registers are */
extern const struct range { u64 from, to; } returning[], returning_end[];
/* A selector that the guest gives: its RPL is at least 1, 5.1. */
__inline_always u32 guest_selector(u32 selector)
{
	selector &= 0xffff;
	return selector & 3 ? selector : selector | 1;
}

#define ASSIST_WRITABLE_TABLES	(1u << 2)
#define ASSIST_IOPL		(1u << 4)	/* architectural_iopl */

/* io.c: a port of the machine; all ones where the guest has no business. */
u32 machine_in(u32 port, u32 bytes);
void machine_out(u32 port, u32 value, u32 bytes);

/* emulate.c: a privileged instruction that faulted. True: it is done. */
bool emulate(struct regs *regs);
extern u64 emulated;		/* instructions */
void guest_cpuid(u32 leaf, u32 sub, u32 r[4]);

/* desc.c: a page of the GDT is the guest's frame, 0: zeros; the LDT's limit. */
void gdt_page(u32 page, u32 mfn);
void ldt_register(u32 entries);
void gate_open(u32 vector, u32 dpl);	/* to INT of rings up to that */

/* segments.c */
bool descriptor_allowed(u64 *descriptor);	/* may change its DPL */
/* Loads the segment registers anew, as after another guest had run. */
void segments_reload(void);
bool load_segments(const u16 selector[4]);	/* DS, ES, FS, GS; false: one is bad */
/* The bytes at CS:EIP; false: they can't be read. */
bool read_code(const struct regs *regs, void *to, u32 bytes);
s32 set_debugreg(u32 number, u32 value);	/* debug.c; -EPERM, -ENODEV */
s32 get_debugreg(u32 number);			/* up to 7 */
extern u16 segment_lost[4];	/* what they were, for the failsafe callback */

/* ---- the machine --------------------------------------------------------- */

extern u64 apic_base;		/* paging.c: machine address; no guest may have it */

enum switch_cause {
	SWITCH_HYPERCALL,
	SWITCH_SYSTEM_CALL,
	SWITCH_PAGE_FAULT,
	SWITCH_EXCEPTION,
	SWITCH_INTERRUPT,
	SWITCH_CAUSES
};
extern u64 switches[SWITCH_CAUSES];
extern u64 hypercalls[];	/* by number */
extern u64 hypercalls_unknown;
const char *hypercall_name(u32 nr);
extern const struct regs *guest_regs;	/* of the last entry */
void trace(const char *what, u32 a, u32 b);	/* one of the last 64 events */
void report(void);
void report_values(void);		/* `name value` lines */

/*
 * Gives back what the guest holds, checks that nothing is left, and ends the
 * machine: by the isa-debug-exit device with STATUS_*, or switched off.
 */
void __noreturn guest_end(u32 status, bool reset);
void __noreturn machine_end(u32 status);
void __noreturn monitor_die(const char *why, const struct regs *regs);

#endif
