/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small kernel that attacks its hypervisor. It speaks Xen's ABI in 32 bits and
 * expects nothing but what xen-pv-abi says, so it runs on any hypervisor that
 * has this ABI: what the real Xen answers is what its checks were written by.
 * Read main.c next, then frames.c.
 */
#ifndef GUEST_H
#define GUEST_H

#include <abi/xen/hypercall.h>
#include <abi/xen/mmu.h>
#include <abi/xen/trap.h>

#define GUEST_BASE	0xc0000000
#define WINDOW		0x80000000	/* 2 MiB for tests to map things in */
#define NOWHERE		0x7f000000	/* never mapped */
#define POKED		0x600df00c	/* what poke() leaves */
#define VECTOR_EVENT	0x100		/* no vectors: entry.S */
#define VECTOR_FAILSAFE	0x101

#ifndef __ASSEMBLY__
#include <abi/errno.h>
#include <abi/xen/event.h>
#include <abi/xen/grant.h>
#include <abi/xen/shared_info.h>
#include <abi/xen/start_info.h>
#include <arch/cpu.h>
#include <arch/page.h>
#include <kernel/kernel.h>

/* ---- hypercalls; all return the result ---- */

static inline s32 hypercall5(u32 nr, u32 a, u32 b, u32 c, u32 d, u32 e)
{
	s32 result;

	asm volatile("int $0x82"
		     : "=a" (result), "+b" (a), "+c" (b), "+d" (c), "+S" (d),
		       "+D" (e)
		     : "0" (nr) : "memory");
	return result;
}

#define HYPERCALL5(nr, a, b, c, d, e, ...)				\
	hypercall5(nr, (u32)(a), (u32)(b), (u32)(c), (u32)(d), (u32)(e))
#define hypercall(name, ...)						\
	HYPERCALL5(XEN_NR_##name __VA_OPT__(,) __VA_ARGS__, 0, 0, 0, 0, 0)

s32 map_with(u32 va, u64 entry, u32 flags);	/* update_va_mapping */
s32 map(u32 va, u64 entry);		/* that, and INVLPG */
s32 update(u64 machine, u64 value);	/* mmu_update: one entry, and command */
s32 mmuext(u32 cmd, u32 arg1, u32 arg2);
s32 pin(u32 level, const void *table);
s32 unpin(const void *table);
s32 self_check(void);			/* 0 also where there is no such call */

/* ---- main.c: how a test says what is wrong. Each goes on. ---- */

struct attack {
	const char *name;
	void (*run)(void);
};

extern const struct attack frame_attacks[], table_attacks[], root_attacks[],
	count_attacks[], segment_attacks[], bounce_attacks[],
	machine_attacks[], pointer_attacks[], batch_attacks[],
	storm_attacks[], leak_attacks[], client_attacks[];
extern const struct attack deaths[];

bool check(bool ok, const char *what);
bool equal(u64 got, u64 want, const char *what);
void note(const char *format, ...) __printf(1, 2);	/* if one fails */
void skip(const char *why);
void say(const char *format, ...) __printf(1, 2);
void __noreturn finish(bool ok);
const char *option(const char *word);
extern u32 failures;			/* of this attack */
extern const struct xen_start_info *start;
#define CHECK(cond)		check(cond, #cond)
#define EQ(got, want)		equal((u32)(got), (u32)(want), #got " == " #want)
#define EQ64(got, want)		equal(got, want, #got " == " #want)
/* The call is refused with that error. */
#define REFUSED(error, call)	equal((u32)(call), (u32)-(error), #call)
#define NEVER(call)		check((s32)(call) < 0, "refused: " #call)
#define DONE(call)		equal((u32)(call), 0, #call)

/* fuzz.c */
void fuzz(u32 seed, u32 count);

/* ---- memory.c ---- */

#define POOL		192
extern char pool[POOL][PAGE_SIZE];	/* what new_page() gives */
extern struct xen_shared_info *shared;
extern bool dom0;
extern u32 nr_pages, max_mfn;		/* the guest's, the machine's */
void memory_init(void);
void *new_page(void);			/* zeroed, until the attack ends */
u32 spare_mfn(void);			/* that, without an address */
void replace_spare(u32 mfn);		/* of the last, which was given back */
void memory_reclaim(void);		/* all of them are plain memory again */
u32 mfn_of(const void *va);
u64 machine(const void *va);
void *va_of(u32 mfn);
bool owned(u32 mfn);
u32 random_mfn_of_xen(void);
/* The entry for va, as it can be read: of level 1 to 3, under that root. */
volatile u64 *entry_of(const void *root, u32 va, u32 level);
#define ENTRY(va, level)	entry_of(root_table, va, level)
extern u64 *root_table, *window_table;
void protect(const void *page);		/* read-only at its address */
u64 pte(const void *page, u64 flags);
void window(u32 slot, u64 entry);	/* maps it there; must succeed */
u32 window_va(u32 slot);

/* An address space of its own with the guest in it: tables not yet protected. */
struct space {
	u64 *l3, *l2[4];
};
void new_space(struct space *s);
void fill_space(struct space *s);	/* anew: all are writable */
void seal(struct space *s);		/* all read-only */

/* ---- trap.c, entry.S ---- */

struct frame {
	u32 edi, esi, ebp, esp_of_pusha, ebx, edx, ecx, eax;
	u32 ds, es, fs, gs;
	u32 vector, error;
	u32 eip, cs, eflags;
	u32 esp, ss;			/* of user mode only */
};

struct iret_frame {
	u32 eax, eip, cs, eflags, esp, ss;
};

extern struct frame trapped;		/* the last one that was caught */
extern u32 trapped_cr2;
extern const struct frame *trapped_at;
extern u32 events, nmis;		/* so far */
extern void (*event_action)(void), (*nmi_action)(void);
extern const u32 stubs[256][4];
void trap_init(void);
void default_traps(void);
s32 set_trap(u32 vector, u32 flags, u32 cs, u32 address);
bool traps(void (*action)(u32), u32 argument);
void __noreturn caught(void);
/* That trap came of it, and no other. */
bool faults(u32 vector, u32 error, void (*action)(u32), u32 argument);
void peek(u32 address);
void poke(u32 address);
void run(u32 address);
void enter(u32 frame);
void enter_native(u32 frame);
void push_at(u32 esp);
void load_fs(u32 selector);
void far_jump(u32 pointer);
void hypercall_registers(u32 regs[7]);
void on_event(void);
void on_failsafe(void);
extern char stack[], stack_top[], trap_stack[], trap_stack_top[], hypercall_page[];

/* Ring 3: runs `code` until it traps. `trapped` says how. */
extern char user_code[], user_code_end[], user_nop[], user_return[], user_read[],
	user_write[], user_hypercall[], user_syscall[], user_sysenter[],
	user_in[], user_ins[], user_outs[], user_cli[], user_hlt[], user_cr3[],
	user_lgdt[], user_msr[], user_far[], user_iret[];
struct iret_frame user_frame(const char *code);
u32 user(const char *code, u32 ebx);	/* the vector */
u32 user_va(const char *code);
#define USER_STACK	(WINDOW + 0x100000)

static inline void mask_events(bool masked)
{
	shared->vcpu[0].mask = masked;
	barrier();
}

/* Any hypercall: what is pending comes. */
static inline void poll_events(void)
{
	hypercall(xen_version, 0, 0);
}
#endif
#endif
