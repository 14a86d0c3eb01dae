// SPDX-License-Identifier: GPL-2.0-or-later
/* One of the operations of a hypercall, by its number: hypercall.h. */
#include <monitor/xen/hypercall.h>

/* Written before it too: afterwards it must not fail. */
s32 operate(const struct operation *list, u32 count, u32 cmd, u32 at)
{
	const struct operation *op = &list[cmd];
	u8 arg[OPERATION_MAX] __aligned(8);
	s32 result;

	if (cmd >= count || !op->run)
		return -ENOSYS;
	if (!guest_read(arg, at, op->in) ||
	    !guest_write(at, arg, min(op->in, op->out)))
		return -EFAULT;
	result = op->run(arg);
	return result >= 0 && !guest_write(at, arg, op->out) ? -EFAULT : result;
}
