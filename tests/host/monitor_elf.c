// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the monitor believes of a guest's kernel: pv/monitor/xen/elf.c on files
 * that are made here, good ones in each form that there is, one that lies in
 * each way, and good ones with random damage. A file is as long as its
 * allocation, so that the sanitizers see a byte read behind it.
 */
/* link: pv/monitor/xen/elf.c */
#include "klib.h"
#include <abi/elf.h>
#include <abi/xen/mmu.h>
#include <monitor/xen/build.h>

#define BASE		0xc0000000u
#define LOAD_AT		0x00100000u
#define MEMORY		0x3000u
#define FILE_MAX	4096
#define MEMORY_MAX	(16 << 20)

enum form { SEGMENT, SECTION, LEGACY };

/* The file while it is made. */
static u8 draft[FILE_MAX];
static u32 used;
static struct elf_header *const header = (void *)draft;
static struct elf_segment *const segments = (void *)(draft + 64);
static struct elf_section *const sections = (void *)(draft + 256);
static u32 notes_at;

static struct elf_image image;

static void note(u32 type, const void *desc, u32 size)
{
	struct elf_note n = { 4, size, type };

	memcpy(draft + used, &n, sizeof(n));
	memcpy(draft + used + sizeof(n), "Xen", 4);
	memcpy(draft + used + sizeof(n) + 4, desc, size);
	used += sizeof(n) + 4 + ALIGN_UP(size, 4);
}

static void text(u32 type, const char *s)
{
	note(type, s, strlen(s) + 1);
}

static void number(u32 type, u64 n, u32 size)
{
	note(type, &n, size);
}

static void begin(void)
{
	memset(draft, 0, sizeof(draft));
	*header = (struct elf_header){
		.magic = ELF_MAGIC, .class = ELF_CLASS32, .data = ELF_LITTLE,
		.type = ET_EXEC, .machine = EM_386, .entry = 0x00100010,
		.phoff = 64, .phentsize = sizeof(*segments), .phnum = 2,
		.shoff = 256, .shentsize = sizeof(*sections), .shnum = 3,
		.shstrndx = 1,
	};
	segments[0] = (struct elf_segment){
		.type = PT_LOAD, .offset = 0, .paddr = LOAD_AT,
		.filesz = 512, .memsz = MEMORY, .flags = PF_R | PF_X,
	};
	used = notes_at = 512;
}

static void required(void)
{
	text(XEN_ELFNOTE_LOADER, "generic");
	text(XEN_ELFNOTE_XEN_VERSION, "xen-3.0");
	text(XEN_ELFNOTE_PAE_MODE, "yes");
	number(XEN_ELFNOTE_VIRT_BASE, BASE, 4);
	number(XEN_ELFNOTE_ENTRY, BASE + LOAD_AT + 0x20, 4);
}

static void end(enum form form)
{
	u32 size = used - notes_at;

	if (form == SEGMENT)
		segments[1] = (struct elf_segment){
			.type = PT_NOTE, .offset = notes_at, .filesz = size,
		};
	sections[2] = (struct elf_section){
		.type = form == SECTION ? SHT_NOTE : 1, .offset = notes_at,
		.size = size,
	};
	if (form != LEGACY)
		return;
	sections[1].offset = used;
	sections[2].name = 1;
	memcpy(draft + used + 1, "__xen_guest", 12);
	used += 13;
}

static const char *parse_cut(u32 size, bool dom0)
{
	u8 *file = malloc(size);
	const char *why;

	memcpy(file, draft, size);
	why = elf_parse(&image, file, size, dom0);
	if (!why && image.end - image.base <= MEMORY_MAX) {
		u8 *memory = malloc(image.end - image.base);

		elf_load(&image, memory);
		free(memory);
	}
	free(file);
	return why;
}

/* NULL if it is accepted. */
static const char *parse(void)
{
	console_len = 0;
	return parse_cut(used, true);
}

static void good_file(void)
{
	begin();
	required();
}

static void refused(const char *why)
{
	const char *got = parse();

	if (!CHECK(got && !strcmp(got, why)))
		printf("#   wanted: %s\n#   got:    %s\n", why,
		       got ? got : "accepted");
}

static void accepted(void)
{
	const char *why = parse();

	if (!CHECK(!why))
		printf("#   %s\n", why);
}

static void forms(void)
{
	for (enum form form = SEGMENT; form <= SECTION; form++) {
		good_file();
		end(form);
		accepted();
		EQ(image.base, BASE);
		EQ(image.start, BASE + LOAD_AT);
		EQ(image.end, BASE + LOAD_AT + MEMORY);
		EQ(image.entry, BASE + LOAD_AT + 0x20);
		CHECK(image.extended_cr3);
	}
}

static void legacy_with(const char *keys)
{
	begin();
	memcpy(draft + used, keys, strlen(keys) + 1);
	used += strlen(keys) + 1;
	end(LEGACY);
}

static void legacy(void)
{
	legacy_with("GUEST_OS=x,LOADER=generic,XEN_VER=xen-3.0,"
		    "PAE=yes[extended-cr3],HYPERCALL_PAGE=0x102,VIRT_BASE=0");
	accepted();
	EQ(image.base, 0);
	EQ(image.start, LOAD_AT);
	EQ(image.entry, 0x100010);
	EQ(image.number[XEN_ELFNOTE_HYPERCALL_PAGE], 0x102000);
	CHECK(image.extended_cr3);
	legacy_with("LOADER=generic,XEN_VER=xen-3.0,PAE=yes,"
		    "VIRT_BASE=0xc0000000,VIRT_ENTRY=0xc0100000,"
		    "ELF_PADDR_OFFSET=0,HYPERCALL_PAGE=2");
	accepted();
	EQ(image.start, BASE + LOAD_AT);
	EQ(image.number[XEN_ELFNOTE_HYPERCALL_PAGE], BASE + 0x2000);
	CHECK(!image.extended_cr3);
	legacy_with("LOADER=generic,XEN_VER=xen-3.0,PAE=yes,"
		    "VIRT_BASE=0xc0000000");
	refused("it does not lie between VIRT_BASE and the monitor");
}

/* GRUB's: the last description ends behind the segment and the file. */
static void long_note(void)
{
	begin();
	number(XEN_ELFNOTE_VIRT_BASE, BASE, 4);
	number(XEN_ELFNOTE_ENTRY, BASE + LOAD_AT, 4);
	text(XEN_ELFNOTE_LOADER, "generic");
	text(XEN_ELFNOTE_XEN_VERSION, "xen-3.0");
	text(XEN_ELFNOTE_PAE_MODE, "yes,bimodal");
	end(SEGMENT);
	segments[1].filesz -= 8;
	used -= 5;
	accepted();
	EQ(image.text[XEN_ELFNOTE_PAE_MODE].len, 7);
}

static void numbers(void)
{
	for (u32 size = 1; size <= 8; size++) {
		good_file();
		number(XEN_ELFNOTE_MOD_START_PFN, 1, size);
		end(SEGMENT);
		accepted();
		EQ(elf_has(&image, XEN_ELFNOTE_MOD_START_PFN),
		   !(size & (size - 1)));
		CHECK(!!(size & (size - 1)) == !!console_len);
	}
	good_file();
	number(XEN_ELFNOTE_HV_START_LOW, 1ull << 32, 8);
	end(SEGMENT);
	accepted();
	CHECK(!elf_has(&image, XEN_ELFNOTE_HV_START_LOW));
	good_file();
	number(99, 0, 4);
	end(SEGMENT);
	accepted();
	CHECK(console_len);
}

static void features_with(const char *names)
{
	good_file();
	text(XEN_ELFNOTE_FEATURES, names);
	end(SEGMENT);
}

static void features(void)
{
	static const char why[] = "it requires a feature that is not there";

	features_with("!writable_page_tables|pae_pgdir_above_4gb|what");
	accepted();
	features_with("!what");
	refused(why);
	features_with("dom0|!supervisor_mode_kernel");
	refused(why);
	features_with("|!|dom0");
	refused(why);
	good_file();
	number(XEN_ELFNOTE_SUPPORTED_FEATURES, 1, 4);
	end(SEGMENT);
	refused("SUPPORTED_FEATURES does not have dom0");
	CHECK(!parse_cut(used, false));
	good_file();
	number(XEN_ELFNOTE_SUPPORTED_FEATURES, 1, 4);
	text(XEN_ELFNOTE_FEATURES, "dom0");
	end(SEGMENT);
	accepted();
}

/* A good file, but that a note says something else. A later one wins. */
static void lies(u32 type, const char *says, const char *why)
{
	good_file();
	text(type, says);
	end(SEGMENT);
	refused(why);
}

static void says(u32 type, u32 n, const char *why)
{
	good_file();
	number(type, n, 4);
	end(SEGMENT);
	refused(why);
}

static void wrong_notes(void)
{
	begin();
	end(SEGMENT);
	refused("it has no Xen note and no section __xen_guest");
	lies(XEN_ELFNOTE_XEN_VERSION, "xen-2.0",
	     "XEN_VERSION does not begin with xen-3.0");
	lies(XEN_ELFNOTE_LOADER, "special", "LOADER is not generic");
	lies(XEN_ELFNOTE_PAE_MODE, "no",
	     "PAE_MODE does not say that it uses PAE");
	says(XEN_ELFNOTE_HV_START_LOW, XEN_M2P_BASE + 1,
	     "HV_START_LOW is too high");
	says(XEN_ELFNOTE_VIRT_BASE, BASE + 1,
	     "VIRT_BASE is not the address of a page");
	says(XEN_ELFNOTE_PADDR_OFFSET, LOAD_AT + 1,
	     "it does not lie between VIRT_BASE and the monitor");
	says(XEN_ELFNOTE_VIRT_BASE, 0xf5700000,
	     "it does not lie between VIRT_BASE and the monitor");
	says(XEN_ELFNOTE_ENTRY, BASE + LOAD_AT - 1,
	     "its entry lies outside of it");
	says(XEN_ELFNOTE_ENTRY, BASE + LOAD_AT + MEMORY + 1,
	     "its entry lies outside of it");
	begin();
	text(XEN_ELFNOTE_LOADER, "generic");
	text(XEN_ELFNOTE_XEN_VERSION, "xen-3.0");
	text(XEN_ELFNOTE_PAE_MODE, "yes");
	number(XEN_ELFNOTE_PADDR_OFFSET, 0, 4);
	end(SEGMENT);
	refused("it has PADDR_OFFSET without VIRT_BASE");
}

#define BROKEN(what, why) do {						\
	good_file();							\
	end(SEGMENT);							\
	what;								\
	refused(why);							\
} while (0)

static void broken_files(void)
{
	static const char odd[] = "its table of segments is odd";
	static const char outside[] =
		"its table of segments lies outside the file";

	BROKEN(used = 51, "it is not an ELF file");
	BROKEN(header->magic++, "it is not an ELF file");
	BROKEN(header->class = 2, "it is not for a 32-bit x86 CPU");
	BROKEN(header->data = 2, "it is not for a 32-bit x86 CPU");
	BROKEN(header->machine = 62, "it is not for a 32-bit x86 CPU");
	BROKEN(header->phentsize = 31, odd);
	BROKEN(header->phnum = 65, odd);
	BROKEN(header->phoff = ~0u, outside);
	BROKEN(header->phoff = used - 33, outside);
	BROKEN(header->phnum = 0, "it has no segment to load");
	BROKEN(segments->memsz = segments->filesz = 0,
	       "it has no segment to load");
	BROKEN(segments->flags = 0, "it has no segment to load");
	BROKEN(segments->offset = used - 511, "a segment lies outside the file");
	BROKEN(segments->offset = ~0u, "a segment lies outside the file");
	BROKEN(segments->filesz = ~0u, "a segment lies outside the file");
	BROKEN(segments->memsz = 511,
	       "a segment is bigger in the file than in memory");
	BROKEN(segments[1] = segments[0], "two segments overlap");
	BROKEN((segments[1] = segments[0], segments[1].paddr += MEMORY - 1),
	       "two segments overlap");
	BROKEN(segments->memsz = ~0u,
	       "it does not lie between VIRT_BASE and the monitor");
}

static void damage(void)
{
	u32 passed = 0;

	for (u32 i = 0; i < 40000; i++) {
		if (i % 3 == LEGACY) {
			legacy_with("LOADER=generic,XEN_VER=xen-3.0,PAE=yes,"
				    "VIRT_BASE=0,FEATURES=dom0|x");
		} else {
			good_file();
			text(XEN_ELFNOTE_FEATURES, "!dom0|x");
			end(i % 3);
		}
		for (u32 n = rnd() % 4; n; n--)
			draft[rnd() % used] = rnd() % 4 ? rnd() % 256 : 0xff;
		console_len = 0;
		if (parse_cut(rnd() % 8 ? used : 1 + rnd() % used, true))
			continue;
		passed++;
		CHECK(image.base <= image.start && image.start < image.end &&
		      image.end <= XEN_M2P_BASE && image.entry >= image.start &&
		      image.entry <= image.end);
	}
	CHECK(passed > 10000);
}

static const struct tap_test tests[] = {
	{ "notes are found in segments and in sections", forms },
	{ "the old form says the same", legacy },
	{ "the last note may end behind the file", long_note },
	{ "a number has 1, 2, 4 or 8 bytes; what means nothing is named",
	  numbers },
	{ "features that are required must be known", features },
	{ "a kernel for something else is refused, and it is said why",
	  wrong_notes },
	{ "so is a broken file", broken_files },
	{ "random damage leads to a refusal or a sound image", damage },
};

TAP_MAIN(tests)
