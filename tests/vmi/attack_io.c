// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attacks by devices: interrupt controllers that send what is no interrupt,
 * ports that lead to SMM, to a reset or to other memory, alarms.
 * vmi-abi 6.5, 7, 9.
 */
#include "attack.h"

#define APIC		0xfee00000
#define IO_APIC		0xfec00000
#define DEVICE		(PTE_P | PTE_W | PTE_A | PTE_D | PTE_PCD)
#define IRQ_LINES	0x2000		/* pc-testdev: raises and lowers them */
#define PIC1		0x20
#define CMOS		0x70
#define A20_LINE	(1 << 20)
#define PTE_PS		0x080
#define Q35		0x29c08086	/* the host bridge of an ICH9 machine */

static volatile u32 *device(u32 pa, u32 user)
{
	map_area(1, pa | DEVICE | user);
	return (u32 *)area(1);
}

/* Messages that take the CPU away, or look like exceptions. */
static const u32 messages[] = {
	0x500, 0x8500, 0x4500, 0xc4500, 0x200, 0x4200, 0x600, 0x4600, 0x4608,
	0x0e, 0x400e, 0x44008, 0x4401f, 0x44000, 0x44102, 0x300, 0x4300,
	0x44512, 0x84500, 0x70e, 0x44712,
};

static void t_apic(void)
{
	volatile u32 *apic = device(APIC, 0);

	for (u32 i = 0; i < ARRAY_SIZE(messages); i++)
		for (u32 at = 0; at < 0x1000; at += 16) {
			if (at == 0x320 || at == 0x380 || at == 0x3e0 ||
			    at == 0x80 || at == 0xd0 || at == 0xe0 || at == 0x20)
				continue;
			if (at == 0x350 || at == 0xf0 || at == 0x360)
				continue;
			vmi(APICWrite, at, messages[i]);
			vmi(APICWrite, 0xc0000000 | at | 4, messages[i]);
			apic[at / 4] = messages[i];
		}
	for (u32 i = 0; i < ARRAY_SIZE(messages); i++) {
		vmi(APICWrite, 0x370, messages[i]);
		CHECK((u32)vmi(APICRead, 0x370) & 0x10000);
	}
	sound();
}

/* It comes once there is one; an IRET ends that it waits. */
static void t_nmi_gate(void)
{
	static const struct {
		u32 access, vector;
	} gates[] = {
		{ 0x0e, TRAP_NOT_PRESENT }, { 0x8c, TRAP_GP }, { 0, TRAP_GP },
	};
	u64 was = idt[TRAP_NMI];

	for (u32 i = 0; i < ARRAY_SIZE(gates); i++) {
		u32 count = nmi_count;
		struct gpr r = { 0 };

		gate_access(TRAP_NMI, gates[i].access);
		CHECK(traps(send_nmi, 0));
		EQ(trapped.vector, gates[i].vector);
		EQ(trapped.error, TRAP_NMI * 8 + 3);
		write_gate(TRAP_NMI, was);
		send_nmi(0);
		EQ(nmi_count, count);
		iret_kernel(&r);
		EQ(nmi_count, count + 1);
	}
	sound();
}

/* By user mode, which the kernel lets: as the kernel does it. */
static void t_apic_user(void)
{
	volatile u32 *apic = device(APIC, PTE_U);

	user(user_write, area(1) + 0x300, EFLAGS_IF);
	EQ(trapped.vector, VECTOR_SYSCALL);
	USER(area(1) + 0x80, 0xc7, 0x03, 0x10, 0, 0, 0);
	EQ(trapped.vector, VECTOR_SYSCALL);
	EQ(apic[0x80 / 4], 0x10);
	USER(area(1) + 0x80, 0xc7, 0x03, 0, 0, 0, 0);
	EQ(apic[0x80 / 4], 0);
	sound();
}

/* Behind the APIC's page: where PCI devices send their messages to. */
static void t_messages(void)
{
	for (u32 page = 0; page < 0x100; page += page < 4 ? 1 : 63) {
		volatile u32 *at = device(APIC + page * PAGE_SIZE, 0);

		for (u32 i = 0; page && i < ARRAY_SIZE(messages); i++) {
			at[0] = messages[i];
			at[1] = messages[i];
			at[below(1024)] = messages[i];
		}
	}
	sound();
}

static void t_large(void)
{
	u32 va = AREA + 0x4000000;
	void *e = entry(swapper, va, 2);
	volatile u32 *p;

	if (!(features() & CPU_PSE))
		return skip("no large pages");
	set_entry(e, (APIC & ~(span() - 1)) | DEVICE | PTE_PS, VMI_PAGE_PD);
	vmi(InvalPage, va);
	p = (u32 *)(va + APIC % span());
	EQ(p[0x30 / 4], (u32)vmi(APICRead, 0x30));
	for (u32 i = 0; i < ARRAY_SIZE(messages); i++) {
		p[0x300 / 4] = messages[i];
		p[0x370 / 4] = messages[i];
		p[0] = p[0x1000 / 4] = p[0xff000 / 4] = messages[i];
	}
	set_entry(e, (IO_APIC & ~(span() - 1)) | DEVICE | PTE_PS, VMI_PAGE_PD);
	vmi(InvalPage, va);
	p = (u32 *)(va + IO_APIC % span());
	p[0] = 0x10 + 2 * 9;
	p[4] = 0x500;
	CHECK(p[4] & 0x10000);
	set_entry(e, 0, VMI_PAGE_PD);
	vmi(InvalPage, va);
	sound();
}

static void pic(u8 base)
{
	outb(0x11, PIC1);
	outb(base, PIC1 + 1);
	outb(4, PIC1 + 1);
	outb(1, PIC1 + 1);
	outb(0xee, PIC1 + 1);
}

/* Each line of it, with each message, by each name of its registers; then it
 * is raised. */
static void t_io_apic(void)
{
	volatile u32 *io = device(IO_APIC, 0);

	outb(0xff, PIC1 + 1);
	for (u32 line = 0; line < 24; line++) {
		for (u32 i = 0; i < ARRAY_SIZE(messages); i++) {
			u32 at = i % 16 * 64;

			if ((messages[i] & 0x700) == 0x400 ||
			    (messages[i] & 0x700) == 0x700)
				continue;
			io[at] = 0x11 + 2 * line;
			io[at + 4] = 0;
			io[at] = 0x10 + 2 * line;
			io[at + 4] = messages[i] & 0xff;
			io[0] = 0x10 + 2 * line;
			check(io[4] & 0x10000 || (io[4] & 0xff) >= 32 ||
			      io[4] & 0x700, "masked");
			io[at] = 0x10 + 2 * line;
			io[at + 4] = messages[i] & 0xfff;
			io[0] = 0x10 + 2 * line;
			check(io[4] & 0x10000, "masked");
			if (line < 16) {
				outb(1, IRQ_LINES + line);
				outb(0, IRQ_LINES + line);
			}
		}
		io[0] = 0x10 + 2 * line;
		io[4] = 0x10000;
	}
	pic(0x20);
	sound();
}

/*
 * That of the PIT comes when the monitor waits: with the vector of an exception, of
 * a system call, or any.
 */
static void t_vectors(void)
{
	static const u8 bases[] = { 0x10, 0x18, 0, 0x08, 0x80, 0xf8 };
	static u64 others[256] __aligned(PAGE_SIZE);
	struct desc_ptr p = { sizeof(others) - 1, (u32)others };

	for (u32 v = 0; v < 256; v++)
		others[v] = idt[VECTOR_LVTT];
	vmi(SetIDT, (u32)&p);
	for (u32 i = 0; i < ARRAY_SIZE(bases); i++) {
		u32 before = interrupts[VECTOR_LVTT];

		site_irq_disable();
		pic(bases[i]);
		outb(0xfe, PIC1 + 1);
		outb(0x30, 0x43);
		outb(0, 0x40);
		outb(0x20, 0x40);
		while (interrupts[VECTOR_LVTT] == before) {
			vmi(Halt);
			site_irq_disable();
		}
	}
	outb(0x3a, 0x43);
	pic(0x20);
	vmi(SetIDT, (u32)&idtr);
	sound();
}

/* ---- ports ------------------------------------------------------------------ */

static bool wraps(void)
{
	volatile u32 *a = (u32 *)(PAGE_OFFSET + 0x400000 + 0x123000),
		     *b = (u32 *)((u32)a ^ A20_LINE);
	u32 was = *a, other = *b;
	bool same;

	*a = 0x11111111;
	*b = 0x22222222;
	same = *a == *b;
	*a = was;
	*b = other;
	return same;
}

static void wait_kbd(void)
{
	for (u32 i = 0; i < 1000 && inb(0x64) & 2; i++)
		;
}

static void t_a20(void)
{
	static const u8 between[] = { 0, 0xad, 0xae, 0xa8, 0xdf, 0xaa };

	outb(inb(0x92) & ~3, 0x92);
	CHECK(!wraps());
	outw((inb(0x92) & ~3) << 8, 0x91);
	CHECK(!wraps());
	outb(0xdd, 0x64);
	wait_kbd();
	CHECK(!wraps());
	for (u32 i = 0; i < ARRAY_SIZE(between); i++) {
		outb(0xd1, 0x64);
		wait_kbd();
		if (between[i])
			outb(between[i], 0x64);
		wait_kbd();
		outb(0xdd, 0x60);
		wait_kbd();
		CHECK(!wraps());
	}
	outb(0xdf, 0x64);
	outb(0xae, 0x64);
	sound();
}

static u8 cmos(u8 reg)
{
	outb(reg, CMOS);
	return inb(CMOS + 1);
}

/* What the BIOS does after a reset: 5, 9, a jump to the guest; fe, S3. */
static void t_cmos(void)
{
	static const u8 codes[] = { 5, 9, 0x0a, 0xfe };

	for (u32 i = 0; i < ARRAY_SIZE(codes); i++) {
		outb(0x0f, CMOS);
		outb(codes[i], CMOS + 1);
		EQ(cmos(0x0f), 0);
		outb(0x8f, CMOS);
		outb(codes[i], CMOS + 1);
		EQ(cmos(0x0f), 0);
		outw(0x0f | codes[i] << 8, CMOS);
		EQ(cmos(0x0f), 0);
		outl(0x0f00 | codes[i] << 16, CMOS - 1);
		EQ(cmos(0x0f), 0);
	}
	/* Other registers are the guest's. */
	outb(0x3f, CMOS);
	outb(0x5a, CMOS + 1);
	EQ(cmos(0x3f), 0x5a);
	sound();
}

static u32 bridge(u32 reg)
{
	return pci_read(0, reg);
}

/* SMRAM of the host bridge, by each way to name a byte. */
static void t_bridge(void)
{
	u32 was = bridge(0x70), q35 = bridge(0x9c);

	for (u32 low = 0; low < 4; low++)
		for (u32 i = 0; i < 4; i++) {
			outl(0x80000070 | low | below(0x7f) << 24, 0xcf8);
			outb(0x4a, 0xcfc + i);
			outw(0x4a4a, 0xcfc + i);
			if (!i)
				outl(0x4a4a4a4a, 0xcfc);
			outl(0x8000009c | low, 0xcf8);
			outb(0x4a, 0xcfc + i);
			outl(0x80000070 | low, 0xcf8);
			for (u32 before = 1; before < 4; before++) {
				outl(0x4a4a4a4a, 0xcfc - before);
				outl(0x80000070 | low, 0xcf8);
			}
			EQ(bridge(0x70), was);
			EQ(bridge(0x9c), q35);
		}
	sound();
}

/*
 * An ICH9 machine has the bridge's registers in memory too, by PCIEXBAR. That
 * SMM itself reads from there or not (bit 5) opens nothing.
 */
static void t_bridge_in_memory(void)
{
	u32 base = bridge(0x60);
	volatile u8 *config = (u8 *)device(base & 0xf0000000, 0);

	if (bridge(0) != Q35 || !(base & 1))
		return;
	EQ(*(volatile u32 *)config, Q35);
	for (u32 i = 0; i < 0x100; i++) {
		u8 ram = config[0x9d], top = config[0x9e];

		config[0x9d] = i;
		config[0x9e] = i;
		EQ(config[0x9d] & ~0x20, ram & ~0x20);
		EQ(config[0x9e], top);
		CHECK(ram & 0x10 && !(ram & 0x40));
	}
	sound();
}

/* The commands stay as they were: no SMI, but for the one that turns ACPI on. */
static void t_smi(void)
{
	u8 was = inb(0xb2), status = inb(0xb3);

	for (u32 i = 0; i < 256; i++) {
		if (i == 0xf1)
			continue;
		outb(i, 0xb2);
		outb(i, 0xb3);
		outw(i << 8 | i, 0xb1);
		outw(i << 8 | i, 0xb2);
		outl(i << 24 | i << 16 | i << 8, 0xb0);
		EQ(inb(0xb2), was);
		EQ(inb(0xb3), status);
	}
	sound();
}

/* Strings from and to pages that are guarded, hidden, read-only, nowhere. */
static void t_strings(void)
{
	static const u64 flags[] = { PTE_P | PTE_A, 0, DEVICE };
	const u32 pa[] = { hidden_start, APIC, IO_APIC, 0xf0000, APIC + 0x1000 };

	for (u32 i = 0; i < ARRAY_SIZE(pa); i++)
		for (u32 k = 0; k < ARRAY_SIZE(flags); k++)
			for (u32 n = 0; n < 4; n++) {
				struct gpr r = { .edx = 0xe0, .ecx = below(2000) };

				map_area(5, pa[i] | flags[k]);
				r.esi = r.edi = area(5) + 0x300 -
						(n & 1 ? 0 : 0x20c);
				if (n & 2)
					KERNEL(&r, 0xfd, 0xf3, 0x6d, 0xfc);
				else
					KERNEL(&r, 0xf3, 0x6d);
				r.esi = r.edi = area(5) + 0xff0;
				KERNEL(&r, 0xf3, 0x6f);
				KERNEL(&r, 0xf3, 0x6c);
			}
	map_area(5, 0);
	sound();
}

static void t_alarms(void)
{
	static const u64 times[] = { 0, 1, ~0ull, 1ull << 63, 1ull << 32,
				     ~0ull >> 1, 0xffffffff };

	for (u32 i = 0; i < ARRAY_SIZE(times); i++)
		for (u32 k = 0; k < ARRAY_SIZE(times); k++)
			for (u32 f = 0; f < 16; f++) {
				u32 flags = (f & 3) | (f & 4 ? 0x100 : 0) |
					    (f & 8 ? VMI_ALARM_LVTT : 0);

				if (f & 4 && times[k] && times[k] < 1 << 20)
					continue;
				vmi(SetAlarm, flags | (random() & ~0x101ffu),
				    (u32)times[i], (u32)(times[i] >> 32),
				    (u32)times[k], (u32)(times[k] >> 32));
				vmi(CancelAlarm, random());
				vmi(CancelAlarm, flags);
			}
	vmi(CancelAlarm, 0);
	vmi(CancelAlarm, VMI_ALARM_LVTT);
	sound();
}

const struct test attack_io_tests[] = {
	{ "the APIC sends no INIT, SMI or exception", t_apic },
	{ "an NMI without a gate is a fault, and the next one comes", t_nmi_gate },
	{ "user mode that may write to it gets no further", t_apic_user },
	{ "a store is no message to the CPU", t_messages },
	{ "nor is one through a large page", t_large },
	{ "the IO-APIC sends none, by no name of its registers", t_io_apic },
	{ "an interrupt may have any vector while the monitor waits", t_vectors },
	{ "line 20 of addresses stays open", t_a20 },
	{ "the BIOS begins at its start after a reset", t_cmos },
	{ "the memory of SMM stays closed", t_bridge },
	{ "nor is there a way by registers in memory", t_bridge_in_memory },
	{ "no port is an SMI", t_smi },
	{ "strings of ports stop at pages that are not the guest's", t_strings },
	{ "alarms may be at any time", t_alarms },
	{ }
};
