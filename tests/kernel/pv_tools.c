// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tools of the hook layer's tests: levels, generated code with known
 * registers around it, accesses that may fault, a pending interrupt, and some
 * work for the kernel. Read pv_test.h first, then pv.c.
 */
#ifndef PV_OFF
#include <kernel/task.h>
#include <kernel/time.h>
#include <vmi/vmi.h>
#include <xen/xen.h>
#include "pv_test.h"

#define LAPIC_IRR(vector)	(LAPIC_VA + 0x200 + (vector) / 32 * 0x10)
#define PIC_COMMAND		0x20
#define PIC_READ_IRR		0x0a
#define WAIT_NS			(20ull * NSEC_PER_SEC)	/* a busy host */

#define RET			0xc3
#define GROUP1			0x81
#define XOR_EAX			0x35
#define XOR_ECX			0xf1	/* GROUP1, then this */
#define XOR_EDX			0xf2
#define POISON			0xdeadbeef

void name_op(u32 op)
{
	printk("# ... of the operation %s\n", pv_op_info[op].name);
}

bool on_native(void)
{
	if (!strcmp(pv_backend->name, "native"))
		return true;
	selftest_skip("only the native backend uses no thunk");
	return false;
}

bool on_bare_hardware(void)
{
	if (on_a_pc())
		return true;
	selftest_skip("only bare hardware does it this way");
	return false;
}

bool inlines_native(void)
{
	if (!strcmp(pv_name(), "native"))
		return true;
	selftest_skip("nothing native is inlined");
	return false;
}

bool on_xen(void)
{
	if (!strcmp(pv_backend->name, "xen"))
		return true;
	selftest_skip("there is no Xen underneath");
	return false;
}

struct pv_impl below[PV_OPS];

void watch(u32 op, u32 fn)
{
	static struct pv_impl impl[PV_OPS];

	memcpy(impl, pv_impl, sizeof(impl));
	if (fn)
		below[op] = impl[op];
	impl[op] = fn ? (struct pv_impl){ .fn = fn } : below[op];
	EXPECT_EQ(pv_set_impl(impl).error, PV_OK);
}

void go_to_backend(const char *name)
{
	const struct pv_backend *b = pv_find_installable(name);

	EXPECT(b);
	if (!b)
		return;
	EXPECT_EQ(pv_set_backend(b).error, PV_OK);
	EXPECT_EQ(pv_verify(&pv_text, &pv_now, NULL).error, PV_OK);
	EXPECT(pv_wrapper == (b->wrapper ? b : NULL));
}

const char *in_use(void)
{
	return pv_wrapper ? pv_wrapper->name : pv_backend->name;
}

void go_to_level(enum pv_level level)
{
	struct pv_fault fault = pv_set_level(level);

	if (fault.error == PV_OK)
		fault = pv_verify(&pv_text, &pv_now, NULL);
	EXPECT_EQ(fault.error, PV_OK);
	EXPECT_EQ(fault.addr, 0);
	EXPECT_EQ(pv_now.level, level);
}

void at_each_level(void (*check)(void))
{
	static const enum pv_level order[] = {
		PV_LEVEL_OFF, PV_LEVEL_INLINE, PV_LEVEL_DIRECT, PV_LEVEL_OFF,
		PV_LEVEL_DIRECT, PV_LEVEL_INLINE,
	};

	for (u32 i = 0; i < ARRAY_SIZE(order); i++) {
		go_to_level(order[i]);
		check();
	}
	go_to_level(pv_boot_level);
}

#define BITS_void	0
#define BITS_u8		8
#define BITS_u16	16
#define BITS_u32	32
#define BITS_u64	64
#define BITS_pteval_t	64

/* An INSN may lose its operands. */
#define CHANGED_CALL(params)	(EAX | EDX | ECX)
#define CHANGED_EITHER(params)	(EAX | EDX | ECX)
#define CHANGED_INSN(params)	CHANGED_##params
#define CHANGED_ANY(params)	0
#define CHANGED_JUMP(params)	0
#define CHANGED_P0()		0
#define CHANGED_P1(t, a)	EAX
#define CHANGED_P2(t, a, u, b)	(EAX | EDX)
#define CHANGED_PD(t, a)	(EAX | EDX)

const struct promise promises[PV_OPS] = {
#define PV_OP(group, name, class, ret, params)			\
	{ PV_CLASS_##class, BITS_##ret, CHANGED_##class(params) },
#include <pv/ops.def>
};

u32 result_in(u32 op)
{
	if (promises[op].bits == 64)
		return EDX | EAX;
	return promises[op].bits ? EAX : 0;
}

u32 changed_by(u32 op)
{
	return result_in(op) | promises[op].lost;
}

u8 *code_page(void)
{
	u8 *code = page_alloc();

	EXPECT(code);
	if (code) {
		memset(code, 0xcc, PAGE_SIZE);
		kernel_map(CODE_VA, pa(code), PTE_P | PTE_A | PTE_D);
	}
	return code;
}

void code_page_free(u8 *code)
{
	kernel_unmap(CODE_VA);
	page_put(code);
}

struct pv_text code_text(const u8 *code, const struct pv_site *site)
{
	struct pv_text text = pv_text;

	text.live = text.linked = (struct pv_range){
		CODE_VA, CODE_VA + PAGE_SIZE, code
	};
	text.sites = site;
	text.count = 1;
	return text;
}

const struct pv_site *find_site(u32 op, u8 class)
{
	for (u32 i = 0; i < pv_text.count; i++)
		if (pv_text.sites[i].op == op && pv_text.sites[i].class == class)
			return &pv_text.sites[i];
	return NULL;
}

u32 thunk_of(const struct pv_site *site)
{
	const u8 *end = pv_text.linked.bytes +
			(site->addr + site->len - pv_text.linked.start);
	u32 distance;

	memcpy(&distance, end - sizeof(distance), sizeof(distance));
	return site->addr + site->len + distance;
}

/* The thunk's name ends in it. */
u32 any_register(const struct pv_site *site)
{
	static const char *const names[] = {
		"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi",
	};
	const char *fn = kallsyms_find(thunk_of(site), NULL);
	u32 n = 0;

	while (n < 7 && strcmp(fn + strlen(fn) - 3, names[n]))
		n++;
	return n;
}

asm(".pushsection .text\n"
    "	.globl	run_code\n"
    "	.type	run_code, @function\n"
    "run_code:\n"
    "	push	%ebp\n"
    "	push	%ebx\n"
    "	push	%esi\n"
    "	push	%edi\n"
    "	push	%edx\n"		/* regs */
    "	push	%eax\n"		/* code */
    "	mov	0(%edx), %eax\n"
    "	mov	4(%edx), %ebx\n"
    "	mov	8(%edx), %ecx\n"
    "	mov	16(%edx), %esi\n"
    "	mov	20(%edx), %edi\n"
    "	mov	24(%edx), %ebp\n"
    "	mov	12(%edx), %edx\n"
    "	call	*(%esp)\n"
    "	xchg	%edx, 4(%esp)\n"
    "	mov	%eax, 0(%edx)\n"
    "	mov	%ebx, 4(%edx)\n"
    "	mov	%ecx, 8(%edx)\n"
    "	mov	%esi, 16(%edx)\n"
    "	mov	%edi, 20(%edx)\n"
    "	mov	%ebp, 24(%edx)\n"
    "	pop	%eax\n"
    "	pop	12(%edx)\n"
    "	pop	%edi\n"
    "	pop	%esi\n"
    "	pop	%ebx\n"
    "	pop	%ebp\n"
    "	ret\n"
    "	.size	run_code, . - run_code\n"
    "	.popsection");

/* ---- poison ------------------------------------------------------------- */

u8 *emit(u8 *p, u8 opcode, u32 operand)
{
	*p = opcode;
	memcpy(p + 1, &operand, sizeof(operand));
	return p + 5;
}

struct spoils spoils_of(u32 op)
{
	u32 lost = promises[op].lost & ~result_in(op), bits = promises[op].bits;
	struct spoils s = {
		.eax = lost & EAX ? POISON : 0,
		.edx = lost & EDX ? POISON : 0,
		.ecx = lost & ECX ? POISON : 0,
	};

	if (bits && bits < 32)
		s.eax |= POISON & ~0u << bits;
	/* Not the bits that hurt: POPF takes the word as it is. */
	if (op == PV_NR_save_fl)
		s.eax = ~(EFLAGS_IF | EFLAGS_TF | EFLAGS_DF | EFLAGS_NT);
	return s;
}

u8 *emit_poison(u8 *p, u32 op)
{
	static const u8 end[] = { 0x83, 0xfc, 0, 0xf9, RET };
	struct spoils s = spoils_of(op);

	p = emit(p, XOR_EAX, s.eax);
	*p++ = GROUP1;
	p = emit(p, XOR_EDX, s.edx);
	*p++ = GROUP1;
	p = emit(p, XOR_ECX, s.ecx);
	memcpy(p, end, sizeof(end));			/* cmp $0, %esp; stc */
	return p + sizeof(end);
}

void poke_text(u32 addr, const u8 *bytes, u32 len)
{
	u32 page = ALIGN_DOWN(addr, PAGE_SIZE);
	u64 entry = pa((void *)page) | PTE_P | PTE_W | PTE_A | PTE_D | pte_nx;

	kernel_map(DATA_VA, entry, 0);
	kernel_map(DATA_VA + PAGE_SIZE, entry + PAGE_SIZE, 0);
	memcpy((u8 *)DATA_VA + (addr - page), bytes, len);
	kernel_unmap(DATA_VA);
	kernel_unmap(DATA_VA + PAGE_SIZE);
}

/* ---- accesses that may fault, interrupts -------------------------------- */

#define TRY(instruction, ok, va)					\
	asm volatile("1:	" instruction "\n2:\n"			\
		     "	.pushsection .text.unlikely, \"ax\"\n"		\
		     "3:	xor	%0, %0\n"			\
		     "	jmp	2b\n"					\
		     "	.popsection\n"					\
		     "	.pushsection .extable, \"a\"\n"			\
		     "	.long	1b, 3b\n"				\
		     "	.popsection"					\
		     : "+r" (ok) : "r" (va) : "memory", "cc")

bool can_read(u32 va)
{
	u32 ok = 1;

	TRY("testb	$0, (%1)", ok, va);
	return ok;
}

bool can_write(u32 va)
{
	u32 ok = 1;

	TRY("orb	$0, (%1)", ok, va);
	return ok;
}

static bool timer_pending(void)
{
	if (!strcmp(pv_backend->name, "xen"))
		return *(volatile u8 *)&xen_shared_info.vcpu[0].pending;
	/* In ring 1 the ROM's hypervisor has it, and says so in its own page. */
	if (!strcmp(pv_backend->name, "vmi") && vmi_rpl)
		return *(volatile u8 *)vmi_rom->virtual_top;
	if (pte_flags(kernel_pte(LAPIC_VA)) & PTE_P)
		return *(volatile u32 *)LAPIC_IRR(VECTOR_TIMER) >>
			(VECTOR_TIMER % 32) & 1;
	outb(PIC_READ_IRR, PIC_COMMAND);
	return inb(PIC_COMMAND) & 1;
}

bool pend_timer(void)
{
	u64 end = clock_ns() + WAIT_NS;

	irq_disable();
	alarm_set(0);
	while (!timer_pending())
		if (clock_ns() > end)
			return false;
	return true;
}

/* ---- work --------------------------------------------------------------- */

static void use_heap(void)
{
	for (u32 size = 8; size <= PAGE_SIZE; size *= 2) {
		u8 *a = kmalloc(size), *b = kzalloc(size);

		EXPECT(a && b);
		if (a && b) {
			memset(a, 0x5a, size);
			EXPECT(!b[0] && !b[size - 1]);
		}
		kfree(a);
		kfree(b);
	}
}

static void use_page_tables(void)
{
	u32 *page = page_alloc(), *window = (u32 *)DATA_VA;

	EXPECT(page);
	if (!page)
		return;
	for (u32 i = 0; i < 3; i++) {
		u64 flags = PTE_P | PTE_W | PTE_A | PTE_D | pte_nx;

		kernel_map(DATA_VA, pa(page), flags);
		window[i] = i + 1;
		EXPECT_EQ(page[i], i + 1);
		EXPECT(get_pte(kernel_pte(DATA_VA)) == (pa(page) | flags));
		kernel_unmap(DATA_VA);
		EXPECT(!can_read(DATA_VA));
	}
	page_put(page);
}

static void use_time(void)
{
	u64 end = clock_ns() + NSEC_PER_MSEC;
	u32 flags = irq_save(), inner = irq_save();

	EXPECT(!(inner & EFLAGS_IF));
	restore_fl(inner);
	EXPECT(!(save_fl() & EFLAGS_IF));
	restore_fl(flags);
	EXPECT_EQ(save_fl() & EFLAGS_IF, flags & EFLAGS_IF);
	EXPECT_EQ(sleep_until(end), 0);
	EXPECT(clock_ns() >= end);
}

void workload(void)
{
	printk("# at work, level %s\n", pv_level_name[pv_now.level]);
	use_heap();
	use_page_tables();
	use_time();
}

#endif /* PV_OFF */
