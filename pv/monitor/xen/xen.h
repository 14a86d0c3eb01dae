/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monitor's face for a guest that speaks Xen's ABI: what its files know of
 * each other. The guest has no memory but the frames that it was given, and no
 * device: those are the monitor's. main.c tells the way through it.
 */
#ifndef MONITOR_XEN_H
#define MONITOR_XEN_H

#include <monitor/monitor.h>

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

/* segments.c */
bool ldt_fault(u64 va);		/* maps a page of the LDT; false: it has none */
s32 segdesc_validate(u32 mfn);	/* a page of descriptors becomes GDT or LDT */
void segments_destroy(void);
s32 set_ldt(u32 va, u32 entries);
void ldt_forget(void);		/* the pages mapped so far */

void vcpu_info_destroy(void);	/* sched.c: back to shared_info */

/* ---- events and time: events.c, time.c ----------------------------------- */

void event_virq(u32 virq);	/* raises it, if bound */
void event_raise(u32 port);
bool event_due(void);		/* an upcall is pending and not masked */
u32 event_alloc_interdomain(void);	/* a port to the monitor; 0: none left */

/* interrupts.c: of the machine; an interrupt before the guest goes on. */
void interrupts_init(void);
void interrupt(u32 vector);
void kick(void);

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

#endif
