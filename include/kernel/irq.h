/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /proc/interrupts counts. Backends deliver an interrupt by irq_deliver(),
 * which counts it and calls its handler, with interrupts off.
 */
#ifndef KERNEL_IRQ_H
#define KERNEL_IRQ_H

#include <kernel/types.h>

enum irq_kind { IRQ_TIMER, IRQ_CONSOLE, IRQ_SPURIOUS, IRQ_OTHER, IRQ_NMI,
		IRQ_KINDS };

extern u32 irq_count[IRQ_KINDS];
extern const char *const irq_name[IRQ_KINDS];

void irq_deliver(enum irq_kind kind);

/* kernel/tty.c: takes what the console has. Also called by its interrupt. */
void tty_receive(void);

#endif
