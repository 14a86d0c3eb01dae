// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * To user mode and back: IRET, SYSEXIT, faults, the kernel's stack, privilege
 * for ports, and a whole context switch. vmi-abi 5.4, 6.2 to 6.4.
 */
#include "attack.h"

#define STACK		0x0804a000
#define UNMAPPED	0x0804c000
#define IOPL(n)		((n) << 12)

void *code_page;

void map_user(void *top)
{
	void *stack = alloc_page();

	if (!code_page) {
		code_page = alloc_page();
		__builtin_memcpy(code_page, user_code,
				 user_code_end - user_code);
	}
	map_page(top, USER_CODE, page_pa(code_page) | PTE_P | PTE_U);
	map_page(top, STACK, page_pa(stack) | PTE_P | PTE_W | PTE_U);
}

struct frame start(const char *code, u32 ebx, u32 flags)
{
	return (struct frame){
		.eax = 0xa0a0a0a0, .ebx = ebx, .ecx = 0xc0c0c0c0,
		.edx = 0xd0d0d0d0, .esi = 0x51515151, .edi = 0xd1d1d1d1,
		.ebp = 0xbbbbbbbb, .ds = USER_DS, .es = USER_DS,
		.eip = USER_CODE + (code - user_code), .cs = USER_CS,
		.eflags = EFLAGS_FIXED | flags,
		.esp = STACK + PAGE_SIZE, .ss = USER_DS,
	};
}

/* Runs it until it traps, by the stack that the kernel has told. */
const struct frame *enter(const struct frame *f, char *stack)
{
	struct frame *at = (struct frame *)stack - 1;

	*at = *f;
	traps(enter_user, (u32)at);
	site_irq_disable();
	return &trapped;
}

const struct frame *user(const char *code, u32 ebx, u32 flags)
{
	struct frame f = start(code, ebx, flags);

	return enter(&f, user_stack_top);
}

static void t_return(void)
{
	struct frame f = start(user_return, 0xb0b0b0b0, EFLAGS_IF | 0x8d5);

	map_user(swapper);
	enter(&f, user_stack_top);
	EQ(trapped.vector, VECTOR_SYSCALL);
	EQ(trapped.eip, f.eip + 2);
	EQ(trapped.cs & 0xffff, USER_CS);
	EQ(trapped.ss & 0xffff, USER_DS);
	EQ(trapped.esp, f.esp);
	EQ(trapped.eflags & ~EFLAGS_IOPL, f.eflags);
	EQ(trapped.ds & 0xffff, USER_DS);
	EQ(trapped.eax, f.eax);
	EQ(trapped.ebx, f.ebx);
	EQ(trapped.ecx, f.ecx);
	EQ(trapped.edx, f.edx);
	EQ(trapped.esi, f.esi);
	EQ(trapped.edi, f.edi);
	EQ(trapped.ebp, f.ebp);
	EQ((u32)trapped_at, (u32)user_stack_top - sizeof(f));
}

static void t_stack(void)
{
	static char other[PAGE_SIZE] __aligned(16);
	char *stack[] = { other + sizeof(other), user_stack_top };
	struct frame f = start(user_return, 0, EFLAGS_IF);

	for (u32 i = 0; i < ARRAY_SIZE(stack); i++) {
		vmi(UpdateKernelStack, KERNEL_DS, (u32)stack[i]);
		enter(&f, stack[i]);
		EQ((u32)trapped_at, (u32)stack[i] - sizeof(f));
	}
}

static void page_fault(const char *code, u32 address, u32 error, u32 iopl)
{
	user(code, address, EFLAGS_IF | iopl);
	EQ(trapped.vector, TRAP_PAGE_FAULT);
	EQ(trapped.error & ~PF_EXEC, error);
	EQ(trapped_cr2, address);
	EQ(trapped.cs & 0xffff, USER_CS);
}

static void protection(const char *code, u32 ebx, u32 error)
{
	user(code, ebx, EFLAGS_IF);
	EQ(trapped.vector, TRAP_GP);
	EQ(trapped.error, error);
	EQ(trapped.eip, USER_CODE + (code - user_code));
}

static void t_faults(void)
{
	page_fault(user_read, UNMAPPED, PF_USER, 0);
	page_fault(user_write, UNMAPPED, PF_USER | PF_WRITE, 0);
	page_fault(user_write, USER_CODE, PF_USER | PF_WRITE | PF_PRESENT, 0);
	page_fault(user_read, PAGE_OFFSET + 0x100000, PF_USER | PF_PRESENT, 0);
	page_fault(user_jump, UNMAPPED, PF_USER, 0);
	protection(user_hlt, 0, 0);
	protection(user_gate, 0, VECTOR_IRQ0 * 8 + 2);
}

static void t_iopl(void)
{
	for (u32 i = 0; i < 2; i++) {
		vmi(SetIOPLMask, 0);
		protection(user_in + 2, 0, 0);
		vmi(SetIOPLMask, IOPL(3));
		EQ(user(user_in, 0xe0, EFLAGS_IF | IOPL(3))->vector,
		   VECTOR_SYSCALL);
	}
	/* In ring 0, it is the real one. */
	for (u32 i = 0; i < 4 && !kernel_rpl; i++) {
		u32 flags;

		vmi(SetIOPLMask, IOPL(3 - i));
		asm volatile("pushf\n\tpop %0" : "=r" (flags));
		EQ(flags & IOPL(3), IOPL(3 - i));
	}
	vmi(SetIOPLMask, 0);
}

static void kernel_ins(u32 at)
{
	asm volatile("insb" : "+D" (at) : "d" (0x61) : "memory");
}

static void kernel_insl(u32 at)
{
	asm volatile("insl" : "+D" (at) : "d" (0x61) : "memory");
}

static void kernel_outs(u32 at)
{
	asm volatile("outsb" : "+S" (at) : "d" (0xe0) : "memory");
}

/* The rights of whoever uses the port count, and the port is not used before. */
static void t_strings(void)
{
	u32 kernel = PAGE_OFFSET + 0x100000;

	vmi(SetIOPLMask, IOPL(3));
	for (u32 i = 0; i < 2; i++) {
		page_fault(user_ins, UNMAPPED, PF_USER | PF_WRITE, IOPL(3));
		page_fault(user_ins, USER_CODE, PF_USER | PF_WRITE | PF_PRESENT,
			   IOPL(3));
		page_fault(user_ins, kernel, PF_USER | PF_WRITE | PF_PRESENT,
			   IOPL(3));
		EQ(trapped.eip, USER_CODE + (user_ins - user_code) + 7);
		page_fault(user_outs, UNMAPPED, PF_USER, IOPL(3));
		page_fault(user_outs, kernel, PF_USER | PF_PRESENT, IOPL(3));
		EQ(user(user_ins, STACK, EFLAGS_IF | IOPL(3))->vector,
		   VECTOR_SYSCALL);
		EQ(user(user_outs, USER_CODE, EFLAGS_IF | IOPL(3))->vector,
		   VECTOR_SYSCALL);
	}
	vmi(SetIOPLMask, 0);
	CHECK(traps(kernel_ins, UNMAPPED));
	EQ(trapped.vector, TRAP_PAGE_FAULT);
	EQ(trapped.error, PF_WRITE);
	EQ(trapped_cr2, UNMAPPED);
	CHECK(traps(kernel_insl, STACK + PAGE_SIZE - 2));
	EQ(trapped.vector, TRAP_PAGE_FAULT);
	EQ(trapped_cr2, STACK + PAGE_SIZE);
	CHECK(traps(kernel_outs, UNMAPPED));
	EQ(trapped.vector, TRAP_PAGE_FAULT);
	EQ(trapped.error, 0);
}

static void port_is(bool open, u32 port)
{
	user(user_in, port, EFLAGS_IF);
	EQ(trapped.vector, open ? VECTOR_SYSCALL : TRAP_GP);
	EQ(trapped.eip, USER_CODE + (user_in - user_code) + (open ? 5 : 2));
}

/*
 * In the TSS, in memory: without a call, and with an offset behind its end while
 * the kernel has not filled it in for this task. Behind it is a byte of ones.
 */
static void t_bitmap(void)
{
	static struct {
		struct tss tss;
		u8 bits[64];
	} mine __aligned(PAGE_SIZE);
	static const u16 offsets[] = { 0x8000, 0x9000, 0xffff, sizeof(mine) };
	const u32 port = 0xe0;

	mine.tss = tss;
	__builtin_memset(mine.bits, 0xff, sizeof(mine.bits));
	gdt[GDT_TSS] = 0;
	write_gdt(gdt, GDT_TSS, DESC((u32)&mine, sizeof(mine) - 1,
				     DESC_PRESENT | DESC_TSS, 0));
	vmi(SetTR, TSS_SEL);
	for (u32 i = 0; i < 2; i++) {
		for (u32 k = 0; k < ARRAY_SIZE(offsets); k++) {
			mine.tss.io_bitmap = offsets[k];
			port_is(false, port);
		}
		mine.tss.io_bitmap = sizeof(struct tss);
		mine.bits[port / 8] = 0xfe;
		port_is(true, port);
		port_is(false, port + 1);
		mine.bits[port / 8] = 0x01;
		port_is(false, port);
		port_is(true, port + 7);
		mine.bits[port / 8] = 0xff;
		port_is(false, sizeof(mine.bits) * 8);
	}
	write_gdt(gdt, GDT_TSS, DESC((u32)&tss, sizeof(tss) - 1,
				     DESC_PRESENT | DESC_TSS, 0));
	vmi(SetTR, TSS_SEL);
}

/* An interrupt that waits comes before user mode gets any further. */
static void t_pending(void)
{
	u32 before = interrupts[VECTOR_IRQ(TEST_IRQ)];

	raise_irq();
	EQ(user(user_return, 0, EFLAGS_IF)->vector, VECTOR_SYSCALL);
	EQ(interrupts[VECTOR_IRQ(TEST_IRQ)] - before, 1);
}

static void wrmsr(u32 msr, u32 value)
{
	asm volatile("wrmsr" : : "c" (msr), "a" (value), "d" (0));
}

static bool have_sysenter(void)
{
	if (!(features() & CPU_SEP))
		return false;
	wrmsr(MSR_SYSENTER_CS, KERNEL_CS);
	wrmsr(MSR_SYSENTER_CS + 1, (u32)user_stack_top);
	wrmsr(MSR_SYSENTER_CS + 2, (u32)sysenter_entry);
	return true;
}

static void t_sysexit(void)
{
	u32 before = interrupts[VECTOR_IRQ(TEST_IRQ)];

	if (!have_sysenter() || !answers[VMI_SYSEXIT])
		return skip("no SYSEXIT");
	raise_irq();
	traps(sysexit_user, USER_CODE + (user_return - user_code));
	site_irq_disable();
	EQ(trapped.vector, VECTOR_SYSCALL);
	EQ(trapped.eip, USER_CODE + (user_return - user_code) + 2);
	EQ(trapped.esp, SYSEXIT_ESP);
	EQ(trapped.cs & 0xffff, USER_CS);
	EQ(trapped.ss & 0xffff, USER_DS);
	EQ(trapped.eflags & EFLAGS_IF, EFLAGS_IF);
	EQ(interrupts[VECTOR_IRQ(TEST_IRQ)] - before, 1);
}

static void t_sysenter(void)
{
	if (!have_sysenter())
		return skip("no SYSENTER");
	user(user_sysenter, 0, EFLAGS_IF);
	EQ(trapped.vector, VECTOR_SYSENTER);
	EQ(trapped.esp, STACK + PAGE_SIZE);
	EQ((u32)trapped_at, (u32)user_stack_top - sizeof(trapped));
}

/* All that a context switch changes, in lazy mode: 4.7. */
static void t_switch(void)
{
	static char other[PAGE_SIZE] __aligned(16);
	char *stack[] = { other + sizeof(other), user_stack_top };
	u64 tls = DESC(STACK, 0xfffff, DESC_PRESENT | DESC_DPL(3) | DESC_DATA,
		       DESC_G_32);
	void *space[2];

	for (u32 i = 0; i < 2; i++) {
		space[i] = new_space();
		map_user(space[i]);
		vmi(SetCR3, page_pa(space[i]));
		*(u32 *)(STACK + 8 * i) = 0x5aace000 + i;
	}
	for (u32 i = 0; i < 4; i++) {
		u32 n = i & 1;
		struct frame f = start(user_gs, 0, EFLAGS_IF);

		vmi(SetLazyMode, VMI_LAZY_CPU);
		vmi(SetCR3, page_pa(space[n]));
		vmi(SetLDT, 0);
		vmi(UpdateKernelStack, KERNEL_DS, (u32)stack[n]);
		vmi(WriteGDTEntry, (u32)gdt, GDT_TLS, (u32)tls,
		    (u32)(tls >> 32));
		vmi(SetLazyMode, VMI_LAZY_NONE);
		asm volatile("mov %0, %%gs" : : "r" (GDT_TLS * 8 + 3));
		f.ebx = 8 * n;
		EQ(enter(&f, stack[n])->eax, 0x5aace000 + n);
		EQ((u32)trapped_at, (u32)stack[n] - sizeof(f));
		asm volatile("mov %0, %%gs" : : "r" (0));
	}
	vmi(SetCR3, page_pa(swapper));
}

/* The CPU refuses the frame; where the fault says it was depends on the ROM. */
static void t_bad_frame(void)
{
	struct frame f = start(user_return, 0, EFLAGS_IF), g = f;

	f.cs = 0x2b;			/* an empty descriptor */
	g.ss = KERNEL_DS | 3;
	EQ(enter(&f, user_stack_top)->vector, TRAP_GP);
	EQ(trapped.error, 0x28);
	EQ(enter(&g, user_stack_top)->vector, TRAP_GP);
	EQ(trapped.error, KERNEL_DS);
	EQ(user(user_return, 0, EFLAGS_IF)->vector, VECTOR_SYSCALL);
}

const struct test user_tests[] = {
	{ "IRET to user mode and INT back keep all registers", t_return },
	{ "traps of user mode come on the stack that was told", t_stack },
	{ "faults of user mode", t_faults },
	{ "privilege for ports", t_iopl },
	{ "ports by the bitmap of the TSS", t_bitmap },
	{ "strings of ports go where their user may", t_strings },
	{ "an interrupt that waits comes with IRET", t_pending },
	{ "SYSEXIT, with interrupts on", t_sysexit },
	{ "SYSENTER", t_sysenter },
	{ "a context switch in lazy mode", t_switch },
	{ "IRET with a bad selector faults", t_bad_frame },
	{ }
};
