// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The native backend: bare hardware, ring 0. Operations of class CALL are
 * functions native_NAME of this folder. Sites of the others have the
 * instructions of insn.h, and the table has functions made from them here.
 */
#include <abi/multiboot.h>
#include <arch/pc.h>
#include <kernel/kernel.h>
#include <native/native.h>

#define PIECE		16u		/* of console output */

#ifndef PV_OFF
#include <pv/backend.h>

#define FUNCTION(class, name, ret, params)				\
	PV_TYPE_##class(ret) ret native_##name(PV_PROTO_##params)	\
	PV_BODY_##ret(PV_OUT_##class, PV_STRING(NATIVE_##name),		\
		      PV_LOST_##class(ret, params) :			\
		      [op] "i" (0) PV_IN_##params)
#define FUNCTION_CALL(name, ret, params)
#define FUNCTION_INSN(...)	FUNCTION(INSN, __VA_ARGS__)
#define FUNCTION_EITHER(...)	FUNCTION(EITHER, __VA_ARGS__)
#define FUNCTION_ANY(...)	FUNCTION(ANY, __VA_ARGS__)
#define PV_OP(group, name, class, ret, params)			\
	FUNCTION_##class(name, ret, params)
#define PV_JUMP(group, name)
#include <pv/ops.def>

/* The function of iret. It may fault, as an inlined iret may. */
asm(".pushsection .text\n"
    "	.globl	native_iret\n"
    "	.type	native_iret, @function\n"
    "native_iret:\n"
    "	" PV_STRING(NATIVE_iret) "\n"
    "	.pushsection .extable, \"a\"\n"
    "	.long	native_iret, bad_iret\n"
    "	.popsection\n"
    "	.size	native_iret, . - native_iret\n"
    "	.popsection");

static const struct pv_ops native_ops = {
#define PV_OP(group, name, class, ret, params) .name = native_##name,
#include <pv/ops.def>
};

/*
 * In ring 0 the machine acts like hardware, whatever it is. In another ring a
 * hypervisor has started this kernel, and another backend finds it.
 */
static bool probe(void)
{
	u32 cs;

	asm volatile("mov %%cs, %0" : "=r" (cs));
	return !(cs & 3);
}

static void fill(struct pv_impl impl[PV_OPS])
{
	pv_fill(impl, &native_ops);
	for (int op = 0; op < PV_OPS; op++)
		impl[op].inlined = PV_NATIVE;
}

const struct pv_backend pv_native = {
	.name = "native", .probe = probe, .fill = fill, .go_on = native_go_on,
};
PV_BACKEND(pv_native);

#endif /* PV_OFF */

void native_memory_map(struct memory_map *map)
{
	multiboot_memory_map(map);
}

void native_console_write(const char *s, u32 len)
{
	while (len) {
		u32 n = min(len, PIECE), flags = irq_save();

		/* An interrupt may echo input, but not within a piece. */
		uart_write(s, n);
		vga_write(s, n);
		restore_fl(flags);
		s += n;
		len -= n;
	}
}

u32 native_console_read(char *buf, u32 len)
{
	return uart_read(buf, len);
}

/* Without an IDT neither a trap nor the fault of that can be delivered. */
static void triple_fault(void)
{
	static const struct desc_ptr none;

	native_load_idt(&none);
	asm volatile("ud2");
}

/*
 * debugexit=PORT on the command line names an isa-debug-exit device, which ends
 * QEMU with the status. Without it the machine is switched off or restarted;
 * after a panic it stops.
 */
void native_shutdown(u32 how, u32 status)
{
	const char *port = cmdline_get("debugexit");

	irq_disable();
	wbinvd();
	if (port)
		outl(status, parse_u32(port, NULL));
	if (how == SHUTDOWN_RESTART) {
		keyboard_reset();
		triple_fault();
	}
	if (how == SHUTDOWN_POWEROFF) {
		acpi_poweroff();
		printk("pv86: the machine can be switched off now\n");
	}
	for (;;)
		native_halt();
}
