// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * It only turns interrupts on. But the caller may have saved that they were
 * off, and have turned them on since.
 * Fails: traps: save_fl says what irq_enable, irq_disable and restore_fl did
 */
void __pv_keeps counting_restore_fl(u32 flags)
{
	called[PV_NR_restore_fl]++;
	if (flags & EFLAGS_IF)
		native_irq_enable();
}
