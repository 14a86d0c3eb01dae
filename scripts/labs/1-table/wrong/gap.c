// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two right steps with a gap between them: the interrupt that was to end the
 * wait comes first, and the CPU waits for another one.
 * Fails: traps: safe_halt takes a pending interrupt and returns
 */
void counting_safe_halt(void)
{
	called[PV_NR_safe_halt]++;
	native_irq_enable();
	asm volatile("nop");
	native_halt();
}
