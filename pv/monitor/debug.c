// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The debug registers are the guest's own; the monitor has no use for them. What
 * it keeps is what the guest last wrote. Intel SDM volume 3, chapter 17.
 */
#include <monitor/monitor.h>

#define DR7_GD		(1u << 13)

static void (*const load[8])(u64 value) = {
	write_dr0, write_dr1, write_dr2, write_dr3, [6] = write_dr6, write_dr7,
};

/*
 * 4 and 5 are other names for 6 and 7. Addresses have 32 bits, so none is the
 * monitor's. What is reserved gets its fixed value.
 */
static u32 real_number(u32 number)
{
	return number == 4 || number == 5 ? number + 2 : number;
}

s32 get_debugreg(u32 number)
{
	return guest.debugreg[real_number(number)];
}

s32 set_debugreg(u32 number, u32 value)
{
	if (number > 7)
		return -ENODEV;
	number = real_number(number);
	if (number == 7 && value & DR7_GD)
		return -EPERM;
	if (number == 6)
		value = (value & 0xe00f) | 0xffff0ff0;
	if (number == 7)
		value = (value & 0xffff03ff) | 0x400;
	guest.debugreg[number] = value;
	load[number](value);
	return 0;
}
