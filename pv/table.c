// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table itself, and what reports need to know of each operation. An
 * operation that the backend left empty leads to a stub of its own, whose
 * return address says which one it was.
 *
 * Read next: pv/setup.c, which fills the table.
 */
#include <kernel/kernel.h>
#include <pv/backend.h>

#define STUB_BYTES	5		/* call rel32 */

struct pv_ops pv_ops __ro_after_init;

extern const u8 pv_missing_stubs[];
void pv_missing(void);

asm(".pushsection .text\n"
    "	.type	pv_missing_stubs, @function\n"
    "pv_missing_stubs:\n"
#define PV_OP(group, name, class, ret, params) "	call	pv_missing\n"
#define PV_JUMP(group, name) "	call	pv_missing\n"
#include <pv/ops.def>
#undef PV_OP
#undef PV_JUMP
    "	.size	pv_missing_stubs, . - pv_missing_stubs\n"
    "	.popsection");

void pv_missing(void)
{
	u32 end = (u32)__builtin_return_address(0) - (u32)pv_missing_stubs;

	panic("pv: the %s backend has no %s", pv_name(),
	      pv_op_info[end / STUB_BYTES - 1].name);
}

#define INFO(group, name)						\
	{ #group, #name,						\
	  (void (*)(void))&pv_missing_stubs[PV_NR_##name * STUB_BYTES] },

const struct pv_op_info pv_op_info[PV_OPS] = {
#define PV_OP(group, name, class, ret, params) INFO(group, name)
#define PV_JUMP INFO
#include <pv/ops.def>
#undef PV_OP
#undef PV_JUMP
};
