/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations of class CALL on bare hardware: a function native_NAME for each.
 */
#ifndef PV_NATIVE_NATIVE_H
#define PV_NATIVE_NATIVE_H

#include <pv/pv.h>

#define PV_OP(group, name, class, ret, params) PV_FN_##class(name, ret, params)
#define PV_JUMP(group, name)
#define PV_FN_CALL(name, ret, params)	ret native_##name(PV_PROTO_##params);
#define PV_FN_INSN(name, ret, params)
#define PV_FN_ANY(name, ret, params)
#include <pv/ops.def>
#undef PV_OP
#undef PV_JUMP

#endif
