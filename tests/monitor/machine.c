// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The machine itself: control and debug registers, MSRs, ports, and the
 * instructions that enter a kernel. xen-pv-abi 5.2, 5.3, 6.4.
 */
#include <abi/xen/platform.h>
#include <arch/insn.h>
#include "guest.h"

#define DR7_GD		0x2000
#define CR4_OWN		0x5000cu	/* TSD, DE, FSGSBASE, OSXSAVE */

/* ---- instructions, each for traps() ---- */

#define INSN(name, text)						\
	static void name(u32 value)					\
	{								\
		asm volatile(text : "+a" (value) : : "ecx", "edx", "memory"); \
	}

INSN(do_hlt, "hlt")
INSN(do_lgdt, "lgdt (%0)")
INSN(do_lidt, "lidt (%0)")
INSN(do_ltr, "ltr %w0")
INSN(do_lldt, "lldt %w0")
INSN(do_lmsw, "lmsw %w0")
INSN(do_invlpg, "invlpg (%0)")
INSN(do_invd, "invd")
INSN(do_rdpmc, "xor %%ecx, %%ecx\n\trdpmc")
INSN(do_cli, "cli")
INSN(do_sti, "sti")
INSN(do_in, "in $0x60, %%al")
INSN(do_cr0, "mov %0, %%cr0")
INSN(do_cr3, "mov %0, %%cr3")
INSN(do_cr4, "mov %0, %%cr4")
INSN(do_dr0, "mov %0, %%dr0")
INSN(do_dr7, "mov %0, %%dr7")
INSN(do_rsm, "rsm")
INSN(do_vmcall, "vmcall")
INSN(do_vmmcall, "vmmcall")
INSN(do_vmrun, "vmrun")
INSN(do_sysret, "xor %%ecx, %%ecx\n\tsysret")
INSN(do_sysexit, "xor %%ecx, %%ecx\n\txor %%edx, %%edx\n\tsysexit")
INSN(do_syscall, "syscall")
INSN(do_sysenter, "sysenter")
INSN(do_xsetbv, "xor %%ecx, %%ecx\n\txor %%edx, %%edx\n\txsetbv")
INSN(do_insb, "mov %0, %%edx\n\tpush %%edi\n\tmov %%edx, %%edi\n\t"
	      "mov $0x61, %%edx\n\tinsb\n\tpop %%edi")

static u32 read_cr0(void)
{
	u32 value;

	asm volatile("mov %%cr0, %0" : "=r" (value));
	return value;
}

static u32 read_cr4(void)
{
	u32 value;

	asm volatile("mov %%cr4, %0" : "=r" (value));
	return value;
}

/* Refused as ring 1 has to be refused. */
static void t_privileged(void)
{
	static char fake[16];
	static void (*const all[])(u32) = {
		do_hlt, do_lgdt, do_lidt, do_ltr, do_lldt, do_lmsw, do_invlpg,
		do_invd, do_rdpmc, do_cli, do_sti, do_in,
	};
	static void (*const either[])(u32) = {
		do_rsm, do_vmcall, do_vmmcall, do_vmrun, do_sysret, do_sysexit,
		do_xsetbv,
	};

	for (u32 i = 0; i < ARRAY_SIZE(all); i++)
		if (!faults(TRAP_GP, 0, all[i], (u32)fake))
			note("instruction %u", i);
	for (u32 i = 0; i < ARRAY_SIZE(either); i++) {
		if (!check(traps(either[i], 0), "it traps")) {
			note("instruction %u", i);
			continue;
		}
		CHECK(trapped.vector == TRAP_GP ||
		      trapped.vector == TRAP_INVALID_OP);
	}
}

/* Whatever becomes of it, the registers are not what the guest said. */
static void t_control(void)
{
	static const u32 cr0[] = {
		0, 1, 0x80000001, 0x60000011, ~CR0_WP, ~0u,
	};
	static const u32 cr4[] = { 0, 0x20, 0x10, ~0u, 0x100000, 0x2000, 0x800 };
	static const u32 cr3[] = { 0, 0xfffff000, ~0u, 0x1000, 0x12345678 };
	u32 was0 = read_cr0() & ~CR0_TS, was4 = read_cr4();
	struct space s;

	for (u32 i = 0; i < ARRAY_SIZE(cr0); i++) {
		traps(do_cr0, cr0[i]);
		EQ(read_cr0() & ~CR0_TS, was0);
	}
	for (u32 i = 0; i < ARRAY_SIZE(cr4); i++) {
		traps(do_cr4, cr4[i]);
		EQ(read_cr4() & ~CR4_OWN, was4 & ~CR4_OWN);
	}
	traps(do_cr4, was4);
	hypercall(fpu_taskswitch, 0);
	new_space(&s);			/* not protected: no root */
	traps(do_cr3, mfn_of(s.l3) << 12 | mfn_of(s.l3) >> 20);
	for (u32 i = 0; i < ARRAY_SIZE(cr3); i++)
		traps(do_cr3, cr3[i]);
	faults(TRAP_PAGE_FAULT, 3, poke, (u32)root_table);
	EQ(user(user_return, 0), VECTOR_SYSCALL);
}

/* ---- debug registers ---- */

static s32 set_debugreg(u32 reg, u32 value)
{
	return hypercall(set_debugreg, reg, value);
}

static void breakpoints_off(void)
{
	DONE(set_debugreg(7, 0));
	for (u32 i = 0; i < 4; i++)
		DONE(set_debugreg(i, 0));
	DONE(set_debugreg(6, 0));
}

static void int3(u32 unused)
{
	asm volatile("int3");
}

static void do_version(u32 buffer)
{
	hypercall(xen_version, 1, buffer);
}

/* Breakpoints on what the hypervisor itself reads and writes for the guest. */
static void t_watch(void)
{
	static const u32 kinds[] = { 0x000f0002, 0x000f00ff, 0x000d0002 };
	char *page = new_page();
	u32 at[] = { (u32)page, (u32)stack + 8188, (u32)trap_stack_top - 4,
		     (u32)shared, (u32)root_table, XEN_M2P_BASE, 0xffe00000,
		     (u32)hypercall_page };

	user_frame(user_return);
	for (u32 k = 0; k < ARRAY_SIZE(kinds); k++) {
		for (u32 i = 0; i < ARRAY_SIZE(at); i++) {
			for (u32 r = 0; r < 4; r++)
				set_debugreg(r, at[i]);
			set_debugreg(7, kinds[k]);
			traps(do_version, (u32)page);
			traps(push_at, (u32)stack + 8192);
			traps(int3, 0);
			poll_events();
			traps(enter, (u32)&(struct iret_frame){
				0, user_va(user_return), 0xe02b, EFLAGS_FIXED,
				USER_STACK + 0x800, 0xe033 });
			breakpoints_off();
		}
	}
}

/* MOV SS from a watched word holds the trap back until the next instruction,
 * which enters the hypervisor. */
static void watched_ss(u32 word)
{
	asm volatile("mov (%0), %%ss\n\tint $0x82"
		     : "+a" (word) : : "memory");
}

static void watched_ss_int3(u32 word)
{
	asm volatile("mov (%0), %%ss\n\tint3" : "+a" (word) : : "memory");
}

static void t_watch_ss(void)
{
	u32 *word = new_page();

	*word = XEN_KERNEL_DS;
	DONE(set_debugreg(0, (u32)word));
	DONE(set_debugreg(7, 0x000f0002));
	traps(watched_ss, (u32)word);
	traps(watched_ss_int3, (u32)word);
	breakpoints_off();
	EQ(user(user_return, 0), VECTOR_SYSCALL);
}

static void t_debug_registers(void)
{
	NEVER(set_debugreg(7, DR7_GD));
	NEVER(set_debugreg(8, 0));
	NEVER(set_debugreg(~0u, 0));
	REFUSED(ENODEV, hypercall(get_debugreg, 8));
	REFUSED(ENODEV, hypercall(get_debugreg, ~0u));
	for (u32 i = 0; i < 4; i++) {
		set_debugreg(i, 0xfffffff0);
		traps(do_dr0, 0xfffffff0);
	}
	traps(do_dr7, DR7_GD | 0xff);
	EQ((u32)hypercall(get_debugreg, 7) & DR7_GD, 0);
	set_debugreg(7, ~0u & ~DR7_GD);
	set_debugreg(6, ~0u);
	poll_events();
	breakpoints_off();
}

/* ---- MSRs ---- */

static u64 msr_value;

static void do_rdmsr(u32 msr)
{
	asm volatile("rdmsr" : "=A" (msr_value) : "c" (msr));
}

static void do_wrmsr(u32 msr)
{
	asm volatile("wrmsr" : : "c" (msr), "A" (msr_value));
}

static void t_msrs(void)
{
	static const u32 msrs[] = {
		MSR_EFER, 0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084,
		0xc0000100, 0xc0000101, 0xc0000102, 0xc0000103, 0x174, 0x175,
		0x176, MSR_APIC_BASE, 0x277, 0x2ff, 0x200, 0x1d9, 0x1a0, 0x10,
		0xc0010114, 0xc0010117, 0x3a, 0x800, 0x830, 0x40000000,
		0x40000001,
	};
	static const u64 values[] = { 0, ~0ull, 0x123456789abcd000ull };

	for (u32 i = 0; i < ARRAY_SIZE(msrs); i++) {
		u64 was = 0, now = 0;
		bool readable = !traps(do_rdmsr, msrs[i]);

		was = msr_value;
		for (u32 v = 0; v < ARRAY_SIZE(values); v++) {
			msr_value = values[v];
			if (traps(do_wrmsr, msrs[i]))
				EQ(trapped.vector, TRAP_GP);
		}
		if (!readable || msrs[i] == 0x10)
			continue;
		traps(do_rdmsr, msrs[i]);
		now = msr_value;
		if (!equal(now, was, "an MSR keeps its value"))
			note("MSR %x", msrs[i]);
	}
	for (u32 i = 0x174; i < 0x177; i++)
		faults(TRAP_GP, 0, do_rdmsr, i);
	EQ(user(user_return, 0), VECTOR_SYSCALL);
}

/* ---- ports ---- */

static void string_fault(const char *code, u32 at, u32 error)
{
	EQ(user(code, at), TRAP_PAGE_FAULT);
	EQ(trapped.error, error);
	EQ(trapped_cr2, at);
}

/* They are for those who may access the memory. */
static void t_strings(void)
{
	u32 level = 3, kernel = (u32)new_page();
	char version[16];

	hypercall(xen_version, XEN_EXTRA_VERSION, version);
	if (memcmp(version, "-pv86", sizeof("-pv86")))
		return skip("Xen looks at the rights of ring 1");
	EQ(user(user_return, 0), VECTOR_SYSCALL);
	DONE(hypercall(physdev_op, XEN_PHYSDEV_SET_IOPL, &level));
	string_fault(user_ins, NOWHERE, PF_USER | PF_WRITE);
	string_fault(user_ins, user_va(user_code), PF_USER | PF_WRITE | PF_PRESENT);
	string_fault(user_ins, kernel, PF_USER | PF_WRITE | PF_PRESENT);
	string_fault(user_outs, NOWHERE, PF_USER);
	string_fault(user_outs, kernel, PF_USER | PF_PRESENT);
	EQ(user(user_ins, USER_STACK), VECTOR_SYSCALL);
	EQ(user(user_outs, USER_STACK), VECTOR_SYSCALL);
	faults(TRAP_PAGE_FAULT, PF_WRITE, do_insb, NOWHERE);
	level = 0;
	DONE(hypercall(physdev_op, XEN_PHYSDEV_SET_IOPL, &level));
}

static void t_ports(void)
{
	const u32 kept[] = { (u32)root_table, XEN_M2P_BASE, 0xffe00000 };
	static const u16 denied[] = { 0x20, 0x21, 0xa0, 0xa1, 0x40, 0x41 };
	struct {
		u32 bitmap, ports;
	} iobitmap = { NOWHERE, 65536 };
	u32 level;

	for (level = 4; level; level *= 2)
		REFUSED(EINVAL, hypercall(physdev_op, XEN_PHYSDEV_SET_IOPL,
					  &level));
	iobitmap.ports = 65537;
	REFUSED(EINVAL, hypercall(physdev_op, 7, &iobitmap));
	iobitmap.ports = 65536;
	DONE(hypercall(physdev_op, 7, &iobitmap));
	EQ(user(user_in, 0), TRAP_GP);
	iobitmap.bitmap = 0xfffffff0;
	hypercall(physdev_op, 7, &iobitmap);
	EQ(user(user_in, 0), TRAP_GP);
	iobitmap = (typeof(iobitmap)){ 0, 0 };
	hypercall(physdev_op, 7, &iobitmap);
	level = 1;
	DONE(hypercall(physdev_op, XEN_PHYSDEV_SET_IOPL, &level));
	for (u32 i = 0; i < ARRAY_SIZE(denied); i++) {
		outb(0xff, denied[i]);
		outb(0x11, denied[i]);
		if (!EQ(inb(denied[i]), 0xff)) note("port %x", denied[i]);
	}
	EQ(user(user_in, 0), TRAP_GP);
	/* What is emulated stores where ring 1 may. */
	for (u32 i = 0; i < ARRAY_SIZE(kept); i++) {
		check(traps(do_insb, kept[i]), "no store there");
	}
	level = 0;
	DONE(hypercall(physdev_op, XEN_PHYSDEV_SET_IOPL, &level));
	faults(TRAP_GP, 0, do_in, 0);
}

/* ---- SYSCALL, SYSENTER ---- */

static void t_syscall(void)
{
	struct xen_callback c = { 7, 0, XEN_KERNEL_CS, NOWHERE };

	EQ(user(user_syscall, 0), TRAP_GP);
	EQ(trapped.eip, user_va(user_syscall));
	EQ(user(user_sysenter, 0), TRAP_GP);
	for (u32 i = 0; i < 2; i++) {
		check(traps(do_syscall, 0), "ring 1 has no use for it");
		check(traps(do_sysenter, 0), "nor for that");
		EQ(user(user_return, 0), VECTOR_SYSCALL);
	}
	DONE(hypercall(callback_op, XEN_CALLBACK_REGISTER, &c));
	EQ(user(user_syscall, 0), TRAP_PAGE_FAULT);
	EQ(trapped.eip, NOWHERE);
	EQ(trapped.cs & 0xffff, XEN_KERNEL_CS);
	check(traps(do_syscall, 0), "whoever makes it");
	c.eip = 0;
	DONE(hypercall(callback_op, XEN_CALLBACK_REGISTER, &c));
	EQ(user(user_hypercall, 0), TRAP_GP);
}

/* Instructions at the end of what is mapped. */
static void t_page_end(void)
{
	static const u8 bytes[][12] = {
		{ 0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2 },
		{ 0x0f, 0x22, 0xd8 }, { 0x0f, 0x30 }, { 0x0f, 0x32 },
		{ 0xe4, 0x60 }, { 0x66, 0xf3, 0x67, 0x6d },
		{ 0xf3, 0xf3, 0xf3, 0xf3, 0xf3, 0xf3, 0xf3, 0xf3, 0xf3, 0x6c },
		{ 0x0f, 0x23, 0xf8 }, { 0xcd, 0x82 }, { 0x0f, 0x05 },
	};
	u8 *page = new_page();

	window(8, pte(page, PTE_P | PTE_W));
	for (u32 i = 0; i < ARRAY_SIZE(bytes); i++) {
		for (u32 n = 1; n < 10; n++) {
			memset(page, 0x90, PAGE_SIZE);
			memcpy(page + PAGE_SIZE - n, bytes[i], n);
			check(traps(run, window_va(9) - n), "nothing is there");
		}
	}
	EQ(user(user_return, 0), VECTOR_SYSCALL);
}

const struct attack machine_attacks[] = {
	{ "machine-privileged", t_privileged },
	{ "machine-control-registers", t_control },
	{ "machine-watch", t_watch },
	{ "machine-watch-ss", t_watch_ss },
	{ "machine-debug-registers", t_debug_registers },
	{ "machine-msrs", t_msrs },
	{ "machine-ports", t_ports },
	{ "machine-port-strings", t_strings },
	{ "machine-syscall", t_syscall },
	{ "machine-page-end", t_page_end },
	{ }
};
