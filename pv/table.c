// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table itself, and what reports need to know of each operation.
 *
 * Each operation also has a stub, `call pv_missing`, which stands in the slot
 * that a backend left empty. The stubs are PV_STUB_BYTES long and follow each
 * other in the order of the list. So the return address that pv_missing finds
 * is pv_missing_stubs + PV_STUB_BYTES * (number + 1), and gives the number.
 */
#include <kernel/kernel.h>
#include <pv/backend.h>

struct pv_ops pv_ops __ro_after_init;

void pv_missing(void);

asm(".pushsection .text\n"
    "	.globl	pv_missing_stubs\n"
    "	.type	pv_missing_stubs, @function\n"
    "pv_missing_stubs:\n"
#define PV_OP(group, name, class, ret, params) "	call	pv_missing\n"
#include <pv/ops.def>
    "	.size	pv_missing_stubs, . - pv_missing_stubs\n"
    "	.popsection");

void pv_missing(void)
{
	u32 end = (u32)__builtin_return_address(0) - (u32)pv_missing_stubs;

	panic("pv: the %s backend has no %s", pv_name(),
	      pv_op_info[end / PV_STUB_BYTES - 1].name);
}

const struct pv_op_info pv_op_info[PV_OPS] = {
#define PV_OP(group, name, class, ret, params) { #group, #name, #params, #ret },
#include <pv/ops.def>
};
