/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monitor: what its files know of each other. One guest, one CPU; the
 * monitor itself is never interrupted but where preempt() says so. main.c
 * tells the way through it.
 */
#ifndef MONITOR_H
#define MONITOR_H

#include <abi/errno.h>
#include <abi/xen/event.h>
#include <abi/xen/hypercall.h>
#include <abi/xen/shared_info.h>
#include <abi/xen/trap.h>
#include <abi/xen/vcpu.h>
#include <kernel/kernel.h>
#include <kernel/time.h>
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
extern u32 *m2p;		/* the guest sees it, read-only, at guest_top */
extern u32 guest_top;		/* from here on addresses are the monitor's */
extern u64 top_slots[512];	/* the entries from guest_top on of a top L2 */

/* Pages for the monitor, zeroed, at boot; ends the machine if there are none. */
void *monitor_pages(u32 count);
/* A frame for the guest, its contents as they were; ~0: none is left. */
u32 frame_alloc(void);
void frame_free(u32 mfn);
extern u32 frames_left;

/*
 * types.c. A use keeps the frame the guest's, and its type.
 * -EINVAL: not the guest's, of another type, not valid as that type, or too
 * often. On failure nothing has changed.
 */
s32 frame_use(u32 mfn, enum type type);
void frame_unuse(u32 mfn);
/* Makes a page of the monitor the guest's, but never to be a table. */
void frame_share(u32 mfn);

/* mmu.c */
s32 set_base(u32 l3_mfn);	/* the tables in force; its use is kept */
/* The L1 entry that translates va below guest_top, NULL: there is no L1. */
u64 *l1_entry(u32 va);
void mmu_destroy(void);		/* unpins all, drops the base */

/* ptwr.c: a store to a live L1 table. True: the guest goes on. */
bool ptwr_fault(struct regs *regs, u32 va);

/* What the TLB may hold that no table has any more. */
#define STALE_WRITABLE	1	/* writable translations */
#define STALE_TABLE	2	/* tables on the way; not while the guest runs */
extern u8 tlb_stale;
void tlb_flush(void);

/* grant.c, at boot */
void grant_init(void);

/* selfcheck.c: counts every reference and use again. How many are wrong. */
u32 selfcheck(void);
u32 frames_held(void);		/* of a guest that has given back all it can */

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
#define ATTENTION_TRACE		8	/* no way is to be short */

void vcpu_info_destroy(void);	/* sched.c: back to shared_info */
/* The guest dies: says why and where, then as guest_shutdown(CRASH). */
#define guest_crash(regs, why, ...)					\
	(printk("monitor: the guest dies: " why "\n", ##__VA_ARGS__),	\
	 guest_die(regs))
void __noreturn guest_die(const struct regs *regs);
/* XEN_SHUTDOWN_*; prints, checks and reports, and does not return. */
void __noreturn guest_shutdown(u32 reason);

/* ---- its memory ---------------------------------------------------------- */

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
void __noreturn no_vm86(void);
/* Enters the guest at its handler; cs 0: it has none. */
void enter_nmi(struct regs *regs, u32 cs, u32 eip);
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
bool face_exception(struct regs *regs);	/* any but a page fault */
void face_interrupt(u32 vector);
void face_nmi(const struct regs *regs);
/* No handler takes this one. */
void face_no_handler(struct regs *regs, u32 vector, u32 error);
void face_no_stack(struct regs *regs, u32 sp);	/* nothing was pushed */
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

/* segments.c */
bool ldt_fault(u64 va);		/* maps a page of the LDT; false: it has none */
bool descriptor_allowed(u64 *descriptor);	/* may change its DPL */
s32 segdesc_validate(u32 mfn);	/* a page of descriptors becomes GDT or LDT */
void segments_destroy(void);
s32 set_ldt(u32 va, u32 entries);
void ldt_forget(void);		/* the pages mapped so far */
/* Loads the segment registers anew, as after another guest had run. */
void segments_reload(void);
bool load_segments(const u16 selector[4]);	/* DS, ES, FS, GS; false: one is bad */
/* The bytes at CS:EIP; false: they can't be read. */
bool read_code(const struct regs *regs, void *to, u32 bytes);
s32 set_debugreg(u32 number, u32 value);	/* debug.c; -EPERM, -ENODEV */
s32 get_debugreg(u32 number);			/* up to 7 */
extern u16 segment_lost[4];	/* what they were, for the failsafe callback */

/* ---- events and time: events.c, time.c ----------------------------------- */

void event_virq(u32 virq);	/* raises it, if bound */
void event_raise(u32 port);
bool event_due(void);		/* an upcall is pending and not masked */
u32 event_alloc_interdomain(void);	/* a port to the monitor; 0: none left */

/* interrupts.c: of the machine; an interrupt before the guest goes on. */
void interrupts_init(void);
void interrupt(u32 vector);
void kick(void);

extern u64 apic_base;		/* paging.c: machine address; no guest may have it */

/* time.c: ns since the monitor began. */
#define TIMER_NEVER	(~0ull)
extern struct timers {
	u64 oneshot, periodic, poll;	/* when they are due; poll 0: it was */
	u64 watchdog, guest_watchdog;
	u64 period;
} timers;
u64 now_ns(void);
void time_init(void);
void timers_arm(void);
void timer_oneshot(u64 when);
void timer_cancel(void);
void timer_period(u64 ns);	/* TIMER_NEVER: none */
void time_publish(struct pvclock_time *t);
void time_set_wall(u64 seconds, u32 ns, u64 system_time);
void time_start_guest(void);	/* clock and timers of a new guest */

/* watchdog.c: `seconds` with events masked and pending is a hang. */
void watchdog_init(u32 seconds);
void watchdog_check(u64 now);

/* ---- the machine: console.c, shutdown.c, report.c ------------------------ */

u32 console_read(char *buf, u32 len);
void console_interrupt(void);
void console_poll_rings(void);	/* domU: what the guest wrote to its rings */

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
