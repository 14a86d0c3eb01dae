// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Self-tests of the page tables in force: what may be written, executed and
 * seen by user mode, by walking the live tables and then by trying it; that
 * entries keep what they are given; that a flush makes a change visible. A
 * forbidden access is made at an instruction of the exception table, so that
 * the test comes back from the fault.
 */
#include <arch/desc.h>
#include <arch/switch.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/sections.h>
#include <kernel/selftest.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/uaccess.h>
#include <pv/patch.h>
#include <pv/pv.h>

#define STACK_SLOT	(KSTACK_SIZE + PAGE_SIZE)
#define FIXUP(insn, fixup)						\
	".pushsection .extable, \"a\"\n"				\
	"	.long " insn ", " fixup "\n"				\
	".popsection\n"

static bool read_faults(const volatile void *p)
{
	u32 faulted;

	asm volatile("mov $1, %0\n"
		     "1: testb $0, (%1)\n"
		     "mov $0, %0\n"
		     "2:\n"
		     FIXUP("1b", "2b")
		     : "=&r" (faulted) : "r" (p) : "memory", "cc");
	return faulted;
}

/* Writes what was there before. */
static bool write_faults(const volatile void *p)
{
	u32 faulted;

	asm volatile("mov $1, %0\n"
		     "1: lock orb $0, (%1)\n"
		     "mov $0, %0\n"
		     "2:\n"
		     FIXUP("1b", "2b")
		     : "=&r" (faulted) : "r" (p) : "memory", "cc");
	return faulted;
}

/* Defines a function that calls code at a symbol: does that fault? */
#define CALL_FAULTS(code)						\
static bool __noinline call_##code##_faults(void)			\
{									\
	u32 faulted;							\
									\
	asm volatile("mov $1, %0\n"					\
		     "call *%1\n"					\
		     "mov $0, %0\n"					\
		     "jmp 2f\n"						\
		     "1: add $4, %%esp\n"				\
		     "2:\n"						\
		     FIXUP("%c2", "1b")					\
		     : "=&r" (faulted) : "r" (code), "i" (code)		\
		     : "memory", "cc");					\
	return faulted;							\
}

static pte_t *table_of(const pte_t *entry)
{
	return va(pte_pa(get_pte(entry)));
}

/* The L2 of the kernel half, as the CPU finds it. */
static pte_t *live_l2(void)
{
	const pte_t *l3 = va(read_cr3());

	return table_of(&l3[L3_INDEX(KERNEL_BASE)]);
}

/* How many present kernel pages are wrong; the first of them is shown. */
static u32 walk(bool (*wrong)(u32 va, u64 value))
{
	const pte_t *l2 = live_l2();
	u32 found = 0;

	for (u32 va = KERNEL_BASE; va < HOLE_BASE; va += PAGE_SIZE) {
		const pte_t *p;

		if (!(pte_flags(&l2[L2_INDEX(va)]) & PTE_P)) {
			va += L2_SPAN - PAGE_SIZE;
			continue;
		}
		p = &table_of(&l2[L2_INDEX(va)])[L1_INDEX(va)];
		if (!(pte_flags(p) & PTE_P) || !wrong(va, get_pte(p)))
			continue;
		if (!found++)
			printk("# page %08x: entry %08llx\n", va, get_pte(p));
	}
	return found;
}

static bool within(u32 va, const u8 *start, const u8 *end)
{
	return va >= (u32)start && va < (u32)end;
}

static bool is_text(u32 va)
{
	return within(va, __text_start, __text_end) ||
	       within(va, firmware.start, firmware.end) ||
	       within(va, __bss_text_start, __bss_text_end);
}

static bool is_constant(u32 va)
{
	return within(va, __rodata_start, __rodata_end) ||
	       within(va, __ro_after_init_start, __ro_after_init_end);
}

static bool executable(u64 value)
{
	return pte_nx && !(value & PTE_NX);
}

static bool write_and_execute(u32 va, u64 value)
{
	return value & PTE_W && executable(value);
}

SELFTEST(paging_wx, "paging: no kernel page is both writable and executable")
{
	EXPECT_EQ(walk(write_and_execute), 0);
}

static bool user_may(u32 va, u64 value)
{
	return value & PTE_U;
}

SELFTEST(paging_user, "paging: user mode sees no page of the kernel half")
{
	EXPECT_EQ(walk(user_may), 0);
}

static bool wrong_image(u32 va, u64 value)
{
	if (is_text(va))
		return value & (PTE_W | pte_nx);
	if (is_constant(va))
		return value & PTE_W || executable(value);
	return executable(value);
}

SELFTEST(paging_image, "paging: text is executable, constants are read-only, "
	 "all else is data")
{
	EXPECT_EQ(walk(wrong_image), 0);
	EXPECT(pte_flags(kernel_pte((u32)__text_start)) & PTE_P);
	EXPECT(pte_flags(kernel_pte((u32)__rodata_start)) & PTE_P);
	EXPECT(pte_flags(kernel_pte((u32)__ro_after_init_start)) & PTE_P);
}

static bool writable_alias(u32 va_, u64 value)
{
	u32 frame = (u32)va(pte_pa(value));

	return value & PTE_W && (is_text(frame) || is_constant(frame));
}

SELFTEST(paging_alias, "paging: text and constants are writable at no "
	 "address")
{
	EXPECT_EQ(walk(writable_alias), 0);
}

/* From the stacks on: each is above a page that is not mapped. */
static bool wrong_place(u32 va, u64 value)
{
	if (va < DIRECT_END)
		return va >= KERNEL_BASE + direct_end_pa ||
		       pte_pa(value) != va - KERNEL_BASE;
	if (va - PATCH_VA < 2 * PAGE_SIZE)
		return true;
	if (va < STACKS_BASE || va - TRACE_VA < TRACE_SIZE)
		return false;
	return va >= VMAP_END ||
	       (va - STACKS_BASE) % STACK_SLOT < PAGE_SIZE;
}

SELFTEST(paging_places, "paging: the kernel half holds the direct map, "
	 "windows and stacks, and no more")
{
	EXPECT_EQ(walk(wrong_place), 0);
}

/* The first page is the guard. */
static u32 guards_missing(const struct task *t)
{
	u32 missing = pte_flags(kernel_pte(t->stack - PAGE_SIZE)) & PTE_P;

	for (u32 at = 0; at < KSTACK_SIZE; at += PAGE_SIZE)
		EXPECT(pte_flags(kernel_pte(t->stack + at)) & PTE_P);
	if (missing)
		printk("# no guard below the stack of %s\n", t->comm);
	return missing;
}

SELFTEST(paging_guards, "paging: the page below every kernel stack is not "
	 "mapped")
{
	const struct task *t;
	u32 missing = guards_missing(&idle_task);

	list_for_each(t, &all_tasks, all)
		missing += guards_missing(t);
	EXPECT_EQ(missing, 0);
	EXPECT(read_faults((void *)(current->stack - 1)));
	EXPECT(!read_faults((void *)current->stack));
}

SELFTEST(paging_init_freed, "paging: what boot alone needed is ordinary "
	 "memory now")
{
	u32 wrong = 0;

	for (u8 *p = __init_text_start; p < __init_text_end; p += PAGE_SIZE)
		wrong += (get_pte(kernel_pte((u32)p)) & (PTE_W | pte_nx)) !=
			 (PTE_W | pte_nx);
	EXPECT_EQ(wrong, 0);
	EXPECT(!write_faults(__init_text_start));
}

SELFTEST(paging_null, "paging: page 0 faults for the kernel too")
{
	EXPECT(read_faults(NULL));
	EXPECT(write_faults(NULL));
	EXPECT(read_faults((void *)(PAGE_SIZE - 1)));
}

SELFTEST(paging_writes, "paging: writes to text and constants fault")
{
	static u8 data;

	EXPECT(!write_faults(&data));
	EXPECT(write_faults(__text_start));
	EXPECT(write_faults((u8 *)((u32)__text_end - 1)));
	EXPECT(write_faults(__rodata_start));
	EXPECT(write_faults((u8 *)((u32)__rodata_end - 1)));
	EXPECT(write_faults(idt));
	EXPECT(write_faults(&cpu));
	EXPECT(write_faults(&mem_map));
#ifndef PV_OFF
	EXPECT(write_faults(&pv_ops));
	EXPECT(write_faults(&pv_impl));
	EXPECT(write_faults(__pv_sites));
	EXPECT(write_faults(__pv_native));
	for (u32 i = 0; i < PV_OPS; i++)
		if (pv_impl[i].len)
			EXPECT(write_faults(pv_impl[i].bytes));
#endif
}

extern int (*syscall_table[SYSCALL_LIMIT])(struct regs *r);

SELFTEST(paging_syscalls, "paging: the system call table cannot be written")
{
	EXPECT(write_faults(&syscall_table[0]));
	EXPECT(write_faults(&syscall_table[SYSCALL_LIMIT - 1]));
}

#define RET	0xc3
static u8 data_code[] = { RET };
static const u8 const_code[] = { RET };
static u8 bss_code[1];
CALL_FAULTS(data_code)
CALL_FAULTS(const_code)
CALL_FAULTS(bss_code)

SELFTEST(paging_execute, "paging: data does not execute")
{
	if (!pte_nx) {
		selftest_skip("the CPU has no NX");
		return;
	}
	bss_code[0] = RET;
	EXPECT(call_data_code_faults());
	EXPECT(call_const_code_faults());
	EXPECT(call_bss_code_faults());
}

static pte_t *kernel_half(const struct mm *mm)
{
	return table_of(&mm->tables.l3[L3_INDEX(KERNEL_BASE)]);
}

SELFTEST(paging_roots, "paging: each address space has its own fourth L2, "
	 "with the kernel's L1s")
{
	struct mm *a = mm_create(), *b = mm_create();
	const pte_t *kernel = kernel_half(&kernel_mm);
	u32 differ = 0;

	if (!a || !b) {
		FAIL("two address spaces");
		return;
	}
	EXPECT(kernel_half(a) != kernel_half(b));
	EXPECT(kernel_half(a) != kernel && kernel_half(b) != kernel);
	for (u32 va = KERNEL_BASE; va < VMAP_END; va += L2_SPAN) {
		u32 i = L2_INDEX(va), l1 = pte_pa(get_pte(&kernel[i]));

		differ += pte_pa(get_pte(&kernel_half(a)[i])) != l1 ||
			  pte_pa(get_pte(&kernel_half(b)[i])) != l1;
	}
	EXPECT_EQ(differ, 0);
	mm_put(a);
	mm_put(b);
}

#define SCRATCH_VA	0x40000000
static const u64 flag_sets[] = {
	PTE_P | PTE_U | PTE_A, PTE_P | PTE_U | PTE_W | PTE_A | PTE_D,
	PTE_P | PTE_A, PTE_P | PTE_W | PTE_A | PTE_D, PTE_HELD,
};

static void read_back_l1(pte_t *p, u64 page, u64 nx)
{
	for (u32 i = 0; i < ARRAY_SIZE(flag_sets); i++) {
		u64 value = flag_sets[i] & PTE_P ? page | flag_sets[i] | nx :
			    pte_held(page);

		set_pte(p, value);
		EXPECT(get_pte(p) == value);
		EXPECT_EQ(pte_flags(p) & (PTE_MAPPED | PTE_W | PTE_U),
			  flag_sets[i] & (PTE_MAPPED | PTE_W | PTE_U));
		clear_pte(p);
		EXPECT(!get_pte(p));
		set_pte(p, page | PTE_P | PTE_U | PTE_A);
		set_pte(p, value);
		EXPECT(get_pte(p) == value);
		clear_pte(p);
	}
}

SELFTEST(paging_l1, "paging: an L1 entry reads back as it was set, changed, "
	 "cleared")
{
	struct mm *mm = mm_create();
	pte_t *p = mm ? mm_pte(mm, SCRATCH_VA, true) : NULL;
	void *page = page_alloc();

	if (!p || !page) {
		FAIL("a page and its table");
		return;
	}
	read_back_l1(p, pa(page), 0);
	read_back_l1(p, pa(page), pte_nx);
	mm_put(mm);
	page_put(page);
}

/* A hypervisor may add flags to the upper levels: only P and frame count. */
static void read_back(pte_t *p, void (*link)(pte_t *, pteval_t),
		      void (*unlink)(pte_t *))
{
	u64 value = get_pte(p);
	u32 table = pte_pa(value);

	EXPECT(value & PTE_P);
	EXPECT(table);
	unlink(p);
	EXPECT(!get_pte(p));
	link(p, value);
	EXPECT_EQ(pte_pa(get_pte(p)), table);
	EXPECT(pte_flags(p) & PTE_P);
}

SELFTEST(paging_upper, "paging: L2 and L3 entries read back as they were "
	 "linked")
{
	struct mm *mm = mm_create();
	pte_t *l1 = mm ? mm_pte(mm, SCRATCH_VA, true) : NULL, *l2, *l3;

	if (!l1) {
		FAIL("a table");
		return;
	}
	l3 = &mm->tables.l3[L3_INDEX(SCRATCH_VA)];
	l2 = &table_of(l3)[L2_INDEX(SCRATCH_VA)];
	EXPECT(&table_of(l2)[L1_INDEX(SCRATCH_VA)] == l1);
	read_back(l2, link_l1, unlink_l1);
	read_back(l3, link_l2, unlink_l2);
	mm_put(mm);
}

/* An address of the vmap area where nothing is mapped. */
static volatile u32 *window(void)
{
	u32 va = STACKS_BASE;

	do
		va -= PAGE_SIZE;
	while (pte_flags(kernel_pte(va)) & PTE_P);
	return (volatile u32 *)va;
}

/* Each change of the mapping has to be seen after `flush`. */
static void remap(u64 flags, void (*flush)(void))
{
	u32 *a = page_alloc(), *b = page_alloc();
	volatile u32 *w = window();
	pte_t *p = kernel_pte((u32)w);

	if (!a || !b) {
		FAIL("two pages");
		return;
	}
	flags |= PTE_P | PTE_A | PTE_D | pte_nx;
	*a = 0xaaaaaaaa;
	*b = 0xbbbbbbbb;
	set_pte(p, pa(a) | flags | PTE_W);
	EXPECT_EQ(*w, 0xaaaaaaaa);
	EXPECT(!write_faults(w));
	set_pte(p, pa(b) | flags | PTE_W);
	flush();
	EXPECT_EQ(*w, 0xbbbbbbbb);
	EXPECT(!write_faults(w));
	set_pte(p, pa(b) | flags);
	flush();
	EXPECT(write_faults(w));
	clear_pte(p);
	flush();
	EXPECT(read_faults(w));
	page_put(a);
	page_put(b);
}

static volatile u32 *window_now;

static void flush_page(void)
{
	flush_tlb_page((u32)window_now);
}

SELFTEST(flush_one, "paging: flush_tlb_page makes a changed mapping visible")
{
	window_now = window();
	remap(0, flush_page);
	remap(PTE_G, flush_page);
}

SELFTEST(flush_others, "paging: flush_tlb_user makes changed mappings visible "
	 "that are not global")
{
	remap(0, flush_user);
}

static void flush_all(void)
{
	flush_tlb_all();
}

SELFTEST(flush_global, "paging: flush_tlb_all makes all changed mappings "
	 "visible")
{
	remap(0, flush_all);
	remap(PTE_G, flush_all);
}

/* An address space with one written page at SCRATCH_VA. */
static struct mm *space_with(u32 word)
{
	struct vma area = { .start = SCRATCH_VA, .prot = PROT_READ | PROT_WRITE,
			    .end = SCRATCH_VA + PAGE_SIZE };
	struct mm *mm = mm_create();

	if (!mm || vma_map(mm, &area) ||
	    mm_fault(mm, SCRATCH_VA, PF_WRITE | PF_USER)) {
		FAIL("an address space");
		return &kernel_mm;
	}
	*(u32 *)table_of(mm_pte(mm, SCRATCH_VA, false)) = word;
	tables_complete(&mm->tables);
	return mm;
}

static void leave(struct mm *mm)
{
	mm_switch(&kernel_mm);
	task_loaded();
	if (mm != &kernel_mm)
		mm_put(mm);
}

SELFTEST(paging_switch, "paging: mm_switch changes the user half as soon as it is loaded")
{
	struct mm *a = space_with(0xaaaaaaaa), *b = space_with(0xbbbbbbbb);
	u32 word = 0, wrong = 0;

	for (int i = 0; i < 20; i++) {
		struct mm *mm = i & 1 ? b : a;

		mm_switch(mm);
		task_loaded();
		EXPECT_EQ(read_cr3(), pa(mm->tables.l3));
		wrong += get_user(word, (u32 *)SCRATCH_VA) ||
			 word != (i & 1 ? 0xbbbbbbbb : 0xaaaaaaaa);
	}
	EXPECT_EQ(wrong, 0);
	leave(a);
	leave(b);
	EXPECT(read_faults((void *)SCRATCH_VA));
}

SELFTEST(paging_shared, "paging: a kernel mapping made in one address space "
	 "is there in all")
{
	struct mm *a = space_with(0), *b = space_with(0);
	volatile u32 *w = window();
	u32 *page = page_alloc();

	if (!page) {
		FAIL("a page");
		return;
	}
	*page = 0xcccccccc;
	mm_switch(a);
	task_loaded();
	kernel_map((u32)w, pa(page), PTE_P | PTE_A | PTE_G | pte_nx);
	mm_switch(b);
	task_loaded();
	EXPECT(!read_faults(w) && *w == 0xcccccccc);
	kernel_unmap((u32)w);
	EXPECT(read_faults(w));
	mm_switch(a);
	task_loaded();
	EXPECT(read_faults(w));
	leave(a);
	leave(b);
	page_put(page);
}
