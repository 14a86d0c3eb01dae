// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The search for the ROM, at boot or later, and its VMI_Init. Nothing that it
 * says is believed: all that can be is checked before its code runs, and then
 * each of its answers. A ROM that is refused is named with the reason, and the
 * search goes on. Numbers of sections are those of vmi-abi.
 */
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

static u32 size_of(const struct vmi_rom *rom)
{
	return rom->blocks * VMI_ROM_BLOCK;
}

/* `bytes` at an offset, or NULL: outside the ROM, or no offset (0). */
static const void *part(const struct vmi_rom *rom, u32 offset, u32 bytes)
{
	return offset && offset + bytes <= size_of(rom) ?
	       (const u8 *)rom + offset : NULL;
}

static bool sum_is_0(const struct vmi_rom *rom)
{
	u8 sum = 0;

	for (u32 i = 0; i < size_of(rom); i++)
		sum += ((const u8 *)rom)[i];
	return !sum;
}

static bool is_licence(const struct vmi_rom *rom, const char *good)
{
	const char *text = part(rom, rom->licence, strlen(good) + 1);

	return text && !memcmp(text, good, strlen(good) + 1);
}

static const struct vmi_pcir *pcir_of(const struct vmi_rom *rom)
{
	const struct vmi_pcir *pcir = part(rom, rom->pcir, sizeof(*pcir));

	return pcir && pcir->signature == VMI_PCIR ? pcir : NULL;
}

/* NULL, or what is wrong by 1.2, which is more than Linux checked. */
static const char *bad_image(const struct vmi_rom *rom, u32 room)
{
	if (rom->signature != VMI_OPTION_ROM)
		return "no signature of an option ROM";
	if (size_of(rom) < sizeof(*rom))
		return "length too small";
	if (size_of(rom) > room)
		return "cut off by the end of the area";
	if (!sum_is_0(rom))
		return "wrong checksum";
	if (!pcir_of(rom))
		return "no PCI header";
	if (rom->vmi_signature != VMI_SIGNATURE)
		return "no VMI tag";
	if (rom->api_major != VMI_API_MAJOR)
		return "another version of VMI";
	if (rom->pnp && !part(rom, rom->pnp, sizeof(struct vmi_pnp)))
		return "no PnP header where it should be";
	if (!is_licence(rom, "GPL") && !is_licence(rom, "GPL v2"))
		return "licence is not GPL";
	if (rom->virtual_top && rom->virtual_top < VMAP_END)
		return "wants addresses that are the kernel's";
	return NULL;
}

static bool is_code(u32 type)
{
	return type == VMI_RELOC_CALL || type == VMI_RELOC_JUMP;
}

/* The call without which this one makes no sense, nor the other way round. */
static u32 goes_with(u32 call)
{
	return call >= VMI_WriteGDTEntry && call <= VMI_UpdateKernelStack ?
	       VMI_WriteGDTEntry :
	       call == VMI_AllocatePage || call == VMI_ReleasePage ?
	       VMI_SetPxELong :
	       call >= VMI_GetCycleFrequency && call <= VMI_WallclockUpdated ?
	       VMI_GetCycleFrequency : call;
}

/* NULL, or what is wrong with an answer: 2.1, 3.2, 11.12, 11.23. */
static const char *bad_answer(u32 call)
{
	u32 type = vmi_type[call];
	bool leaves = call == VMI_IRET || call == VMI_SYSEXIT;

	if (type > VMI_RELOC_NOP)
		return "unknown type of an answer";
	if (type == VMI_RELOC_JUMP && !leaves)
		return "a jump for a plain call";
	if (type == VMI_RELOC_NOP &&
	    (leaves || goes_with(call) == VMI_GetCycleFrequency))
		return "nothing for a call that does something";
	if (is_code(type) && vmi_entry[call] - (u32)vmi_rom >= size_of(vmi_rom))
		return "an address outside of the ROM";
	if (call == VMI_GetCycleFrequency && is_code(type) &&
	    ((vmi_0 *)vmi_entry[call])() < 1000)
		return "no rate of its cycles";
	if (!type != !vmi_type[goes_with(call)])
		return "half of what goes together";
	return NULL;
}

static const char *ask(void)
{
	const char *bad = NULL;

	for (u32 call = 0; call < VMI_CALLS && !bad; call++) {
		u64 answer = ((vmi_1 *)vmi_rom->get_reloc)(call);

		vmi_entry[call] = (u32)answer;
		vmi_type[call] = (u8)(answer >> 32);
		bad = bad_answer(call);
	}
	return bad;
}

/* In the state of 2.3, on the kernel's own stack. */
static const char *begin(void)
{
	const char *bad;

	firmware_found(vmi_rom, size_of(vmi_rom));
	if ((u32)((vmi_0 *)vmi_rom->init)())
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
static bool is_vmi(const struct vmi_rom *rom, u32 room)
{
	const struct vmi_pcir *pcir = size_of(rom) <= room ? pcir_of(rom) : NULL;

	return rom->vmi_signature == VMI_SIGNATURE ||
	       (rom->signature == VMI_OPTION_ROM && pcir &&
		pcir->vendor == VMI_PCI_VENDOR &&
		pcir->device == VMI_PCI_DEVICE);
}

static void look_at(u32 at)
{
	const struct vmi_rom *rom = va(at);
	const char *bad;

	if (!is_vmi(rom, VMI_ROM_END - at))
		return;
	vmi_rom = rom;
	bad = bad_image(rom, VMI_ROM_END - at) ?: begin();
	if (!bad)
		return;
	printk("vmi: ROM at %08x refused: %s\n", at, bad);
	firmware_found(NULL, 0);
	vmi_rom = NULL;
}

/* Of several calls that a function makes, the ROM may have no code for some. */
void __pv_keeps vmi_nothing(void)
{
}

static void choose_targets(void)
{
	const char *count = cmdline_get("vmi.count");

	for (u32 call = 0; call < VMI_CALLS; call++)
		vmi_target[call] = !is_code(vmi_type[call]) ? (u32)vmi_nothing :
				   count ? vmi_counted[call] : vmi_entry[call];
}

/*
 * Looks in ring 0 alone: on another hypervisor there is no ROM memory. At boot
 * boot.S has mapped that memory.
 */
bool vmi_search(void)
{
	vmi_rom = NULL;
	if (!pv_native.probe())
		return false;
	for (u32 at = VMI_ROM_START; at < VMI_ROM_END && !vmi_rom;
	     at += VMI_ROM_STEP)
		look_at(at);
	if (!vmi_rom)
		return false;
	firmware.iret = vmi_entry[VMI_IRET];
	choose_targets();
	return true;
}

u32 vmi_extra(u32 call)
{
	u64 answer = ((vmi_1 *)vmi_rom->get_reloc)(call);

	return (u8)(answer >> 32) == VMI_RELOC_CALL &&
	       (u32)answer - (u32)vmi_rom < size_of(vmi_rom) ? (u32)answer : 0;
}

bool __init vmi_probe(void)
{
	static bool looked __initdata;

	if (looked)
		return vmi_rom;
	looked = true;
	return vmi_search();
}
