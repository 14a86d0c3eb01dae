// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which CPU this is, and the control register bits that the kernel wants.
 */
#include <arch/task.h>
#include <arch/trap.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <pv/pv.h>

struct cpu_info cpu __ro_after_init;
u64 pte_nx __ro_after_init;

static void __init identify_model(u32 signature)
{
	cpu.stepping = signature & 15;
	cpu.model = signature >> 4 & 15;
	cpu.family = signature >> 8 & 15;
	if (cpu.family >= 6)
		cpu.model |= signature >> 12 & 0xf0;
	if (cpu.family == 15)
		cpu.family += signature >> 20 & 0xff;
}

void __init cpu_identify(void)
{
	u32 r[4];

	cpuid(0, 0, r);
	memcpy(cpu.vendor, &r[1], 4);
	memcpy(cpu.vendor + 4, &r[3], 4);
	memcpy(cpu.vendor + 8, &r[2], 4);
	cpuid(1, 0, r);
	identify_model(r[0]);
	cpu.features = r[3];
	cpuid(0x80000000, 0, r);
	if (r[0] >= 0x80000001) {
		cpuid(0x80000001, 0, r);
		cpu.ext_features = r[3];
	}
	pte_nx = cpu.ext_features & CPU_EXT_NX ? PTE_NX : 0;
	printk("cpu: %s family %u model %u stepping %u%s\n", cpu.vendor,
	       cpu.family, cpu.model, cpu.stepping,
	       pte_nx ? "" : ", no NX: data is executable");
}

/* Debug registers are cleared: a loader may have left a breakpoint. */
void __init cpu_init(void)
{
	u32 cr4 = read_cr4();

	if (cpu.features & CPU_PGE)
		cr4 |= CR4_PGE;
	if (cpu.features & CPU_FXSR)
		cr4 |= CR4_OSFXSR;
	if (cpu.features & CPU_SSE)
		cr4 |= CR4_OSXMMEXCPT;
	write_cr4(cr4);
	/* No fast system calls: int 0x80 is the only gate. */
	if (cpu.features & CPU_SEP)
		wrmsr(MSR_SYSENTER_CS, 0);
	set_debugreg(7, 0);
	set_debugreg(6, 0);
	fpu_init();
}
