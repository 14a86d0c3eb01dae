// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traps and interrupts: counts interrupts, lets a test catch a trap of its own
 * code, and takes what user mode comes back with.
 */
#include "test.h"

#define PIC1		0x20
#define PIC2		0xa0
#define UART_IER	0x3f9
#define UART_IIR	0x3fa
#define UART_MCR	0x3fc
#define APIC_EOI	0xb0

u32 interrupts[256];
u64 interrupt_at[256];
struct frame trapped;
const struct frame *trapped_at;
u32 trapped_cr2;
volatile u32 nmi_count;
bool nmi_is_trap, debug_goes_on, strays_go_on;
void (*at_debug)(void);

/* 6.5: as Linux sets them up; the lines of PIT and UART open. */
static void pic_init(void)
{
	static const u8 words[2][4] = {
		{ 0x11, VECTOR_IRQ(0), 4, 1 }, { 0x11, VECTOR_IRQ(8), 2, 1 },
	};

	for (u32 i = 0; i < 2; i++) {
		u16 port = i ? PIC2 : PIC1;

		outb(words[i][0], port);
		for (u32 w = 1; w < 4; w++)
			outb(words[i][w], port + 1);
	}
	outb(0xee, PIC1 + 1);
	outb(0xff, PIC2 + 1);
}

/* Before VMI_Init, so that a fault of the ROM is seen: 2.3. */
void trap_init(void)
{
	for (u32 i = 0; i < 256; i++)
		idt[i] = GATE(KERNEL_CS, (u32)stubs[i], GATE_INTERRUPT, 0);
	pic_init();
}

/* The UART wants to send: an interrupt of line 4 is pending from now on. */
void raise_irq(void)
{
	outb(0x0b, UART_MCR);
	outb(0, UART_IER);
	outb(2, UART_IER);
}

static bool interrupt(u32 vector)
{
	if (vector != VECTOR_IRQ(0) && vector != VECTOR_IRQ(TEST_IRQ) &&
	    vector != VECTOR_LVTT)
		return false;
	if (features() & CPU_TSC)
		interrupt_at[vector] = vmi(RDTSC);
	interrupts[vector]++;
	if (vector == VECTOR_LVTT) {
		vmi(APICWrite, APIC_EOI, 0);
		return true;
	}
	if (vector == VECTOR_IRQ(TEST_IRQ)) {
		inb(UART_IIR);
		outb(0, UART_IER);
	}
	outb(0x60 + vector - VECTOR_IRQ(0), PIC1);
	return true;
}

void trap(struct frame *f);
void trap(struct frame *f)
{
	if (interrupt(f->vector))
		return;
	if (f->vector == TRAP_NMI && !nmi_is_trap) {
		nmi_count++;
		return;
	}
	if (f->vector == TRAP_DEBUG && debug_goes_on) {
		if (at_debug)
			at_debug();
		return;
	}
	if (strays_go_on && f->vector >= VECTOR_IRQ(0) && f->vector < 256 &&
	    (f->vector != VECTOR_SYSCALL || !trying)) {
		vmi(APICWrite, APIC_EOI, 0);
		return;
	}
	trapped = *f;
	trapped_at = f;
	if (f->vector == TRAP_PAGE_FAULT)
		trapped_cr2 = (u32)vmi(GetCR2);
	if (trying)
		caught();
	say("Bail out! trap %u, error %x, at %x:%x, cr2 %x\n", f->vector,
	    f->error, f->cs, f->eip, trapped_cr2);
	finish(0x12);
}

void peek(u32 address)
{
	(void)*(volatile u32 *)address;
}

void poke(u32 address)
{
	*(volatile u32 *)address = 1;
}

void execute(u32 address)
{
	((void (*)(void))address)();
}
