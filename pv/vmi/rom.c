// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The search for the ROM. Nothing that it says is believed: all that can be is
 * checked before its code runs, and then each of its answers. A ROM that is
 * refused is named with the reason, and the search goes on. Numbers of sections
 * are those of vmi-abi.
 */
#include <arch/desc.h>
#include <arch/pc.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/sections.h>
#include <pv/backend.h>
#include <vmi/vmi.h>

const struct vmi_rom *vmi_rom __ro_after_init;
u32 vmi_target[VMI_CALLS] __ro_after_init_zero;
u32 vmi_entry[VMI_CALLS] __ro_after_init_zero;
u32 vmi_count[VMI_CALLS];
u8 vmi_type[VMI_CALLS] __ro_after_init_zero;
u32 vmi_rpl __ro_after_init;

static u32 __init size_of(const struct vmi_rom *rom)
{
	return rom->blocks * VMI_ROM_BLOCK;
}

/* `bytes` at an offset, or NULL: outside the ROM, or no offset (0). */
static const void *__init part(const struct vmi_rom *rom, u32 offset, u32 bytes)
{
	return offset && offset + bytes <= size_of(rom) ?
	       (const u8 *)rom + offset : NULL;
}

static bool __init sum_is_0(const struct vmi_rom *rom)
{
	u8 sum = 0;

	for (u32 i = 0; i < size_of(rom); i++)
		sum += ((const u8 *)rom)[i];
	return !sum;
}

static bool __init licence_ok(const struct vmi_rom *rom)
{
	static const char *const good[] = { "GPL", "GPL v2" };

	for (u32 i = 0; i < ARRAY_SIZE(good); i++) {
		u32 bytes = strlen(good[i]) + 1;
		const char *text = part(rom, rom->licence, bytes);

		if (text && !memcmp(text, good[i], bytes))
			return true;
	}
	return false;
}

/* NULL, or what is wrong by 1.2, which is more than Linux checked. */
static const char *__init bad_image(const struct vmi_rom *rom, u32 room)
{
	const struct vmi_pcir *pcir;
	const struct vmi_pnp *pnp;

	if (rom->signature != VMI_OPTION_ROM)
		return "no signature of an option ROM";
	if (size_of(rom) < sizeof(*rom))
		return "length too small";
	if (size_of(rom) > room)
		return "cut off by the end of the area";
	if (!sum_is_0(rom))
		return "wrong checksum";
	pcir = part(rom, rom->pcir, sizeof(*pcir));
	if (!pcir || pcir->signature != VMI_PCIR)
		return "no PCI header";
	if (rom->vmi_signature != VMI_SIGNATURE)
		return "no VMI tag";
	if (rom->api_major != VMI_API_MAJOR)
		return "another version of VMI";
	pnp = part(rom, rom->pnp, sizeof(*pnp));
	if (rom->pnp && (!pnp || pnp->signature != VMI_PNP))
		return "no PnP header where it should be";
	if (!licence_ok(rom))
		return "licence is not GPL";
	if (rom->virtual_top && rom->virtual_top < VMAP_END)
		return "wants addresses that are the kernel's";
	return NULL;
}

/* NULL, or what is wrong with an answer: 2.1, 11.12, 11.23. */
static const char *__init bad_answer(u32 call)
{
	u32 type = vmi_type[call], entry = vmi_entry[call];
	bool leaves = call == VMI_IRET || call == VMI_SYSEXIT;

	if (type > VMI_RELOC_NOP)
		return "unknown type of an answer";
	if (type == VMI_RELOC_JUMP && !leaves)
		return "a jump for a plain call";
	if (type == VMI_RELOC_NOP && leaves)
		return "no way back from a trap";
	if ((type == VMI_RELOC_CALL || type == VMI_RELOC_JUMP) &&
	    entry - (u32)vmi_rom >= size_of(vmi_rom))
		return "an address outside of the ROM";
	if (call > VMI_GetCycleFrequency && call <= VMI_WallclockUpdated &&
	    vmi_type[VMI_GetCycleFrequency] == VMI_RELOC_CALL &&
	    type != VMI_RELOC_CALL)
		return "time in parts";
	return NULL;
}

static const char *__init ask(void)
{
	typedef u64 get_reloc_fn(u32 call);
	get_reloc_fn *get_reloc = (get_reloc_fn *)vmi_rom->get_reloc;
	const char *bad = NULL;

	for (u32 call = 0; call < VMI_CALLS && !bad; call++) {
		u64 answer = get_reloc(call);

		vmi_entry[call] = (u32)answer;
		vmi_type[call] = (u8)(answer >> 32);
		bad = bad_answer(call);
	}
	return bad;
}

/* In the state of 2.3, on the kernel's own stack. */
static const char *__init begin(void)
{
	typedef u32 init_fn(void);
	const char *bad;

	if (((init_fn *)vmi_rom->init)())
		return "VMI_Init failed";
	asm volatile("mov %%cs, %0" : "=r" (vmi_rpl));
	vmi_rpl &= 3;
	bad = ask();
	if (bad && vmi_rpl)
		panic("vmi: ROM at %08x: %s, and there is no way back",
		      pa(vmi_rom), bad);
	return bad;
}

/* Other option ROMs are passed over without a word. */
static bool __init is_vmi(const struct vmi_rom *rom, u32 room)
{
	const struct vmi_pcir *pcir;

	if (rom->vmi_signature == VMI_SIGNATURE)
		return true;
	if (rom->signature != VMI_OPTION_ROM || size_of(rom) > room)
		return false;
	pcir = part(rom, rom->pcir, sizeof(*pcir));
	return pcir && pcir->signature == VMI_PCIR &&
	       pcir->vendor == VMI_PCI_VENDOR &&
	       pcir->device == VMI_PCI_DEVICE;
}

static bool __init usable(u32 at)
{
	const struct vmi_rom *rom = va(at);
	const char *bad;

	if (!is_vmi(rom, VMI_ROM_END - at))
		return false;
	bad = bad_image(rom, VMI_ROM_END - at);
	if (!bad) {
		vmi_rom = rom;
		bad = begin();
	}
	if (!bad)
		return true;
	printk("vmi: ROM at %08x refused: %s\n", at, bad);
	vmi_rom = NULL;
	return false;
}

/*
 * A function of this backend may need several calls, of which the ROM answers
 * NONE or NOP for some. For those it calls these.
 */
static void own_nothing(void)
{
}

static void own_write_entry(u64 *table, u32 index, u32 low, u32 high)
{
	table[index] = low | (u64)high << 32;
}

static void own_set_ldt(u32 selector)
{
	asm volatile("lldt %w0" : : "r" (selector) : "memory");
}

static void own_set_stack(u32 ss0, u32 esp0)
{
	tss.esp0 = esp0;
}

static void own_set_pxe(u32 low, u32 high, volatile pte_t *p, u32 flags)
{
	if (!(low & PTE_P))
		p->lo = low;
	p->hi = high;
	p->lo = low;
}

static void own_write_apic(u32 offset, u32 value)
{
	*(volatile u32 *)(LAPIC_VA + offset) = value;
}

static void *const without[VMI_CALLS] = {
	[VMI_WriteGDTEntry] = own_write_entry,
	[VMI_SetLDT] = own_set_ldt,
	[VMI_UpdateKernelStack] = own_set_stack,
	[VMI_SetIOPLMask] = own_nothing,
	[VMI_SetPxELong] = own_set_pxe,
	[VMI_AllocatePage] = own_nothing,
	[VMI_ReleasePage] = own_nothing,
	[VMI_SetLinearMapping] = own_nothing,
	[VMI_APICWrite] = own_write_apic,
};

static void __init choose_targets(void)
{
	const char *count = cmdline_get("vmi.count");

	for (u32 call = 0; call < VMI_CALLS; call++)
		vmi_target[call] = vmi_type[call] == VMI_RELOC_NONE ||
				   vmi_type[call] == VMI_RELOC_NOP ?
				   (u32)without[call] :
				   count ? vmi_counted[call] : vmi_entry[call];
}

/*
 * Looks in ring 0 alone: on another hypervisor there is no ROM memory. boot.S
 * has mapped that memory.
 */
bool __init vmi_probe(void)
{
	static bool looked __initdata;

	if (looked || !pv_native.probe())
		return vmi_rom;
	looked = true;
	for (u32 at = VMI_ROM_START; at < VMI_ROM_END; at += VMI_ROM_STEP) {
		if (!usable(at))
			continue;
		firmware.start = (u8 *)ALIGN_DOWN((u32)vmi_rom, PAGE_SIZE);
		firmware.end = (u8 *)vmi_rom + size_of(vmi_rom);
		firmware.iret = vmi_entry[VMI_IRET];
		choose_targets();
		return true;
	}
	return false;
}
