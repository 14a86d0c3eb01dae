// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The monitor's face for a kernel that calls VMI_Init: it ran on the bare machine
 * until then, and goes on in ring 1 with the monitor underneath. To follow a
 * call, read rom/guest.def, rom/guest.S, arch/x86_64/entry.S, calls.c; a page
 * fault, traps.c, shadow.c, walk.c; the way in, rom/launch.S and launch.c.
 */
#include <arch/pc.h>
#include <monitor/rom/rom.h>
#include <monitor/vmi/enter.h>
#include <monitor/vmi/vmi.h>
#include <monitor/vmi/walk.h>

#define CPUID_GIB_PAGES	(1u << 26)	/* leaf 0x80000001, EDX */
#define PAE_GIB		64u		/* of memory */

struct vmi vmi;
static struct rom_facts facts;
struct shared shared __section(".bss.page_aligned") __aligned(PAGE_SIZE);
u32 guest_top = VMI_TOP;

extern u8 image_end[];

void __noreturn vmi_main(const struct vmi_state *state, struct trampoline *t);

/* Frames above 4 GiB that the direct map reaches, if there are pages of 1 GiB. */
static u32 map_high(void)
{
	u32 r[4];

	cpuid(0x80000001, 0, r);
	if (!(r[3] & CPUID_GIB_PAGES))
		return 0;
	for (u64 i = 4; i < PAE_GIB; i++)
		phys_l3[i] = i << 30 | PTE_PS | PTE_NX | PAGE;
	return (PAE_GIB - 4) << (30 - PAGE_SHIFT);
}

static void start_paging(const struct vmi_state *state)
{
	struct shadow_memory m = {
		.hidden = trampoline->image >> PAGE_SHIFT,
		.hidden_end = (trampoline->image + trampoline->size) >>
			      PAGE_SHIFT,
		.pool = image_phys(image_end) >> PAGE_SHIFT,
		.pool_end = mfn_of(trampoline),
		.shared = image_phys(&shared) >> PAGE_SHIFT,
	};

	/* The BIOS has the top of RAM in POST: rom/hide.c. */
	m.memory_end = min(m.hidden_end + (32u << (20 - PAGE_SHIFT)),
			   FRAMES_4G);
	m.high = map_high();
	apic_init(&m);
	shadow_init(&m);
	vmi.paging.nx = state->efer & EFER_NXE;
	vmi.paging.cr0 = state->cr0;
	vmi.paging.cr3 = state->task.cr3;
	set_cr4(state->cr4);
	set_cr0(state->cr0);
}

/* What the ROM knows of the machine, and where it is for the client. */
static void find_rom(const struct vmi_state *state)
{
	vmi.iret = state->rom + trampoline->iret;
	vmi.note = state->rom + trampoline->note;
	vmi.note_end = state->rom + trampoline->note_end;
	guest_read(&facts, state->rom + trampoline->facts, sizeof(facts));
}

/* For the code of the ROMs for bare hardware: rom/time.c, rom/wallclock.c. */
const struct rom_facts *rom_facts(void)
{
	return &facts;
}

static void start_registers(const struct vmi_state *state)
{
	u32 low, high;

	segments_init();
	set_gdt(&state->gdtr);
	set_idt(&state->idtr);
	set_tr(state->tr);
	load_task(&monitor_frame, &state->task);
	for (u32 i = 0; i < 8; i++)
		set_debugreg(i, state->dr[i]);
	shared.vcpu.cr2 = state->cr2;
	for (u32 msr = MSR_SYSENTER_CS; msr < MSR_SYSENTER_CS + 3; msr++)
		if (rdmsr_safe(msr, &low, &high))
			set_sysenter(msr, low | (u64)high << 32);
	wrmsr_safe(MSR_SYSENTER_CS, 0, 0);
}

void __noreturn vmi_main(const struct vmi_state *state, struct trampoline *t)
{
	launch_begin(t);
	state = launch_state;
	desc_init();
	acpi_init();
	lock_smm();
	guest.vcpu = &shared.vcpu;
	shared.vcpu.mask = 1;
	start_paging(state);
	find_rom(state);
	start_registers(state);
	if (trampoline->nmis)
		guest.attention |= ATTENTION_NMI;
	trampoline->nmis = 0;
	enter_guest(&monitor_frame);
}

static void keep_state(struct vmi_state *s, const struct regs *r)
{
	s->gdtr = shared.gdtr;
	s->idtr = shared.idtr;
	s->tr = shared.tr;
	s->cr0 = vmi.paging.cr0;
	s->cr2 = shared.vcpu.cr2;
	s->cr4 = vmi.paging.cr4;
	s->efer = (s->efer & ~(u64)EFER_NXE) | (vmi.paging.nx ? EFER_NXE : 0);
	save_task(&s->task, r);
	s->task.cs &= ~3;
	s->task.ss &= ~3;
	s->task.edx = s->task.eax = 0;
	for (u32 i = 0; i < 8; i++)
		s->dr[i] = get_debugreg(i);
	s->dr[6] = read_dr6();
	write_dr7(0);		/* T is where the guest may watch something else */
}

/* An NMI that came since the call looked for one goes along. */
void __noreturn leave(struct regs *regs)
{
	queue_drain();
	leave_begin();
	if (guest.attention & ATTENTION_STEP)
		step_done(regs);
	if (guest.attention & ATTENTION_NMI)
		trampoline->nmis++;
	keep_state(launch_state, regs);
	for (u32 i = 0; i < ARRAY_SIZE(vmi.sysenter); i++)
		wrmsr_safe(MSR_SYSENTER_CS + i, vmi.sysenter[i],
			   vmi.sysenter[i] >> 32);
	vmi_leave();
}
