// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The native backend: bare hardware, ring 0. Its table comes straight from
 * the list of operations: native_NAME for plain ones, and for those that keep
 * registers a function made here from the inline of insn.h.
 *
 * Read next: insn.h (what each operation is) and templates.S (its bytes).
 */
#include <abi/multiboot.h>
#include <arch/pc.h>
#include <kernel/kernel.h>
#include <pv/pv.h>
#include <native/insn.h>

#define PIECE		16u		/* of console output */

#ifndef PV_OFF
#include <pv/backend.h>

#define PV_FUNCTION_PLAIN(name, ret, params)
#define PV_FUNCTION_SAVED(name, ret, params)				\
	static ret __pv_saved native_op_##name(PV_SLOT_##params)	\
	{								\
		return native_##name(PV_ARGS_##params);			\
	}
#define PV_FUNCTION_PURE	PV_FUNCTION_SAVED
#define PV_FUNCTION_FIXED	PV_FUNCTION_SAVED
#define PV_OP(group, name, class, bytes, ret, params, what)		\
	PV_FUNCTION_##class(name, ret, params)
#define PV_JUMP(group, name, bytes, what)
#include <pv/ops.def>
#undef PV_OP
#undef PV_JUMP

#define PV_NAME_PLAIN(name)	native_##name
#define PV_NAME_SAVED(name)	native_op_##name
#define PV_NAME_PURE(name)	native_op_##name
#define PV_NAME_FIXED(name)	native_op_##name
static const struct pv_ops native_ops = {
#define PV_OP(group, name, class, bytes, ret, params, what)		\
	.name = PV_NAME_##class(name),
#define PV_JUMP(group, name, bytes, what) .name = native_##name,
#include <pv/ops.def>
#undef PV_OP
#undef PV_JUMP
};

/*
 * In ring 0 whatever is underneath must act like hardware. In another ring a
 * hypervisor started us, and one of the others finds it.
 */
static bool native_probe(void)
{
	u32 cs;

	asm volatile("mov %%cs, %0" : "=r" (cs));
	return !(cs & 3);
}

extern const struct pv_template native_templates[], native_templates_end[];

const struct pv_backend pv_native = {
	.name = "native",
	.probe = native_probe,
	.ops = &native_ops,
	.templates = native_templates,
	.templates_end = native_templates_end,
};

#endif /* PV_OFF */

void native_memory_map(struct memory_map *map)
{
	multiboot_memory_map(map);
}

void native_console_write(const char *s, u32 len)
{
	while (len) {
		u32 n = min(len, PIECE), flags = native_save_fl();

		/* An interrupt may echo, but not into a piece. */
		native_irq_disable();
		uart_write(s, n);
		vga_write(s, n);
		native_restore_fl(flags);
		s += n;
		len -= n;
	}
}

u32 native_console_read(char *buf, u32 len)
{
	return uart_read(buf, len);
}

/* Without an IDT no trap can be delivered, nor can that be: a reset. */
static void triple_fault(void)
{
	static const struct desc_ptr none;

	native_load_idt(&none);
	asm volatile("ud2");
}

/*
 * debugexit=PORT on the command line names an isa-debug-exit device, which
 * hands the status to the outside. Without it: power off or restart the
 * machine, and after a panic just stop.
 */
void native_shutdown(u32 how, u32 status)
{
	const char *port = cmdline_get("debugexit");

	native_irq_disable();
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
