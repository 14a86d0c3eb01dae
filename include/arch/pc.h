/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices of a PC that the native backend is made of. Each has a file of
 * its name in arch/i386/.
 */
#ifndef ARCH_PC_H
#define ARCH_PC_H

#include <kernel/types.h>

/* uart.c: 16550 at COM1, 115200 8N1. Writing polls, reading never waits. */
#define UART_IRQ	4
void uart_write(const char *s, u32 len);
u32 uart_read(char *buf, u32 len);
void uart_start_irq(void);

/* pic.c: two 8259s, remapped to VECTOR_IRQ0; all lines masked. */
void pic_init(void);
void pic_unmask(u32 line);
void pc_interrupt(u32 vector);

/* pit.c: 8254. Channel 0 is an alarm, channel 2 measures. */
#define PIT_IRQ		0
#define PIT_MAX_NS	50000000
void pit_one_shot(u32 ns);		/* up to PIT_MAX_NS */
void pit_stop(void);
void pit_gate_start(u32 ns);		/* up to PIT_MAX_NS */
void pit_gate_wait(void);

/* lapic.c: the local APIC's timer, in ticks of the bus clock over 16. */
bool lapic_init(void);			/* false: there is none */
void lapic_one_shot(u32 ticks);		/* 0: stop */
u32 lapic_free_run(void);		/* counts down from the result */
u32 lapic_count(void);
void lapic_eoi(void);

/* cmos.c: seconds since 1970 by the battery-backed clock, taken as UTC. */
u64 cmos_seconds(void);

/* refuse.c: says why, and what, without any operation; for start.c. */
struct multiboot_info;
void __noreturn refuse(const struct multiboot_info *info, const char *why,
		       const char *what);

/* power.c: both return if the machine does not do it. */
void acpi_poweroff(void);
void keyboard_reset(void);

#endif
