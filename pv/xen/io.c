// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ports. The instructions trap to Xen, which does them for us where it lets
 * dom0: what it keeps reads as all ones, and writes to it are lost. The kernel
 * needs an I/O privilege of 1 for that (cpu.c). xen-pv-abi 5.3.
 */
#include <pv/pv.h>
#include <native/insn.h>
#include <xen/xen.h>

#define XEN_IO(suffix, type)						\
__pv_saved type xen_in##suffix(u32 unused, u32 port)			\
{									\
	return native_in##suffix(port);					\
}									\
__pv_saved void xen_out##suffix(u32 value, u32 port)			\
{									\
	native_out##suffix(value, port);				\
}									\
void xen_ins##suffix(void *to, u32 port, u32 count)			\
{									\
	native_ins##suffix(to, port, count);				\
}									\
void xen_outs##suffix(const void *from, u32 port, u32 count)		\
{									\
	native_outs##suffix(from, port, count);				\
}
XEN_IO(b, u8)
XEN_IO(w, u16)
XEN_IO(l, u32)

/* Each access takes longer than any device needs. */
__pv_saved void xen_io_delay(void)
{
}
