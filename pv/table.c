// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table itself, and what reports need to know of each operation. An
 * operation that the backend left empty leads to a function of its own that
 * says which one it was.
 *
 * Read next: pv/setup.c, which fills the table.
 */
#include <kernel/kernel.h>
#include <pv/backend.h>

struct pv_ops pv_ops __ro_after_init;

#define PV_OP(group, name, class, bytes, ret, params, what)		\
static void missing_##name(void)					\
{									\
	panic("pv: the %s backend has no " #name, pv_name());	\
}
#define PV_JUMP(group, name, bytes, what)				\
	PV_OP(group, name, PLAIN, bytes, void, P0(), what)
#include <pv/ops.def>
#undef PV_OP
#undef PV_JUMP

const struct pv_op_info pv_op_info[PV_OPS] = {
#define PV_OP(group, name, class, bytes, ret, params, what)		\
	{ #group, #name, what, missing_##name },
#define PV_JUMP(group, name, bytes, what)				\
	{ #group, #name, what, missing_##name },
#include <pv/ops.def>
#undef PV_OP
#undef PV_JUMP
};
