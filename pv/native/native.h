/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each operation on bare hardware as a function native_NAME. In the unhooked
 * build there are only those of class CALL.
 */
#ifndef PV_NATIVE_NATIVE_H
#define PV_NATIVE_NATIVE_H

#include <pv/pv.h>

#define PV_OP(group, name, class, ret, params)			\
	PV_TYPE_##class(ret) ret native_##name(PV_PROTO_##params);
#include <pv/ops.def>

/* time.c. The vmi backend uses these too, and this one may follow it. */
extern bool have_lapic;			/* its timer is the alarm, else the PIT */
extern u64 boot_wall_ns;		/* when clock_ns was 0 */
void native_go_on(u64 ns);		/* the clock does, from there */

#endif
