/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monitor: what its files know of each other. One guest, one CPU; the
 * monitor itself is never interrupted but where preempt() says so. main.c
 * tells the way through it.
 */
#ifndef MONITOR_H
#define MONITOR_H

#include <abi/errno.h>
#include <abi/xen/hypercall.h>
#include <abi/xen/shared_info.h>
#include <abi/xen/trap.h>
#include <kernel/kernel.h>
#include <x86_64/cpu.h>

/* ---- machine frames: frames.c, types.c ---------------------------------- */

enum owner {
	OWNER_DEVICE,		/* no memory: the guest may map it, but for APICs */
	OWNER_MONITOR,
	OWNER_NOBODY,		/* memory that may be given to the guest */
	OWNER_GUEST,
};

/* What a frame is used as, exclusively, while its `uses` are not 0. 4.1. */
enum type {
	TYPE_NONE,
	TYPE_WRITABLE,		/* a use: a mapping with PTE_W */
	TYPE_L1,		/* a use: an L2 entry, or its pin */
	TYPE_L2,
	TYPE_L3,		/* or the base pointer */
	TYPE_SEGDESC,		/* GDT or LDT */
	TYPES,
};

#define FRAME_PINNED	0x01
#define FRAME_TOP_L2	0x02	/* L2 of slot 3: holds the monitor's slots, 4.3 */
#define FRAME_GIVEN	0x04	/* one of `refs` is that the guest was given it */
#define FRAME_SHARED	0x08	/* the monitor's: has a use as writable for good */

struct frame {
	u8 owner, type, flags;
	u32 uses;		/* as its type */
	u32 refs;		/* all uses, and read-only mappings */
	s16 linear;		/* of an L2: see tables.c */
};

extern struct frame *frames;	/* one for each frame of the machine below... */
extern u32 frame_count;		/* ...this, which is at most 4 GiB */
extern u32 *m2p;		/* the guest sees it, read-only, at m2p_start */
extern u32 m2p_start;
extern u64 top_slots[512];	/* the entries from m2p_start on of a top L2 */

/* Pages for the monitor, zeroed, at boot; ends the machine if there are none. */
void *monitor_pages(u32 count);
/* A frame for the guest, its contents as they were; ~0: none is left. */
u32 frame_alloc(void);
void frame_free(u32 mfn);
u32 frames_left(void);

/*
 * types.c. A reference keeps the frame the guest's, a use keeps its type too.
 * -EINVAL: not the guest's, of another type, not valid as that type, or too
 * often. On failure nothing has changed.
 */
s32 frame_get(u32 mfn);
void frame_put(u32 mfn);
s32 frame_use(u32 mfn, enum type type);
void frame_unuse(u32 mfn);
/* Makes a page of the monitor the guest's, but never to be a table. */
void frame_share(u32 mfn);

/* mmu.c */
s32 set_base(u32 l3_mfn);	/* the tables in force; its use is kept */
/* The L1 entry that translates va below m2p_start, NULL: there is no L1. */
u64 *l1_entry(u32 va);
void mmu_destroy(void);		/* unpins all, drops the base */

/* ptwr.c: a store to a live L1 table. True: the guest goes on. */
bool ptwr_fault(struct regs *regs, u32 va);
bool ptwr_step(struct regs *regs);	/* at the entry after that */

/* What the TLB may hold that no table has any more. */
#define STALE_WRITABLE	1	/* writable translations */
#define STALE_TABLE	2	/* tables on the way; not while the guest runs */
extern u8 tlb_stale;
void tlb_flush(void);

/* grant.c, at boot */
void grant_init(void);

/* selfcheck.c: counts every reference and use again. How many are wrong. */
u32 selfcheck(void);

/* ---- the guest ----------------------------------------------------------- */

struct callback {
	u32 cs, eip;
	u8 mask_events;
};

extern struct guest {
	bool dom0;
	/* What the way back to the guest looks at: see entry.S. */
	u8 attention;		/* ATTENTION_* */
	struct xen_vcpu_info *vcpu;	/* in shared, or where it was moved */
	struct xen_shared_info *shared;
	u32 shared_mfn;

	struct xen_trap_info trap[256];
	struct callback event, failsafe, nmi, sysenter, syscall;
	u32 kernel_ss, kernel_sp;
	u32 iopl;		/* of port_fault(): 0 to 3 */
	u32 iobitmap, iobitmap_ports;	/* address; 0: all ports are refused */
	u32 assist;		/* bits of vm_assist */
	u32 debugreg[8];

	u32 base;		/* mfn of the L3 table in force */
	u32 gdt_frame[GDT_GUEST_PAGES], gdt_entries;
	u32 ldt_base, ldt_entries;
	u32 ldt_frame[16];	/* of the pages mapped so far; 0: not */

	u32 pages, max_pages;	/* that it has, that it may have */
	bool extended_cr3;
	bool dead;
} guest;

__inline_always u32 guest_domid(void)
{
	return guest.dom0 ? 0 : 1;
}

__inline_always bool is_self(u32 domid)
{
	return domid == XEN_DOMID_SELF || domid == guest_domid();
}

#define ATTENTION_NMI		1	/* due, if not blocked */
#define ATTENTION_FAILSAFE	2	/* a segment register could not be loaded */
#define ATTENTION_STEP		4	/* ptwr.c: one instruction is on trial */
#define ATTENTION_DEAD		8

/* The guest ends, the machine as it says; `why` is printed. */
void guest_crash(const struct regs *regs, const char *why, ...) __printf(2, 3);
/* XEN_SHUTDOWN_*; prints, checks and reports, and does not return. */
void __noreturn guest_shutdown(u32 reason);

/* ---- its memory ---------------------------------------------------------- */

/* False if not all of it lies below the monitor's window. */
bool guest_range(u32 at, u64 bytes);
/* copy_in and copy_out after that check. */
bool guest_read(void *to, u32 from, u32 bytes);
bool guest_write(u32 to, const void *from, u32 bytes);

/* ---- traps: traps.c ------------------------------------------------------ */

#define NO_ERROR_CODE	(~0u)
/* Enters the guest at its handler of `vector`; crashes it if there is none. */
void inject(struct regs *regs, u32 vector, u32 error);
void inject_page_fault(struct regs *regs, u32 va, u32 error);
/* Pushes a frame and enters the guest at a callback. 6.2. */
void bounce(struct regs *regs, u32 cs, u32 eip, bool mask, u32 error);
void show_guest(const struct regs *regs);

/* emulate.c: a privileged instruction that faulted. True: it is done. */
bool emulate(struct regs *regs);
bool emulate_cpuid(struct regs *regs);		/* after ud2; "xen" */

/* segments.c */
bool ldt_fault(u64 va);		/* maps a page of the LDT; false: it has none */
bool descriptor_allowed(u64 *descriptor);	/* may change its DPL */
s32 segdesc_validate(u32 mfn);	/* a page of descriptors becomes GDT or LDT */
void segments_destroy(void);
s32 set_ldt(u32 va, u32 entries);
void ldt_forget(void);		/* the pages mapped so far */
/* Loads the segment registers anew, as after another guest had run. */
void segments_reload(void);

/* ---- hypercalls: hypercall.c --------------------------------------------- */

/* A call while it runs. One that would take long changes the arguments to what
 * is left and returns RESTART. */
struct call {
	u32 nr;
	u32 args[6];
	struct regs *regs;	/* for iret and stack_switch alone */
};
#define RESTART		(-85)
bool preempt(void);		/* after a bounded piece: should it RESTART? */

/* ---- events and time: events.c, time.c ----------------------------------- */

void event_virq(u32 virq);	/* raises it, if bound */
void event_raise(u32 port);
bool event_due(void);		/* an upcall is pending and not masked */
void event_upcall(struct regs *regs);

u64 now_ns(void);		/* since the monitor began */
void time_init(void);
void timer_interrupt(void);
/* The next moment at which a timer is due; ~0: none. */
void time_update(void);		/* the guest's vcpu_time_info */

/* ---- the machine: console.c, shutdown.c, report.c ------------------------ */

void console_write(const char *s, u32 len);
u32 console_read(char *buf, u32 len);
void console_interrupt(void);
void console_poll_rings(void);	/* domU: what the guest wrote to its rings */

enum switch_cause { SWITCH_HYPERCALL, SWITCH_SYSCALL, SWITCH_PAGE_FAULT,
		    SWITCH_EMULATION, SWITCH_EXCEPTION, SWITCH_INTERRUPT,
		    SWITCH_CAUSES };
extern u64 switches[SWITCH_CAUSES];
void trace(const char *what, u32 a, u32 b);	/* one of the last 64 events */
void report(void);			/* the state, for people */
void report_values(void);		/* `name value` lines */
extern u32 verbosity;

/* Ends QEMU: STATUS_* of the isa-debug-exit device, or a reset. */
void __noreturn machine_end(u32 status);
void __noreturn machine_reset(void);
void __noreturn die_monitor(const char *why, const struct regs *regs);

#endif
