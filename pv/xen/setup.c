// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The Xen backend: a paravirtual dom0 in ring 1. Here are the table of
 * operations, the way from Xen's entry to the common start, the console, and
 * the end of the machine.
 */
#include <abi/xen/platform.h>
#include <abi/xen/vcpu.h>
#include <kernel/boot.h>
#include <kernel/kernel.h>
#include <pv/backend.h>
#include <pv/pv.h>
#include <xen/hypercall.h>
#include <xen/traps.h>
#include <xen/xen.h>

/*
 * What is not in this table is as in native: the bare instruction traps, and
 * Xen does it. That holds for CR4, RDTSC, WBINVD and ports (xen-pv-abi 5.2,
 * 5.3).
 */
static const struct pv_ops xen_ops = {
	.save_fl = xen_save_fl,
	.restore_fl = xen_restore_fl,
	.irq_disable = xen_irq_disable,
	.irq_enable = xen_irq_enable,
	.safe_halt = xen_safe_halt,
	.halt = xen_halt,

	.read_cr0 = xen_read_cr0,
	.write_cr0 = xen_write_cr0,
	.read_cr2 = xen_read_cr2,
	.read_cr3 = xen_read_cr3,
	.write_cr3 = xen_write_cr3,
	.clts = xen_clts,
	.get_debugreg = xen_get_debugreg,
	.set_debugreg = xen_set_debugreg,
	.cpuid = xen_cpuid,
	.rdmsr = xen_rdmsr,
	.wrmsr = xen_wrmsr,
	.iret = xen_iret,

	.io_delay = xen_io_delay,

	.load_gdt = xen_load_gdt,
	.load_idt = xen_load_idt,
	.set_ldt = xen_set_ldt,
	.load_tr = xen_load_tr,
	.write_gdt_entry = xen_write_gdt_entry,
	.write_idt_entry = xen_write_idt_entry,
	.write_ldt_entry = xen_write_ldt_entry,
	.load_tls = xen_load_tls,
	.load_esp0 = xen_load_esp0,

	.get_pte = xen_get_pte,
	.pte_frame = xen_pte_frame,
	.set_pte = xen_set_pte,
	.clear_pte = xen_clear_pte,
	.link_l1 = xen_link_l1,
	.link_l2 = xen_link_l2,
	.unlink_l1 = xen_unlink_l1,
	.unlink_l2 = xen_unlink_l2,
	.flush_tlb_page = xen_flush_tlb_page,
	.flush_tlb_user = xen_flush_tlb_user,
	.flush_tlb_all = xen_flush_tlb_all,
	.root_complete = xen_root_complete,
	.root_retire = xen_root_retire,
	.lazy_mmu_begin = xen_lazy_mmu_begin,
	.lazy_mmu_end = xen_lazy_mmu_end,

	.clock_ns = xen_clock_ns,
	.alarm_set = xen_alarm_set,
	.alarm_cancel = xen_alarm_cancel,
	.wall_clock = xen_wall_clock,
	.steal_ns = xen_steal_ns,

	.memory_map = xen_memory_map,
	.console_write = xen_console_write,
	.console_read = xen_console_read,
	.start_irqs = xen_start_irqs,
	.start_clock = xen_start_clock,
	.start_alarm = xen_start_alarm,
	.shutdown = xen_shutdown,
};

const struct xen_start_info *xen_start __ro_after_init;
struct xen_shared_info xen_shared_info
	__section(".bss.page_aligned") __aligned(PAGE_SIZE);

/* Xen starts the kernel at an entry of its own, which sets xen_start. */
static bool probe(void)
{
	return xen_start;
}

/* A port access traps, which takes longer than any device needs. */
void xen_io_delay(void)
{
}

/* The first writes the mask: traps.S. */
PV_INSTRUCTIONS(disable, movb $1, xen_shared_info + XEN_VCPU_MASK);
PV_INSTRUCTIONS(cr2, mov xen_shared_info + XEN_VCPU_CR2, %eax);
PV_INSTRUCTIONS(begin, incl xen_lazy);
PV_INSTRUCTIONS(nothing, );

static void fill(struct pv_impl impl[PV_OPS])
{
	pv_fill(impl, &xen_ops);
	pv_inline(impl, PV_NR_irq_disable, disable);
	pv_inline(impl, PV_NR_read_cr2, cr2);
	pv_inline(impl, PV_NR_lazy_mmu_begin, begin);
	pv_inline(impl, PV_NR_io_delay, nothing);
	pv_inline(impl, PV_NR_load_tr, nothing);
}

static void __init choose_lazy(const char *value)
{
	if (!strcmp(value, "off"))
		xen_lazy = XEN_LAZY_NEVER;
	else if (strcmp(value, "on"))
		panic("xen.lazy=%s: expected on or off", value);
}

static void __init start(void)
{
	const char *lazy = cmdline_get("xen.lazy");

	if (lazy)
		choose_lazy(lazy);
}

static s32 monitor(u32 command, u32 number, void *to)
{
	return hypercall_3(self_check, command, number, (u32)to);
}

static const struct pv_hypervisor hypervisor = {
	.calls = &xen_calls,
	.call_name = xen_call_name,
	.call_count = XEN_HYPERCALLS,
	.upcall = (u32 *)&xen_on_upcall,
	.entry = xen_entry,
	.monitor = monitor,
};

const struct pv_backend pv_xen = {
	.name = "xen",
	.base = &pv_native,
	.probe = probe,
	.fill = fill,
	.start = start,
	.hypercalls = pv_hypercalls,
	.stats = xen_show_calls,
	.hypervisor = &hypervisor,
};
PV_BACKEND(pv_xen);

void __init xen_memory_map(struct memory_map *map)
{
	xen_build_map(map);
}

void xen_console_write(const char *s, u32 len)
{
	hypercall_3(console_io, XEN_CONSOLE_WRITE, len, (u32)s);
}

u32 xen_console_read(char *buf, u32 len)
{
	s32 n = hypercall_3(console_io, XEN_CONSOLE_READ, len, (u32)buf);

	return n > 0 ? n : 0;
}

/*
 * debugexit=PORT as on bare hardware. dom0 reaches the port; there is no site,
 * since there may be no table yet. Otherwise Xen ends the machine and, after a
 * panic, reports a crash (xen-pv-abi 10).
 */
void xen_shutdown(u32 how, u32 status)
{
	const char *port = cmdline_get("debugexit");
	u32 reason = how == SHUTDOWN_POWEROFF ? XEN_SHUTDOWN_POWEROFF :
		     how == SHUTDOWN_RESTART ? XEN_SHUTDOWN_REBOOT :
		     XEN_SHUTDOWN_CRASH;

	if (port)
		asm volatile(PV_STRING(NATIVE_outl)
			     : : "a" (status), "d" (parse_u32(port, NULL)));
	hypercall_2(sched_op, XEN_SCHED_SHUTDOWN, (u32)&reason);
	for (;;)
		hypercall_2(sched_op, XEN_SCHED_YIELD, 0);
}

/* The end before there is a table of operations, which panic() needs. */
void __noreturn xen_refuse(const char *what, s32 error)
{
	char text[100];

	xen_console_write(text, snprintf(text, sizeof(text),
			  "pv86: cannot run on this Xen: %s: error %d\r\n",
			  what, -error));
	xen_shutdown(SHUTDOWN_CRASH, STATUS_PANIC);
	__builtin_unreachable();
}

static void __init require(const char *what, s32 result)
{
	if (result < 0)
		xen_refuse(what, result);
}

static void __init check_features(void)
{
	struct {
		u32 index, bits;
	} features = { 0 };
	u32 m2p;

	require("xen_version get_features",
		hypercall_2(xen_version, XEN_GET_FEATURES, (u32)&features));
	if (!(features.bits & XEN_FEATURE_PRESERVE_AD))
		xen_refuse("no mmu_pt_update_preserve_ad", -ENOSYS);
	require("xen_version platform_parameters",
		hypercall_2(xen_version, XEN_PLATFORM_PARAMETERS, (u32)&m2p));
	if (m2p != XEN_M2P_BASE)
		xen_refuse("M2P table at another address", -EINVAL);
}

void start_xen(const struct xen_start_info *start);

void __init start_xen(const struct xen_start_info *start)
{
	u32 iopl = 1;		/* lets ring 1 do port I/O: 5.3 */
	const char *damaged = pv_damaged();
	char text[64];

	cmdline_init(start->cmd_line);
	require("physdev_op set_iopl",
		hypercall_2(physdev_op, XEN_PHYSDEV_SET_IOPL, (u32)&iopl));
	if (damaged) {
		snprintf(text, sizeof(text), "this image is damaged: %s",
			 damaged);
		xen_refuse(text, -ENOEXEC);
	}
	if (memcmp(start->magic, XEN_START_MAGIC, sizeof(XEN_START_MAGIC)))
		xen_refuse("start_info is not of " XEN_START_MAGIC, -EINVAL);
	if (!(start->flags & XEN_SIF_INITDOMAIN))
		xen_refuse("not the initial domain", -EPERM);
	check_features();
	xen_start = start;
	xen_mmu_init();
	if (start->mod_start) {
		boot.initrd = (void *)start->mod_start;
		boot.initrd_start = pa(boot.initrd);
		boot.initrd_end = boot.initrd_start + start->mod_len;
	}
	start_kernel();
}
