// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The monitor under a client of VMI: so far it goes back at once.
 */
#include "enter.h"

void __noreturn vmi_main(struct vmi_state *state, struct trampoline *t);

void __noreturn vmi_main(struct vmi_state *state, struct trampoline *t)
{
	launch_begin(t);
	launch_state->eax = 0;
	vmi_leave();
}
