// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The end: of the guest, after which every reference that it held is given back
 * and counted; and of the machine, with a verdict for whoever started it.
 * xen-pv-abi 10.
 */
#include <arch/pc.h>
#include <kernel/platform.h>
#include <monitor/xen/build.h>
#include <monitor/xen/xen.h>

#define BACKTRACE	16

static void __noreturn halt(void)
{
	for (;;)
		asm volatile("cli; hlt");
}

void __noreturn machine_end(u32 status)
{
	if (options.debugexit)
		outl(status, options.debugexit);
	acpi_init();
	acpi_poweroff();
	printk("monitor: the machine can be switched off\n");
	halt();
}

static void __noreturn machine_reset(void)
{
	keyboard_reset();
	triple_fault();
}

/* A list of frames, each of which begins with the address of the next. */
static void show_backtrace(u32 frame)
{
	u32 word[2];

	for (u32 n = 0; n < BACKTRACE && guest_read(word, frame, 8) && word[1];
	     n++) {
		printk("monitor:   %08x\n", word[1]);
		if (word[0] <= frame)
			break;
		frame = word[0];
	}
}

void show_guest(const struct regs *r)
{
	u16 s[4];

	read_segments(s);
	printk("monitor: eax %08x ebx %08x ecx %08x edx %08x\n",
	       (u32)r->eax, (u32)r->ebx, (u32)r->ecx, (u32)r->edx);
	printk("monitor: esi %08x edi %08x ebp %08x esp %04x:%08x\n",
	       (u32)r->esi, (u32)r->edi, (u32)r->ebp, (u32)r->ss & 0xffff,
	       (u32)r->esp);
	printk("monitor: eip %04x:%08x eflags %08x ds %04x es %04x fs %04x gs %04x\n",
	       (u32)r->cs & 0xffff, (u32)r->eip, (u32)r->eflags, s[0], s[1],
	       s[2], s[3]);
	printk("monitor: cr2 %08x, base mfn %x, mask %u, pending %u\n",
	       guest.vcpu->cr2, guest.base, guest.vcpu->mask,
	       guest.vcpu->pending);
	if (ring_of(r) == 1)
		show_backtrace(r->ebp);
}

/* What the guest holds is given back; then nothing may be left. */
void __noreturn guest_end(u32 status, bool reset)
{
	if (guest.dead)
		halt();
	guest.dead = true;
	segments_destroy();
	vcpu_info_destroy();
	mmu_destroy();
	if (selfcheck() + frames_held())
		status = STATUS_PANIC;
	if (options.stats)
		report_values();
	if (reset && !options.debugexit)
		machine_reset();
	machine_end(status);
}

void __noreturn guest_shutdown(u32 reason)
{
	static const char *const name[] = {
		"power off", "reboot", "suspend", "crash", "watchdog",
		"soft reset",
	};
	bool good = reason == XEN_SHUTDOWN_POWEROFF ||
		    reason == XEN_SHUTDOWN_REBOOT;

	printk("monitor: the guest ends: %s\n",
	       reason < ARRAY_SIZE(name) ? name[reason] : "unknown reason");
	guest_end(good ? STATUS_OK : STATUS_PANIC, reason == XEN_SHUTDOWN_REBOOT);
}

void __noreturn guest_die(const struct regs *regs)
{
	if (regs)
		show_guest(regs);
	guest_end(STATUS_PANIC, false);
}

void __noreturn monitor_die(const char *why, const struct regs *r)
{
	printk("monitor: %s: vector %u, error %x, rip %llx, rsp %llx, cr2 %llx\n",
	       why, (u32)r->vector, (u32)r->error, r->eip, r->esp, read_cr2());
	guest.dead = true;
	machine_end(STATUS_PANIC);
}
