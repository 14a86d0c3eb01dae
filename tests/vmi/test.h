/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small kernel that uses a VMI ROM as Linux 2.6.21 to 2.6.36 does, and tests
 * what comes of it. It takes nothing for granted that vmi-abi does not say:
 * after VMI_Init it may run in ring 1 or 2, and what is privileged goes through
 * a call or, where Linux leaves it to the hypervisor to emulate it (ports,
 * MSRs), is executed as Linux does.
 */
#ifndef TEST_H
#define TEST_H

#define PAGE_OFFSET		0xc0000000
#define PERCPU_SEL		0xd8
#define GDT_PERCPU		27
#define VECTOR_LVTT		0x31	/* of Linux with an IO-APIC */
#define APIC_SVR		0xf0
#define APIC_LVTT		0x320
#define APIC_MASKED		0x10000
#define VECTOR_SYSENTER		0x100	/* no vector: entry.S */
#define APIC_TPR		0x80
#define APIC_VERSION		0x30

#define USER_CODE		0x08048000
#define SYSEXIT_ESP		0x0804a100	/* in the user's stack */

#ifndef __ASSEMBLY__
#include <abi/vmi.h>
#include <arch/cpu.h>
#include <arch/desc.h>
#include <arch/insn.h>
#include <arch/page.h>

/* entry.S: what a trap leaves on the stack. */
struct frame {
	u32 edi, esi, ebp, esp_of_pusha, ebx, edx, ecx, eax;
	u32 ds, es, fs;
	u32 vector, error;
	u32 eip, cs, eflags;
	u32 esp, ss;			/* only of user mode */
};

/* In this order invoke() gives them to a function, and back. */
struct gpr {
	u32 eax, ecx, edx, ebx, esi, edi, ebp, flags;
	u32 esp, segments[5];		/* only back */
};

/* main.c: how a test says what is wrong. Each goes on. */
bool check(bool ok, const char *what);
bool equal(u32 got, u32 want, const char *what);
void skip(const char *why);
extern u32 failures;			/* of this test */
void say(const char *format, ...) __printf(1, 2);
void __noreturn finish(u32 status);
const char *option(const char *word);
#define CHECK(cond)	check(cond, #cond)
#define EQ(got, want)	equal(got, want, #got " == " #want)

struct test {
	const char *name;
	void (*run)(void);
};
extern const struct test call_tests[], paging_tests[], page_tests[],
	cpu_tests[], launch_tests[], user_tests[], machine_tests[],
	time_tests[], alarm_tests[];

/* rom.c: the ROM, and a function for each call, native where it said NONE. */
typedef u64 vmi_function(u32 eax, u32 edx, u32 ecx, u32 stack0, u32 stack1);
extern vmi_function *ops[VMI_CALLS];
extern u8 answers[VMI_CALLS];		/* VMI_RELOC_* */
extern const char *const call_names[VMI_CALLS];
extern const struct vmi_rom *rom;
extern u32 kernel_rpl;
#define VMI_5(nr, a, b, c, d, e, ...)	ops[nr](a, b, c, d, e)
#define vmi(name, ...)							\
	VMI_5(VMI_##name __VA_OPT__(,) __VA_ARGS__, 0, 0, 0, 0, 0)
void find_rom(void);
u32 relocation(u32 nr, u32 *address);	/* the type */
extern const struct test rom_tests[];

/* entry.S */
extern vmi_function *native_ops[VMI_CALLS];
extern const u32 stubs[256][4];
extern u64 gdt[GDT_ENTRIES], idt[256];
struct desc_ptr {
	u16 limit;
	u32 base;
} __packed;
extern struct desc_ptr gdtr, idtr;
extern char swapper[PAGE_SIZE], stack_top[], user_stack_top[], image_end[];
extern char user_code[], user_code_end[];
extern char user_return[], user_read[], user_write[], user_jump[], user_in[],
	user_ins[], user_outs[], user_hlt[], user_gate[], user_gs[], user_sysenter[];
void invoke(void *function, struct gpr *regs, u32 stack0, u32 stack1);
void iret_kernel(struct gpr *regs);	/* with regs->flags, through the site */
void enter_user(u32 frame);		/* struct frame *: does not return */
void sysexit_user(u32 eip);		/* nor does this; with this stack */
void sysenter_entry(void);
void site_irq_enable(void);
void site_irq_disable(void);
u32 site_save_fl(void);
void site_restore_fl(u32 flags);
u32 site_irq_save(void);
extern u32 trying;			/* in traps() */
bool traps(void (*action)(u32), u32 argument);
void __noreturn caught(void);

/* calls.c: registers that no call takes for anything, and what came of them */
struct gpr patterns(u32 eax, u32 ecx, u32 edx);
void changed_only(const struct gpr *now, const struct gpr *was, u32 mask);

/* user.c */
extern void *code_page;			/* at USER_CODE */
void map_user(void *top);
struct frame start(const char *code, u32 ebx, u32 flags);
/* Runs it until it traps, by that stack or the usual one: `trapped`. */
const struct frame *enter(const struct frame *f, char *stack);
const struct frame *user(const char *code, u32 ebx, u32 flags);

/* trap.c */
extern volatile u32 nmi_count;
extern bool nmi_is_trap;		/* for `int $2`; else it is counted */
extern bool debug_goes_on;		/* nothing is done for that trap... */
extern void (*at_debug)(void);		/* ...but this, if it is not NULL */
extern bool strays_go_on;		/* nor for an interrupt that is nobody's */
extern u32 interrupts[256];		/* of each vector, so far */
extern u64 interrupt_at[256];		/* the last one, in cycles */
extern struct frame trapped;		/* the last trap */
extern const struct frame *trapped_at;
extern u32 trapped_cr2;
void trap_init(void);
void raise_irq(void);			/* one is pending from now on */
#define VECTOR_IRQ(n)	(0x20 + (n))
#define TEST_IRQ	4

/* Actions for traps(), which is true if one did; `trapped` has what it was. */
void peek(u32 address);
void poke(u32 address);
void execute(u32 address);

/* paging.c: entries of 4 or, if `pae`, of 8 bytes */
extern bool pae;
extern u32 apic_va;			/* 0: there is none */
void paging_boot(u32 upper_kib);	/* before VMI_Init */
void *alloc_page(void);
void *new_space(void);			/* a top table */
void *entry(void *top, u32 va, u32 level);
void *make_entry(void *top, u32 va);	/* of level 1 */
u32 span(void);				/* bytes of an entry of level 2 */
u64 get_entry(const void *e);
void *table_at(u64 e);
void store_entry(void *e, u64 value);	/* by the kernel itself */
void set_entry(void *e, u64 value, u32 flags);
void update_entry(void *e, u32 flags);
void map_page(void *top, u32 va, u64 value);
void announce(const void *table, u32 flags);
void release(const void *table, u32 flags);
u32 features(void);			/* CPUID leaf 1, EDX */
#define CPU_PSE			(1u << 3)
#define CPU_TSC			(1u << 4)
#define CPU_PSE36		(1u << 17)

/* machine.c: a word of configuration space */
u32 pci_read(u32 device, u32 reg);

/* launch.c: before the first of its tests */
void map_timer(void);

/* pages.c: the entry of a page that is for tests */
extern void *window_entry;

/* time.c */
extern u64 unit;			/* cycles in 1/64 second */
extern bool have_apic;
u64 now(void);
bool no_time(void);			/* then the test is skipped */

static inline u32 page_pa(const void *p)
{
	return (u32)p - PAGE_OFFSET;
}
#endif
#endif
