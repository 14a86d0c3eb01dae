// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * reboot: restarts the machine. The kernel does it at once, for there is
 * nothing to save.
 */
#include "lib.h"

int main(void)
{
	int err = reboot(REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_RESTART, NULL);

	return err < 0 ? complain("reboot", "reboot", err) : 0;
}
