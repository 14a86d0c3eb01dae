// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The local APIC and an IO-APIC are the guest's, but for messages that are no
 * interrupts: INIT and SMI would take the CPU away from the monitor, and a
 * vector below 32 would look like an exception. So their pages are never
 * writable, and each store comes here. Intel SDM volume 3, chapter 10.
 */
#include <arch/pc.h>
#include <monitor/rom/rom.h>
#include <monitor/vmi/vmi.h>

#define CPUID_APIC	(1u << 9)
#define IO_APIC		0xfec00000
#define IO_APIC_DATA	0x10
#define FIRST_ROUTE	0x10		/* of its registers: two for each line */
#define FIRST_WRITABLE	0x80		/* of its registers: TPR */
#define REGISTERS_END	0x400		/* of those that all have */
#define SPURIOUS	0xf0
#define LVT_CMCI	0x2f0
#define LVT_FIRST	0x320
#define LVT_LAST	0x370
#define MASKED		0x10000
#define FIXED		0
#define LOWEST		1
#define MODE_NMI	4
#define EXTINT		7
#define MODES		0x700
#define MODE(message)	((message) >> 8 & 7)

void apic_init(struct shadow_memory *m)
{
	u32 r[4];
	u64 base;

	m->guarded[0] = ~0u;
	m->guarded[1] = IO_APIC >> PAGE_SHIFT;
	cpuid(1, 0, r);
	if (!(r[3] & CPUID_APIC))
		return;
	base = rdmsr(MSR_APIC_BASE) & 0xfffff000;
	lapic_map(base);
	m->guarded[0] = base >> PAGE_SHIFT;
}

volatile u32 *rom_apic(void)
{
	return apic_base ? (volatile u32 *)LAPIC_VA : NULL;
}

static bool is_interrupt_message(u32 message)
{
	u32 mode = MODE(message);

	return mode == MODE_NMI || ((mode == FIXED || mode == LOWEST) &&
				    (message & 0xff) >= VECTOR_IRQ0);
}

/* Of a line the 8259s may have the vector. */
static bool is_line(u32 message)
{
	return is_interrupt_message(message) || MODE(message) == EXTINT;
}

static u32 allowed(u32 offset, u32 value)
{
	if (offset == APIC_LVTT)
		value = lvtt_value(rom_apic(), value);
	if (offset == APIC_LVTT || offset == LVT_LAST)
		value &= ~(u32)MODES;		/* they have none */
	if ((offset == LVT_CMCI || (offset >= LVT_FIRST && offset <= LVT_LAST)) &&
	    !is_line(value))
		value |= MASKED;
	if (offset == SPURIOUS && (value & 0xff) < VECTOR_IRQ0)
		value |= 0xff;
	return value;
}

/* Before the first that may be written to, an emulator has a message to a CPU. */
void apic_write(u32 offset, u32 value)
{
	offset &= 0xff0;
	if (!apic_base || offset < FIRST_WRITABLE || offset >= REGISTERS_END ||
	    (offset == APIC_ICR && !is_interrupt_message(value)))
		return;
	APIC(rom_apic(), offset) = allowed(offset, value);
}

u32 apic_read(u32 offset)
{
	return apic_base ? APIC(rom_apic(), offset & 0xff0) : 0;
}

/* Its registers are there again every 256 bytes. */
static void io_apic_write(u32 offset, u32 value)
{
	volatile u32 *io_apic = phys(IO_APIC);
	u32 number = *io_apic;

	if (offset == IO_APIC_DATA && number >= FIRST_ROUTE && !(number & 1) &&
	    !is_line(value))
		value |= MASKED;
	io_apic[offset / 4] = value;
}

void guarded_write(u64 machine, u32 value)
{
	if (machine >> PAGE_SHIFT == IO_APIC >> PAGE_SHIFT)
		io_apic_write(machine & 0xff, value);
	else if (machine >> PAGE_SHIFT == memory.guarded[0])
		apic_write(machine & 0xfff, value);
}
