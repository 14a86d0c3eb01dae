// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the guest tells of its page tables, and the registers that rule them. The
 * ROM stores entries itself and writes down which have changed; that is read
 * here when the guest asks for an effect, as the CPU would reload its TLB: at a
 * flush, another base, or a page fault. vmi-abi 4.6, 4.7. Next: shadow.c.
 */
#include <monitor/vmi/vmi.h>

#define CR0_EM		4
#define CR0_CPU		(CR0_TS | CR0_MP | CR0_EM | CR0_AM)	/* as the guest has them */
#define CR4_PCE		0x100
#define CR4_VME		0x001
#define CR4_PVI		0x002
#define CR4_CPU		(CR4_TSD | CR4_DE | CR4_PCE | CR4_OSFXSR | \
			 CR4_OSXMMEXCPT | CR4_OSXSAVE)
#define CR4_KNOWN	(CR4_CPU | CR4_VME | CR4_PVI | CR4_PSE | CR4_PAE | \
			 CR4_MCE | CR4_PGE)

/*
 * Where tables are that the guest has mapped for a moment: it unmaps them before
 * it asks for an effect. vmi-abi 4.8.
 */
static struct {
	u32 va, pages, pfn;
} slot[4];

static bool find_entry(u32 va, u64 *machine)
{
	for (u32 n = 1; n < ARRAY_SIZE(slot); n++)
		if (va - slot[n].va < (u64)slot[n].pages << PAGE_SHIFT) {
			*machine = ((u64)slot[n].pfn << PAGE_SHIFT) +
				   (va - slot[n].va);
			return true;
		}
	return shadow_translate(va, machine);
}

static void take_note(u32 what, u32 about)
{
	u64 machine;

	if (what == QUEUE_ANNOUNCE)
		shadow_announce(about);
	else if (what == QUEUE_RELEASE)
		shadow_release(about);
	else if (what == QUEUE_ENTRY && find_entry(about, &machine))
		shadow_entry(machine);
}

void queue_drain(void)
{
	u32 tail = shared.tail, head = shared.head;

	if (tail - head > SHARED_QUEUE_SIZE)
		head = tail - SHARED_QUEUE_SIZE;
	for (; head != tail; head++) {
		typeof(&shared.queue[0]) note =
			&shared.queue[head % SHARED_QUEUE_SIZE];

		take_note(note->what, note->about);
	}
	shared.head = tail;
}

void queue_note(u32 what, u32 about)
{
	queue_drain();
	take_note(what, about);
}

void complete_note(struct regs *regs)
{
	if (ring_of(regs) != 1 || regs->eip < vmi.note ||
	    regs->eip >= vmi.note_end)
		return;
	queue_note(regs->eax, regs->edx);
	regs->eip = vmi.note_end;
}

/* What was told until now is of what the slot had before. */
void map_slot(u32 n, u32 va, u32 pages, u32 pfn)
{
	queue_drain();
	if (n && n < ARRAY_SIZE(slot))
		slot[n] = (typeof(slot[n])){ va, pages, pfn };
}

/* What was told until now is of what was in force. */
static void apply(void)
{
	queue_drain();
	shared.cr3 = vmi.paging.cr3;
	shared.cr4 = guest.cr4 = vmi.paging.cr4;
	shadow_mode(&vmi.paging);
}

/* Without paging, or in real mode, the guest is no client any more. */
void set_cr0(u32 value)
{
	u32 changed = value ^ vmi.paging.cr0;

	if (!(value & CR0_PG) || !(value & CR0_PE)) {
		printk("monitor: the guest switches paging off\n");
		machine_reset();
	}
	vmi.paging.cr0 = shared.cr0 = value | CR0_ET;
	write_cr0((read_cr0() & ~(u64)CR0_CPU) | (value & CR0_CPU));
	if (changed & CR0_WP)
		apply();
}

void clear_ts(void)
{
	set_cr0(vmi.paging.cr0 & ~CR0_TS);
}

void inval_page(u32 va)
{
	queue_drain();
	shadow_invlpg(va);
}

void set_cr3(u32 value)
{
	vmi.paging.cr3 = value;
	apply();
}

bool cr4_allowed(u32 value)
{
	u32 r[4];

	cpuid(1, 0, r);
	return !(value & ~CR4_KNOWN) &&
	       (!(value & CR4_OSXSAVE) || r[2] & CPUID_XSAVE);
}

void set_cr4(u32 value)
{
	vmi.paging.cr4 = value;
	write_cr4((read_cr4() & ~(u64)CR4_CPU) | (value & CR4_CPU));
	apply();
}

void set_nx(bool on)
{
	vmi.paging.nx = on;
	apply();
}
