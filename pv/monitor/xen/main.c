// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The monitor: a hypervisor of one guest, a 32-bit paravirtual kernel that
 * speaks Xen's ABI. It runs in 64-bit mode above 4 GiB, where the guest, in
 * ring 1 below, cannot even name an address. To follow one hypercall, read
 * arch/x86_64/entry.S, hypercall.c, mmu.c, types.c; a trap, traps.c after
 * entry.S; a guest's birth, multiboot.c, elf.c, builder.c.
 */
#include <monitor/xen/build.h>
#include <monitor/xen/xen.h>

#define CR4_GUEST	(CR4_PAE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT)

void __noreturn monitor_main(u32 magic, u32 info);

void __noreturn monitor_main(u32 magic, u32 info)
{
	struct regs regs = { 0 };

	/* Bits for caching: WB, WT, UC-, UC, WC, WP. xen-pv-abi 4.5. */
	asm volatile("wrmsr" : : "c" (MSR_PAT), "a" (0x070406), "d" (0x0501));
	paging_init();
	desc_init();
	/* Whoever had the machine before may have left SYSENTER open to ring 3. */
	wrmsr_safe(MSR_SYSENTER_CS, 0, 0);
	multiboot_init(magic, info);
	frames_init(&loaded.ram);
	interrupts_init();
	time_init();
	guest.cr4 = CR4_GUEST;
	asm volatile("fninit");
	build_guest(&regs);
	time_start_guest();
	watchdog_init(options.watchdog);
	enter_guest(&regs);
}
