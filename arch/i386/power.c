// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The end of a PC: power off by the registers that ACPI names, restart by the
 * keyboard controller. ACPI's timer is here too. ACPI 6.4, 4.8.3.
 */
#include <arch/pc.h>
#include <kernel/kernel.h>
#include <pv/pv.h>

#define ACPI_ON		0x0001		/* in a PM1 control register */
#define SLEEP_TYPE(n)	((n) << 10)
#define SLEEP_NOW	0x2000

#define KEYBOARD	0x64
#define PULSE_RESET	0xfe

static __noinline bool is_on(void)
{
	return inw(acpi.control_a) & ACPI_ON;
}

static __noinline void sleep(u32 port, u32 type)
{
	u32 other = inw(port) & ~SLEEP_TYPE(7);

	outw(other | SLEEP_TYPE(type) | SLEEP_NOW, port);
}

/* About a second, or until ACPI is on. */
static __noinline void wait(bool until_on)
{
	for (u32 us = 1000000; --us && !(until_on && is_on()); )
		io_delay();
}

void acpi_poweroff(void)
{
	if (!acpi.control_a)
		return;
	if (acpi.command && !is_on()) {
		outb(acpi.enable, acpi.command);
		wait(true);
	}
	sleep(acpi.control_a, acpi.off_a);
	if (acpi.control_b)
		sleep(acpi.control_b, acpi.off_b);
	wait(false);
}

static bool __init timer_start(void)
{
	return acpi.timer;
}

static u32 timer_read(void)
{
	return inl(acpi.timer) & acpi_counter.mask;
}

const struct counter acpi_counter = {
	.name = "ACPI timer",
	.hz = 3579545,
	.mask = 0xffffff,
	.start = timer_start,
	.read = timer_read,
};

void keyboard_reset(void)
{
	for (u32 i = 0; i < 100000; i++)
		outb(PULSE_RESET, KEYBOARD);
}
