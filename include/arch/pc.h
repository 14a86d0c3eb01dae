/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices of a PC, which the native backend uses. Each has a file of its
 * name in arch/i386/.
 */
#ifndef ARCH_PC_H
#define ARCH_PC_H

#include <kernel/types.h>

/*
 * What counts at a known rate, to measure the TSC by. start says whether it is
 * there, and may set it to 0; read gives the count, modulo mask + 1.
 */
struct counter {
	const char *name;
	u32 hz, mask;
	bool (*start)(void);
	u32 (*read)(void);
};
extern const struct counter pit_counter, acpi_counter, rtc_counter;

/*
 * vga.c: text memory, at VGA_TEXT if the mode register says so. A port without
 * a device reads as all ones, which does not say so.
 */
#define VGA_TEXT	0xb8000
#define VGA_COLUMNS	80
#define VGA_ROWS	25
#define VGA_GREY	0x0700		/* on black; and a character */
#define VGA_GRAPHICS	0x3ce		/* two ports: index, value */
#define VGA_MODE	6
#define VGA_IS_TEXT(mode)	(((mode) & 0x0d) == 0x0c)
#define VGA_CRT		0x3d4
#define VGA_LAST	1		/* the last column */
bool vga_present(void);
void vga_write(const char *s, u32 len);

/* cmos.c: what a pair of ports, index and value, gives. */
u8 port_indexed(u32 port, u32 index);

/*
 * uart.c: 16550 at COM1, 115200 8N1. Writing polls, with interrupts off;
 * reading never waits.
 */
#define UART_IRQ	4
void uart_write(const char *s, u32 len);
u32 uart_read(char *buf, u32 len);
bool uart_start_irq(void);		/* false: there is none */

/* pic.c: two 8259s, remapped to VECTOR_IRQ0; all lines masked. */
bool pic_init(void);			/* false: there are none */
void pic_unmask(u32 line);
void pic_hold(bool hold);		/* what comes meanwhile comes afterwards */
void pc_interrupt(u32 vector);

/* pit.c: 8254 as an alarm. */
#define PIT_IRQ		0
void pit_one_shot(u64 wait_ns);		/* a longer one than 50 ms ends then */
void pit_stop(void);

/* lapic.c: the local APIC and its timer. After the rate of the TSC is known. */
bool lapic_init(void);			/* false: there is none */
void lapic_map(u64 machine);		/* paging.c: its registers, at LAPIC_VA */
void lapic_one_shot(u64 wait_ns);	/* a longer one than 32 s ends then */
void lapic_stop(void);
void lapic_go_on(void);			/* another has used the timer */
void lapic_eoi(void);

/*
 * cmos.c: seconds since 1970 by the battery-backed clock, taken as UTC; 0:
 * there is none, or it shows no date.
 */
u64 cmos_seconds(void);

/* refuse.c: says why, and what, without any operation. */
struct multiboot_info;
void __noreturn refuse_boot(const struct multiboot_info *info, const char *why,
		       const char *what);

/* acpi.c: ports and values that ACPI tables give. 0: not there. */
extern struct acpi {
	u16 timer;
	u16 control_a, control_b;	/* PM1 control */
	u8 off_a, off_b;		/* sleep types of S5 */
	u16 command;			/* takes `enable` to turn ACPI on */
	u8 enable;
} acpi;
void acpi_init(void);
/* paging.c: a byte of any memory; the kernel has it at boot only. */
u8 phys_byte(u32 pa);

/* power.c: both return if the machine does not do it. */
void acpi_poweroff(void);
void keyboard_reset(void);

#endif
