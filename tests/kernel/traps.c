// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Self-tests of what interrupts the kernel: the interrupt flag, exceptions
 * that the exception table expects, copies from and to user memory with every
 * kind of bad pointer, NMIs; and of port I/O, by which QEMU's pc-testdev
 * raises interrupt lines on request. It has 4 bytes of storage at IO_PORT, and
 * a write of 1 or 0 to LINE_PORT + n raises or lowers line n.
 */
#include <arch/desc.h>
#include <arch/pc.h>
#include <arch/switch.h>
#include <kernel/irq.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/selftest.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <kernel/uaccess.h>
#include <pv/pv.h>

#define IO_PORT		0xe0
#define LINE_PORT	0x2000
#define FIXUP(insn, fixup)						\
	".pushsection .extable, \"a\"\n"				\
	"	.long " insn ", " fixup "\n"				\
	".popsection\n"

static bool have_testdev(void)
{
	outl(0x5ac39600, IO_PORT);
	if (inl(IO_PORT) == 0x5ac39600)
		return true;
	selftest_skip("there is no pc-testdev");
	return false;
}

static u32 count(enum irq_kind kind)
{
	return *(volatile u32 *)&irq_count[kind];
}

static void raise(u32 line)
{
	outb(1, LINE_PORT + line);
}

static void lower(u32 line)
{
	outb(0, LINE_PORT + line);
}

/*
 * Lines that nobody else uses, one at each interrupt controller. Lines 10 and
 * 11 belong to PCI and interrupt for as long as they are high.
 */
#define LINE		5
#define SECOND_LINE	12

static bool have_lines(void)
{
	if (!on_a_pc()) {
		selftest_skip("a hypervisor owns the interrupt lines");
		return false;
	}
	if (!have_testdev())
		return false;
	pic_unmask(LINE);
	pic_unmask(SECOND_LINE);
	return true;
}

SELFTEST(irq_flag, "traps: save_fl says what irq_enable, irq_disable and "
	 "restore_fl did")
{
	u32 on, off;

	irq_enable();
	on = save_fl();
	irq_disable();
	off = save_fl();
	EXPECT(on & EFLAGS_IF);
	EXPECT(!(off & EFLAGS_IF));
	restore_fl(on);
	EXPECT(save_fl() & EFLAGS_IF);
	restore_fl(off);
	EXPECT(!(save_fl() & EFLAGS_IF));
	restore_fl(EFLAGS_IF);
	EXPECT(save_fl() & EFLAGS_IF);
}

SELFTEST(irq_nesting, "traps: only the outermost irq_save turns interrupts "
	 "on again")
{
	u32 outer = irq_save(), inner;

	EXPECT(!(save_fl() & EFLAGS_IF));
	inner = irq_save();
	EXPECT(!(save_fl() & EFLAGS_IF));
	restore_fl(inner);
	EXPECT(!(save_fl() & EFLAGS_IF));
	restore_fl(outer);
	EXPECT(save_fl() & EFLAGS_IF);
}

/* Raises a line with interrupts off: it must not be seen for a while. */
static u32 pend(u32 line)
{
	u32 before = count(IRQ_OTHER);
	u64 end = clock_ns() + NSEC_PER_MSEC / 10;

	raise(line);
	while (clock_ns() < end)
		;
	EXPECT_EQ(count(IRQ_OTHER), before);
	return before;
}

/* STI delays interrupts by one instruction of whoever executes it. */
SELFTEST(irq_enable_delivers, "traps: irq_enable delivers what pends before "
	 "a second instruction")
{
	u32 before, after;

	if (!have_lines())
		return;
	for (u32 i = 0; i < 20; i++) {
		u32 line = i & 1 ? SECOND_LINE : LINE;

		irq_disable();
		before = pend(line);
		irq_enable();
		asm volatile("nop" : : : "memory");
		after = count(IRQ_OTHER);
		lower(line);
		EXPECT_EQ(after, before + 1);
	}
}

SELFTEST(restore_delivers, "traps: restore_fl delivers what pends before the "
	 "next instruction")
{
	u32 before, after, flags, inner;

	if (!have_lines())
		return;
	for (u32 i = 0; i < 20; i++) {
		u32 line = i & 1 ? SECOND_LINE : LINE;

		flags = irq_save();
		inner = irq_save();
		before = pend(line);
		restore_fl(inner);
		EXPECT_EQ(count(IRQ_OTHER), before);
		restore_fl(flags);
		after = count(IRQ_OTHER);
		lower(line);
		EXPECT_EQ(after, before + 1);
	}
}

/*
 * If the interrupt came before the halt, only the alarm would end that. The
 * second alarm puts things in order for the kernel, which set none of them.
 */
SELFTEST(halt_gap, "traps: safe_halt takes a pending interrupt and returns")
{
	u32 before, alarms;

	if (!have_lines())
		return;
	irq_disable();
	alarms = count(IRQ_TIMER);
	alarm_set(clock_ns() + 2ull * NSEC_PER_SEC);
	before = count(IRQ_OTHER);
	raise(LINE);
	safe_halt();
	lower(LINE);
	EXPECT_EQ(count(IRQ_OTHER), before + 1);
	EXPECT_EQ(count(IRQ_TIMER), alarms);
	alarm_set(clock_ns());
	while (count(IRQ_TIMER) == alarms)
		;
}

/* Defines a function: does the exception at label `at` reach the table? */
#define REACHES_TABLE(name, instruction, at)				\
static bool __noinline name##_is_caught(void)				\
{									\
	u32 caught;							\
									\
	asm volatile("mov $1, %0\n"					\
		     "1: " instruction "\n"				\
		     "2: mov $0, %0\n"					\
		     "3:\n"						\
		     FIXUP(at, "3b")					\
		     : "=&r" (caught)					\
		     : "r" (0), "r" (0xfff8), "i" (bounds)		\
		     : "eax", "edx", "memory", "cc");			\
	return caught;							\
}

static const s32 bounds[2] = { 1, 1 };
REACHES_TABLE(divide_error, "div %1", "1b")
REACHES_TABLE(invalid_opcode, "ud2", "1b")
REACHES_TABLE(bad_selector, "mov %w2, %%fs", "1b")
REACHES_TABLE(out_of_bounds, "bound %1, %c3", "1b")
REACHES_TABLE(bad_read, "mov (%1), %%eax", "1b")
/* Of these the CPU reports the instruction that follows. */
REACHES_TABLE(breakpoint, "int3", "2b")
REACHES_TABLE(overflow, "mov $0x7f, %%al\n add $1, %%al\n into", "2b")

SELFTEST(exceptions, "traps: kernel exceptions are looked up in the exception "
	 "table")
{
	for (int i = 0; i < 3; i++) {
		EXPECT(divide_error_is_caught());
		EXPECT(invalid_opcode_is_caught());
		EXPECT(bad_selector_is_caught());
		EXPECT(out_of_bounds_is_caught());
		EXPECT(bad_read_is_caught());
		EXPECT(breakpoint_is_caught());
		EXPECT(overflow_is_caught());
	}
}

SELFTEST(exceptions_flag, "traps: an exception leaves the interrupt flag as "
	 "it was")
{
	for (int i = 0; i < 3; i++) {
		irq_disable();
		EXPECT(bad_read_is_caught() && breakpoint_is_caught());
		EXPECT(!(save_fl() & EFLAGS_IF));
		irq_enable();
		EXPECT(bad_read_is_caught() && breakpoint_is_caught());
		EXPECT(save_fl() & EFLAGS_IF);
	}
}

/* The breakpoint returns to where it was. */
#define INT3	"int3\n2:\n" FIXUP("2b", "2b")

SELFTEST(exceptions_registers, "traps: an exception keeps registers and flags")
{
	static u32 ebp;
	static u8 carry;
	static const u8 bytes[] = { 0xa5, 0x5a };
	const u8 *p = &bytes[1];
	u32 a = 0x11111111, b = 0x22222222, c = 0x33333333, d = 0x44444444;
	u32 si = 0x55555555, di = 0x66666666;

	asm volatile("push %%ebp\n"
		     "mov $0x77777777, %%ebp\n"
		     "stc\n"
		     INT3
		     "setc %7\n"
		     "mov %%ebp, %6\n"
		     "pop %%ebp\n"
		     : "+a" (a), "+b" (b), "+c" (c), "+d" (d), "+S" (si),
		       "+D" (di), "=m" (ebp), "=m" (carry) : : "cc", "memory");
	EXPECT(a == 0x11111111 && b == 0x22222222 && c == 0x33333333);
	EXPECT(d == 0x44444444 && si == 0x55555555 && di == 0x66666666);
	EXPECT_EQ(ebp, 0x77777777);
	EXPECT_EQ(carry, 1);
	/* The direction flag, too: the string instruction counts down. */
	asm volatile("std\n" INT3 "lodsb\n\tcld" : "+S" (p), "=a" (a)
		     : "m" (bytes) : "cc", "memory");
	EXPECT(p == bytes);
	EXPECT_EQ((u8)a, 0x5a);
}

#define DR6_B0		1
#define DR6_B3		8
/* Debug register 0 is armed for writes of 4 bytes. */
#define DR7_WRITES	0x000d0401

SELFTEST(debug_trap, "traps: a watchpoint in the kernel is taken, and the "
	 "kernel goes on")
{
	static volatile u32 watched, other;

	set_debugreg(0, (u32)&watched);
	set_debugreg(6, DR6_B3);
	set_debugreg(7, DR7_WRITES);
	other = watched + 1;
	EXPECT(get_debugreg(6) & DR6_B3);
	watched = 7;
	EXPECT(!(get_debugreg(6) & (DR6_B0 | DR6_B3)));
	set_debugreg(7, 0);
	set_debugreg(6, DR6_B3);
	watched = 8;
	EXPECT(get_debugreg(6) & DR6_B3);
	set_debugreg(6, 0);
	set_debugreg(0, 0);
	EXPECT(watched == 8 && other == 1);
}

SELFTEST(user_frames, "traps: a frame is the user's by the RPL of CS or by "
	 "EFLAGS.VM, by no other bit")
{
	for (u32 cs = 0; cs < 0x10000; cs += 0x21) {
		struct regs regs = { .cs = cs, .eflags = ~EFLAGS_VM };

		EXPECT_EQ(user_mode(&regs), (cs & 3) == 3);
		regs.eflags = EFLAGS_VM;
		EXPECT(user_mode(&regs));
	}
}

#define ICR_LOW		((volatile u32 *)(LAPIC_VA + 0x300))
#define ICR_HIGH	((volatile u32 *)(LAPIC_VA + 0x310))
#define APIC_ID		((volatile u32 *)(LAPIC_VA + 0x020))
#define SEND_NMI	0x4400		/* to the CPU in ICR_HIGH */

/*
 * True if an NMI comes, sent by this CPU to itself. DS is then what a user may
 * have left in it.
 */
static bool nmi_comes(u32 ds)
{
	u32 before = count(IRQ_NMI), spins = 1000000;

	*ICR_HIGH = *APIC_ID;
	asm volatile("mov %1, %%ds\n\t"
		     "movl %2, %%ss:(%3)\n"
		     "1:\n\t"
		     "cmp %4, %%ss:(%5)\n\t"
		     "loope 1b\n\t"
		     "mov %6, %%ds"
		     : "+c" (spins)
		     : "r" (ds), "i" (SEND_NMI), "r" (ICR_LOW), "r" (before),
		       "r" (&irq_count[IRQ_NMI]), "r" (USER_DS)
		     : "memory", "cc");
	return count(IRQ_NMI) == before + 1;
}

SELFTEST(nmi, "traps: an NMI is counted, with interrupts on and off, with any "
	 "DS")
{
	const u64 tls[GDT_TLS_COUNT] = {
		DESC(0x40000000, 0xfffff, DESC_PRESENT | DESC_DPL(3) |
		     DESC_DATA, DESC_G_32),
	};
	const u32 ds[] = { USER_DS, 0, GDT_TLS * 8 + 3 };
	u32 flags;

	if (!on_a_pc() || !(pte_flags(kernel_pte(LAPIC_VA)) & PTE_P)) {
		selftest_skip("there is no local APIC to send one");
		return;
	}
	load_tls(tls);
	for (u32 i = 0; i < 51; i++) {
		EXPECT(nmi_comes(ds[i % ARRAY_SIZE(ds)]));
		flags = irq_save();
		EXPECT(nmi_comes(ds[i % ARRAY_SIZE(ds)]));
		EXPECT(!(save_fl() & EFLAGS_IF));
		restore_fl(flags);
		EXPECT(save_fl() & EFLAGS_IF);
	}
	load_tls(current->arch.tls);
}

SELFTEST(io_sizes, "traps: port I/O of 8, 16 and 32 bits")
{
	if (!have_testdev())
		return;
	outl(0x44332211, IO_PORT);
	for (u32 i = 0; i < 4; i++)
		EXPECT_EQ(inb(IO_PORT + i), 0x11 * (i + 1));
	EXPECT_EQ(inw(IO_PORT), 0x2211);
	EXPECT_EQ(inw(IO_PORT + 2), 0x4433);
	outb(0xaa, IO_PORT + 1);
	EXPECT_EQ(inl(IO_PORT), 0x4433aa11);
	outw(0xccbb, IO_PORT + 2);
	EXPECT_EQ(inl(IO_PORT), 0xccbbaa11);
	/* Only the low bits of a value go out. */
	outb(0x12345678, IO_PORT);
	outw(0x9abcdef0, IO_PORT + 2);
	EXPECT_EQ(inl(IO_PORT), 0xdef0aa78);
}

SELFTEST(io_strings, "traps: string output writes as many bytes as it is told")
{
	static const u8 from[3] = { 0x81, 0x82, 0x83 };

	if (!have_testdev())
		return;
	outl(0, IO_PORT);
	outsb(from, IO_PORT, 0);
	EXPECT_EQ(inl(IO_PORT), 0);
	outsb(from, IO_PORT, 3);
	EXPECT_EQ(inl(IO_PORT), 0x83);
	outsb(from, IO_PORT, 1);
	EXPECT_EQ(inl(IO_PORT), 0x81);
}

/*
 * User memory to copy from and to. Nothing is mapped right before or after
 * any of these; at the LAST page the user half ends.
 */
#define PAGES		((u8 *)0x10000)		/* two pages */
#define PAGES_END	(PAGES + 2 * PAGE_SIZE)
#define CONSTANT	((u8 *)0x20000)		/* read-only */
#define UNMAPPED	((u8 *)0x30000)
#define FORBIDDEN	((u8 *)0x40000)		/* PROT_NONE */
#define LAST		((u8 *)(USER_END - PAGE_SIZE))
#define KERNEL_MEMORY	((u8 *)USER_END)

static bool map_area(struct mm *mm, u8 *at, u32 pages, u8 prot)
{
	struct vma area = { .start = (u32)at, .prot = prot,
			    .end = (u32)at + pages * PAGE_SIZE };

	return !vma_map(mm, &area);
}

/* The test becomes a process of this memory; leave_process undoes it. */
static bool enter_user_memory(void)
{
	struct mm *mm = mm_create();

	if (!mm || !map_area(mm, PAGES, 2, PROT_READ | PROT_WRITE) ||
	    !map_area(mm, CONSTANT, 1, PROT_READ) ||
	    !map_area(mm, FORBIDDEN, 1, 0) ||
	    !map_area(mm, LAST, 1, PROT_READ | PROT_WRITE)) {
		FAIL("user memory");
		return false;
	}
	tables_complete(&mm->tables);
	current->mm = mm;
	mm_switch(mm);
	task_loaded();
	return true;
}

#define COPY_MAX	19
#define UNTOUCHED	0xee

/* Copies `len` bytes there and back; whatever is around stays as it was. */
static void copy_both_ways(u8 *user, u32 len)
{
	u8 from[COPY_MAX], to[COPY_MAX + 2];
	u32 wrong = 0;

	for (u32 i = 0; i < sizeof(from); i++)
		from[i] = len + 3 * i;
	memset(to, UNTOUCHED, sizeof(to));
	EXPECT_EQ(copy_to_user(user, from, len), 0);
	EXPECT_EQ(copy_from_user(to + 1, user, len), 0);
	for (u32 i = 0; i < len; i++)
		wrong += to[i + 1] != from[i];
	EXPECT_EQ(wrong, 0);
	EXPECT(to[0] == UNTOUCHED && to[len + 1] == UNTOUCHED);
	EXPECT_EQ(clear_user(user, len), 0);
	EXPECT_EQ(copy_from_user(to + 1, user, len), 0);
	for (u32 i = 0; i < len; i++)
		wrong += to[i + 1] != 0;
	EXPECT_EQ(wrong, 0);
}

/* No copy of any kind works there, and the kernel's side is not written. */
static void no_copy(u8 *user, u32 len, bool readable)
{
	u8 from[COPY_MAX] = { 1 }, to[COPY_MAX];
	u32 changed = 0;

	EXPECT_EQ(copy_to_user(user, from, len), -EFAULT);
	EXPECT_EQ(clear_user(user, len), -EFAULT);
	if (readable)
		return;
	memset(to, UNTOUCHED, sizeof(to));
	EXPECT_EQ(copy_from_user(to, user, len), -EFAULT);
	for (u32 i = len; i < sizeof(to); i++)
		changed += to[i] != UNTOUCHED;
	EXPECT_EQ(changed, 0);
}

SELFTEST(copy_edges, "traps: user copies of any length and alignment work to "
	 "the last byte, and not beyond")
{
	if (!enter_user_memory())
		return;
	for (u32 len = 0; len <= COPY_MAX; len++) {
		copy_both_ways(PAGES, len);
		copy_both_ways(PAGES + PAGE_SIZE - len / 2, len);
		copy_both_ways(PAGES_END - len, len);
		copy_both_ways(LAST, len);
		copy_both_ways(KERNEL_MEMORY - len, len);
	}
	for (u32 len = 1; len <= COPY_MAX; len++) {
		no_copy(PAGES - 1, len, false);
		no_copy(PAGES_END - len + 1, len, false);
		no_copy(LAST - 1, len, false);
		no_copy(KERNEL_MEMORY - len + 1, len, false);
	}
	leave_process();
}

SELFTEST(copy_bad, "traps: user copies refuse kernel addresses, wrap-around "
	 "and unmapped pages")
{
	static u8 kernel_word[4] = { 1, 2, 3, 4 };

	if (!enter_user_memory())
		return;
	no_copy(UNMAPPED, 4, false);
	no_copy(NULL, 4, false);
	no_copy(FORBIDDEN, 4, false);
	no_copy(CONSTANT, 4, true);
	no_copy(kernel_word, sizeof(kernel_word), false);
	no_copy(KERNEL_MEMORY, 1, false);
	no_copy((u8 *)0xfffffffc, 8, false);
	no_copy((u8 *)0xffffffff, 1, false);
	EXPECT(!memcmp(kernel_word, "\1\2\3\4", 4));
	EXPECT_EQ(copy_to_user(PAGES, kernel_word, 0xffffffff), -EFAULT);
	EXPECT_EQ(copy_from_user(kernel_word, PAGES, 0xffffffff), -EFAULT);
	EXPECT_EQ(clear_user(PAGES, 0xffffffff), -EFAULT);
	EXPECT_EQ(copy_to_user(UNMAPPED, kernel_word, 0), 0);
	EXPECT_EQ(copy_from_user(kernel_word, UNMAPPED, 0), 0);
	EXPECT_EQ(clear_user(UNMAPPED, 0), 0);
	EXPECT(!memcmp(kernel_word, "\1\2\3\4", 4));
	leave_process();
}

SELFTEST(copy_kernel_thread, "traps: in a kernel thread user copies fail")
{
	no_copy(PAGES, 4, false);
	no_copy(NULL, 1, false);
}

struct hold {
	struct hold *next;
};

SELFTEST(copy_no_memory, "traps: a user copy that needs a page when there is "
	 "none fails with ENOMEM, not with EFAULT")
{
	struct hold *all = NULL, *page;
	char text[4];
	u32 word = 1;

	if (!enter_user_memory())
		return;
	EXPECT_EQ(put_user(word, (u32 *)PAGES), 0);
	drain_caches();
	while ((page = page_alloc())) {
		page->next = all;
		all = page;
	}
	EXPECT_EQ(put_user(word, (u32 *)PAGES), 0);
	EXPECT_EQ(put_user(word, (u32 *)(PAGES + PAGE_SIZE)), -ENOMEM);
	EXPECT_EQ(clear_user(PAGES + PAGE_SIZE, 4), -ENOMEM);
	EXPECT_EQ(get_user(word, (u32 *)LAST), -ENOMEM);
	EXPECT_EQ(strncpy_from_user(text, (char *)LAST, 4), -ENOMEM);
	EXPECT_EQ(get_user(word, (u32 *)UNMAPPED), -EFAULT);
	for (; all; all = page) {
		page = all->next;
		page_put(all);
	}
	EXPECT_EQ(put_user(word, (u32 *)(PAGES + PAGE_SIZE)), 0);
	leave_process();
}

/* The string "abc" at `at`, and what a copy with room for `size` gives. */
static int copy_abc(u8 *at, u32 size)
{
	char to[8];
	int len;

	memset(to, UNTOUCHED, sizeof(to));
	len = strncpy_from_user(to, (char *)at, size);
	if (len >= 0)
		EXPECT(!strcmp(to, "abc"));
	EXPECT_EQ((u8)to[size], UNTOUCHED);
	return len;
}

SELFTEST(strings, "traps: user strings may end at the last byte before the "
	 "edge, and no later")
{
	u8 *const edges[] = { PAGES_END, KERNEL_MEMORY };
	char to[8];

	if (!enter_user_memory())
		return;
	for (u32 i = 0; i < ARRAY_SIZE(edges); i++) {
		u8 *end = edges[i];

		EXPECT_EQ(copy_to_user(end - 4, "abc", 4), 0);
		EXPECT_EQ(copy_abc(end - 4, 7), 3);
		EXPECT_EQ(copy_abc(end - 4, 4), 3);
		EXPECT_EQ(copy_abc(end - 4, 3), -ENAMETOOLONG);
		EXPECT_EQ(copy_abc(end - 4, 1), -ENAMETOOLONG);
		EXPECT_EQ(strncpy_from_user(to, (char *)end - 1, 1), 0);
		EXPECT_EQ(to[0], 0);
		EXPECT_EQ(copy_to_user(end - 4, "abcd", 4), 0);
		EXPECT_EQ(copy_abc(end - 4, 7), -EFAULT);
		EXPECT_EQ(copy_abc(end - 4, 4), -ENAMETOOLONG);
		EXPECT_EQ(copy_abc(end, 4), -EFAULT);
	}
	leave_process();
}

SELFTEST(strings_bad, "traps: user strings at kernel and unmapped addresses "
	 "are refused")
{
	if (!enter_user_memory())
		return;
	EXPECT_EQ(copy_abc((u8 *)"abc", 7), -EFAULT);
	EXPECT_EQ(copy_abc((u8 *)0xffffffff, 7), -EFAULT);
	EXPECT_EQ(copy_abc(NULL, 7), -EFAULT);
	EXPECT_EQ(copy_abc(UNMAPPED, 7), -EFAULT);
	EXPECT_EQ(copy_abc(FORBIDDEN, 7), -EFAULT);
	leave_process();
}
