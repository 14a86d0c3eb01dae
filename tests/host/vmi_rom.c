// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The images of the option ROMs, as a BIOS and a client look at them: vmi-abi
 * 1. What their code does is shown by the kernel of tests/vmi/.
 */
#include <stdlib.h>
#include <string.h>
#include <abi/vmi.h>
#include "tap.h"

#define MOST		98304		/* bytes that a ROM may have */
#define MOST_BARE	8192		/* for bare hardware */
#define INIT		0x80
#define GET_RELOC	0x88

static const struct {
	const char *name;
	u32 most, virtual_top;
} flavours[] = {
	{ "vmi-native", MOST_BARE, 0 }, { "vmi-calls", MOST_BARE, 0 },
	{ "vmi", MOST, 0xffc00000 },
}, *flavour;
static union {
	struct vmi_rom rom;
	u8 bytes[MOST + 1];
} image;
static u32 size;

static bool load(void)
{
	const char *dir = getenv("B");
	char name[256];
	FILE *f;

	snprintf(name, sizeof(name), "%s/%s.rom", dir ? dir : "build",
		 flavour->name);
	f = fopen(name, "rb");
	if (!CHECK(f))
		return false;
	memset(&image, 0, sizeof(image));
	size = fread(&image, 1, sizeof(image), f);
	fclose(f);
	return CHECK(size > sizeof(image.rom) && size <= flavour->most);
}

/* Runs a test on each image. */
static void each(void (*test)(void))
{
	for (u32 i = 0; i < ARRAY_SIZE(flavours); i++) {
		flavour = &flavours[i];
		if (load())
			test();
	}
}

static u8 sum(u32 from, u32 bytes)
{
	u8 s = 0;

	for (u32 i = from; i < from + bytes; i++)
		s += image.bytes[i];
	return s;
}

static void option_rom(void)
{
	EQ(image.rom.signature, VMI_OPTION_ROM);
	EQ(image.rom.blocks * VMI_ROM_BLOCK, size);
	EQ(size % VMI_ROM_STEP, 0);
	EQ(sum(0, size), 0);
}

/* Where a jump at `at` leads; the image's size if there is none. */
static u32 jump_target(u32 at, bool wide)
{
	const u8 *p = &image.bytes[at];

	if (p[0] == 0xeb)
		return at + 2 + (s8)p[1];
	if (p[0] == 0xe9 && wide)
		return at + 5 + (p[1] | p[2] << 8 | p[3] << 16 | p[4] << 24);
	if (p[0] == 0xe9)
		return (at + 3 + (p[1] | p[2] << 8)) & 0xffff;
	return size;
}

static void entries(void)
{
	u32 post = jump_target(3, false);

	CHECK(post >= sizeof(image.rom));
	/* PUSHAL, in real mode: it begins there, not near there. */
	CHECK(post + 2 < size && image.bytes[post] == 0x66 &&
	      image.bytes[post + 1] == 0x60);
	CHECK(image.bytes[INIT]);
	CHECK(jump_target(GET_RELOC, true) > GET_RELOC);
	CHECK(jump_target(GET_RELOC, true) < size);
}

static void vmi_header(void)
{
	EQ(image.rom.vmi_signature, VMI_SIGNATURE);
	EQ(image.rom.api_major, VMI_API_MAJOR);
	EQ(image.rom.api_minor, VMI_API_MINOR);
	EQ(image.rom.virtual_top, flavour->virtual_top);
	CHECK(image.rom.licence >= 0x20 && image.rom.licence < size);
	CHECK(!strcmp((char *)&image.bytes[image.rom.licence], "GPL"));
}

static void pci_header(void)
{
	const struct vmi_pcir *pcir = (void *)&image.bytes[image.rom.pcir];

	if (!CHECK(image.rom.pcir && image.rom.pcir % 4 == 0 &&
		   image.rom.pcir + sizeof(*pcir) <= size))
		return;
	EQ(pcir->signature, VMI_PCIR);
	EQ(pcir->vendor, VMI_PCI_VENDOR);
	EQ(pcir->device, VMI_PCI_DEVICE);
	EQ(pcir->length, sizeof(*pcir));
	EQ(pcir->blocks, image.rom.blocks);
	EQ(pcir->code_type, 0);
	EQ(pcir->indicator, 0x80);
	CHECK(!memcmp(pcir->class, (u8[]){ 0x00, 0x80, 0x05 }, 3));
}

static bool is_string(u32 offset)
{
	return offset >= 0x20 && offset < size && image.bytes[offset] &&
	       memchr(&image.bytes[offset], 0, size - offset);
}

static void pnp_header(void)
{
	const struct vmi_pnp *pnp = (void *)&image.bytes[image.rom.pnp];

	if (!CHECK(image.rom.pnp && image.rom.pnp + sizeof(*pnp) <= size))
		return;
	EQ(pnp->signature, VMI_PNP);
	EQ(pnp->revision, 1);
	EQ(pnp->paragraphs * 16, sizeof(*pnp));
	EQ(sum(image.rom.pnp, sizeof(*pnp)), 0);
	EQ(pnp->next, 0);
	CHECK(is_string(pnp->manufacturer) && is_string(pnp->product));
	/* Else it would be something to boot from. */
	EQ(pnp->bcv, 0);
	EQ(pnp->bev, 0);
}

/* The headers do not run into one another or into the entries. */
static void headers_apart(void)
{
	u32 pcir = image.rom.pcir, pnp = image.rom.pnp;

	CHECK(pcir >= 0x20 && pcir + sizeof(struct vmi_pcir) <= INIT);
	CHECK(pnp >= 0x20 && pnp + sizeof(struct vmi_pnp) <= INIT);
	CHECK(pcir + sizeof(struct vmi_pcir) <= pnp ||
	      pnp + sizeof(struct vmi_pnp) <= pcir);
	EQ(sizeof(struct vmi_rom), 0x90);
	EQ(sizeof(struct vmi_ap_state), 0x5a);
}

static void t_option_rom(void) { each(option_rom); }
static void t_entries(void) { each(entries); }
static void t_vmi_header(void) { each(vmi_header); }
static void t_pci_header(void) { each(pci_header); }
static void t_pnp_header(void) { each(pnp_header); }
static void t_headers_apart(void) { each(headers_apart); }

static const struct tap_test tests[] = {
	{ "an option ROM as long as it says, whose sum is 0", t_option_rom },
	{ "the entries lead into the image", t_entries },
	{ "the header of VMI 3.0, with the licence", t_vmi_header },
	{ "the PCI header", t_pci_header },
	{ "the PnP header, whose sum is 0", t_pnp_header },
	{ "the headers are apart, and have their size", t_headers_apart },
};
TAP_MAIN(tests)
