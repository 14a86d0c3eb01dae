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

#endif
