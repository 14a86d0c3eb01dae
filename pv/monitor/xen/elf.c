// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest's kernel: an ELF file for i386, and what it says of itself in notes
 * or, the old way, in a string (xen-pv-abi 1). Nothing in the file is believed
 * before it is checked, and nothing outside it is read.
 */
#include <abi/elf.h>
#include <abi/xen/mmu.h>
#include <monitor/xen/build.h>

#define SEGMENTS_MAX	64
#define SECTIONS_MAX	4096

#define FEATURE_SUPERVISOR	3	/* in ring 0: never here */
#define FEATURE_DOM0		11

/* False if that does not lie in the file. It need not be aligned there. */
static bool fetch(const struct elf_image *im, void *to, u64 at, u32 bytes)
{
	if (at > im->size || bytes > im->size - at)
		return false;
	memcpy(to, im->file + at, bytes);
	return true;
}

static bool segment(const struct elf_image *im, const struct elf_header *h,
		    u32 i, struct elf_segment *s)
{
	return fetch(im, s, (u64)h->phoff + i * h->phentsize, sizeof(*s));
}

static bool section(const struct elf_image *im, const struct elf_header *h,
		    u32 i, struct elf_section *s)
{
	return i < h->shnum && i < SECTIONS_MAX &&
	       fetch(im, s, (u64)h->shoff + i * h->shentsize, sizeof(*s));
}

/* ---- texts -------------------------------------------------------------- */

static bool begins(struct elf_text t, const char *with)
{
	u32 len = strlen(with);

	return t.len >= len && !memcmp(t.at, with, len);
}

static bool is(struct elf_text t, const char *word)
{
	return t.len == strlen(word) && begins(t, word);
}

static bool contains(struct elf_text t, const char *what)
{
	for (; t.len; t.at++, t.len--)
		if (begins(t, what))
			return true;
	return false;
}

/* Takes what stands before the next `mark`, and the mark, from `t`. */
static struct elf_text cut(struct elf_text *t, char mark)
{
	struct elf_text first = { t->at, 0 };

	while (first.len < t->len && first.at[first.len] != mark)
		first.len++;
	t->at += min(first.len + 1, t->len);
	t->len -= min(first.len + 1, t->len);
	return first;
}

static struct elf_text text_of(const struct elf_image *im, u64 at, u32 bytes)
{
	struct elf_text t = { NULL, 0 };

	if (at >= im->size)
		return t;
	t.at = (const char *)im->file + at;
	t.len = min(bytes, im->size - (u32)at);
	return cut(&t, '\0');
}

/* ---- notes -------------------------------------------------------------- */

#define BIT(note)	(1u << XEN_ELFNOTE_##note)
#define NUMBERS		(BIT(ENTRY) | BIT(HYPERCALL_PAGE) | BIT(VIRT_BASE) |	\
			 BIT(PADDR_OFFSET) | BIT(HV_START_LOW) |		\
			 BIT(MOD_START_PFN) | BIT(SUPPORTED_FEATURES))

/* False: nobody knows what it means. */
static bool take_note(struct elf_image *im, const struct elf_note *n, u64 at)
{
	u32 size = n->descsz;
	u64 value = 0;

	if (n->type >= XEN_ELFNOTES)
		return false;
	if (NUMBERS >> n->type & 1 &&
	    (!size || size > 8 || size & (size - 1) ||
	     !fetch(im, &value, at, size) || value >> 32))
		return false;
	im->text[n->type] = text_of(im, at, size);
	im->number[n->type] = value;
	im->has |= 1u << n->type;
	return true;
}

/* The last note may say that it goes on after `end`: some are made so. */
static void read_notes(struct elf_image *im, u64 at, u64 end)
{
	struct elf_note n;
	char name[4];

	while (at < end && fetch(im, &n, at, sizeof(n))) {
		at += sizeof(n);
		if (n.namesz == sizeof(name) && fetch(im, name, at, 4) &&
		    !memcmp(name, "Xen", 4) && !take_note(im, &n, at + 4))
			printk("monitor: the kernel's note %u means nothing\n",
			       n.type);
		at += ALIGN_UP((u64)n.namesz, 4) + ALIGN_UP((u64)n.descsz, 4);
	}
}

/* Keys of the old form, xen-pv-abi 1, and the notes that say the same. */
static const struct {
	const char *key;
	u32 note;
} keys[] = {
	{ "LOADER", XEN_ELFNOTE_LOADER },
	{ "GUEST_OS", XEN_ELFNOTE_GUEST_OS },
	{ "XEN_VER", XEN_ELFNOTE_XEN_VERSION },
	{ "PAE", XEN_ELFNOTE_PAE_MODE },
	{ "VIRT_BASE", XEN_ELFNOTE_VIRT_BASE },
	{ "VIRT_ENTRY", XEN_ELFNOTE_ENTRY },
	{ "ELF_PADDR_OFFSET", XEN_ELFNOTE_PADDR_OFFSET },
	{ "HYPERCALL_PAGE", XEN_ELFNOTE_HYPERCALL_PAGE },
	{ "FEATURES", XEN_ELFNOTE_FEATURES },
};

static u32 number_of(struct elf_text t)
{
	char digits[24];

	t.len = min(t.len, (u32)sizeof(digits) - 1);
	memcpy(digits, t.at, t.len);
	digits[t.len] = '\0';
	return parse_u32(digits, NULL);
}

/* KEY=VALUE,KEY=VALUE: the page of hypercalls is counted from VIRT_BASE. */
static void read_legacy(struct elf_image *im, struct elf_text all)
{
	while (all.len) {
		struct elf_text value = cut(&all, ',');
		struct elf_text key = cut(&value, '=');

		for (u32 i = 0; i < ARRAY_SIZE(keys); i++) {
			u32 note = keys[i].note;

			if (!is(key, keys[i].key))
				continue;
			im->has |= 1u << note;
			im->text[note] = value;
			im->number[note] = number_of(value);
		}
	}
	im->extended_cr3 = contains(im->text[XEN_ELFNOTE_PAE_MODE],
				    "[extended-cr3]");
	if (!elf_has(im, XEN_ELFNOTE_PADDR_OFFSET))
		im->number[XEN_ELFNOTE_PADDR_OFFSET] =
			im->number[XEN_ELFNOTE_VIRT_BASE];
	im->number[XEN_ELFNOTE_HYPERCALL_PAGE] =
		(im->number[XEN_ELFNOTE_HYPERCALL_PAGE] << 12) +
		im->number[XEN_ELFNOTE_VIRT_BASE];
}

static void find_notes(struct elf_image *im, const struct elf_header *h)
{
	struct elf_segment p;
	struct elf_section s, names;

	for (u32 i = 0; i < h->phnum && segment(im, h, i, &p); i++)
		if (p.type == PT_NOTE && p.offset)
			read_notes(im, p.offset, (u64)p.offset + p.filesz);
	for (u32 i = 0; !im->has && section(im, h, i, &s); i++)
		if (s.type == SHT_NOTE)
			read_notes(im, s.offset, (u64)s.offset + s.size);
	if (im->has || !section(im, h, h->shstrndx, &names))
		return;
	for (u32 i = 0; section(im, h, i, &s); i++)
		if (is(text_of(im, (u64)names.offset + s.name, 16),
		       "__xen_guest"))
			read_legacy(im, text_of(im, s.offset, s.size));
}

/* ---- what they say ------------------------------------------------------ */

static const char *const features[] = {
	"writable_page_tables", "writable_descriptor_tables",
	"auto_translated_physmap", "supervisor_mode_kernel",
	"pae_pgdir_above_4gb", [8] = "hvm_callback_vector", [11] = "dom0",
};

/* Adds to *supported what it names; it may not require what is not known. */
static bool check_features(struct elf_text all, u32 *supported)
{
	while (all.len) {
		struct elf_text name = cut(&all, '|');
		bool required = begins(name, "!");
		u32 i = 0;

		name.at += required;
		name.len -= required;
		while (i < ARRAY_SIZE(features) &&
		       !(features[i] && is(name, features[i])))
			i++;
		if (i < ARRAY_SIZE(features))
			*supported |= 1u << i;
		if (required && (i == ARRAY_SIZE(features) ||
				 i == FEATURE_SUPERVISOR))
			return false;
	}
	return true;
}

static const char *check_notes(struct elf_image *im, bool dom0)
{
	struct elf_text pae = im->text[XEN_ELFNOTE_PAE_MODE];
	bool linux_os = begins(im->text[XEN_ELFNOTE_GUEST_OS], "linux");
	u32 supported = im->number[XEN_ELFNOTE_SUPPORTED_FEATURES];

	if (!im->has)
		return "it has no Xen note and no section __xen_guest";
	if (!begins(im->text[XEN_ELFNOTE_XEN_VERSION], "xen-3.0"))
		return "XEN_VERSION does not begin with xen-3.0";
	if (!begins(im->text[XEN_ELFNOTE_LOADER], "generic") && !linux_os)
		return "LOADER is not generic";
	if (!begins(pae, "yes") && !contains(pae, "bimodal"))
		return "PAE_MODE does not say that it uses PAE";
	if (elf_has(im, XEN_ELFNOTE_PADDR_OFFSET) &&
	    !elf_has(im, XEN_ELFNOTE_VIRT_BASE))
		return "it has PADDR_OFFSET without VIRT_BASE";
	if (im->number[XEN_ELFNOTE_HV_START_LOW] > XEN_M2P_BASE)
		return "HV_START_LOW is too high";
	if (elf_has(im, XEN_ELFNOTE_MOD_START_PFN) &&
	    !im->number[XEN_ELFNOTE_MOD_START_PFN])
		im->has &= ~(1u << XEN_ELFNOTE_MOD_START_PFN);
	if (!check_features(im->text[XEN_ELFNOTE_FEATURES], &supported))
		return "it requires a feature that is not there";
	if (dom0 && elf_has(im, XEN_ELFNOTE_SUPPORTED_FEATURES) &&
	    !(supported >> FEATURE_DOM0 & 1))
		return "SUPPORTED_FEATURES does not have dom0";
	return NULL;
}

/* ---- segments ----------------------------------------------------------- */

static bool is_loaded(const struct elf_segment *s)
{
	return s->type == PT_LOAD && s->flags & (PF_R | PF_W | PF_X) && s->memsz;
}

/* Of those before it. */
static bool overlaps(const struct elf_image *im, const struct elf_header *h,
		     u32 nr, const struct elf_segment *s)
{
	struct elf_segment o;

	for (u32 i = 0; i < nr && segment(im, h, i, &o); i++)
		if (is_loaded(&o) && o.paddr < (u64)s->paddr + s->memsz &&
		    s->paddr < (u64)o.paddr + o.memsz)
			return true;
	return false;
}

/* Finds what the segments take, as the file counts it. */
static const char *check_segments(const struct elf_image *im,
				  const struct elf_header *h, u64 *start,
				  u64 *end)
{
	struct elf_segment s;

	*start = ~0ull;
	*end = 0;
	if (h->phentsize < sizeof(s) || h->phnum > SEGMENTS_MAX)
		return "its table of segments is odd";
	for (u32 i = 0; i < h->phnum; i++) {
		if (!segment(im, h, i, &s))
			return "its table of segments lies outside the file";
		if (!is_loaded(&s))
			continue;
		if (s.filesz && (s.offset > im->size ||
				 s.filesz > im->size - s.offset))
			return "a segment lies outside the file";
		if (s.filesz > s.memsz)
			return "a segment is bigger in the file than in memory";
		if (overlaps(im, h, i, &s))
			return "two segments overlap";
		*start = min(*start, (u64)s.paddr);
		*end = max(*end, (u64)s.paddr + s.memsz);
	}
	return *end ? NULL : "it has no segment to load";
}

static const char *place(struct elf_image *im, u64 low, u64 high, u32 entry)
{
	s64 start, end;

	im->base = im->number[XEN_ELFNOTE_VIRT_BASE];
	im->offset = (s64)im->base - im->number[XEN_ELFNOTE_PADDR_OFFSET];
	start = low + im->offset;
	end = high + im->offset;
	im->entry = elf_has(im, XEN_ELFNOTE_ENTRY) ?
		    im->number[XEN_ELFNOTE_ENTRY] : entry;
	if (im->base % 4096)
		return "VIRT_BASE is not the address of a page";
	if (start < im->base || end > XEN_M2P_BASE)
		return "it does not lie between VIRT_BASE and the monitor";
	if (im->entry < start || im->entry > end)
		return "its entry lies outside of it";
	im->start = start;
	im->end = end;
	return NULL;
}

const char *elf_parse(struct elf_image *im, const void *file, u32 size,
		      bool dom0)
{
	struct elf_header h;
	u64 low, high;
	const char *why;

	*im = (struct elf_image){
		.file = file, .size = size, .extended_cr3 = true,
	};
	if (!fetch(im, &h, 0, sizeof(h)) || h.magic != ELF_MAGIC)
		return "it is not an ELF file";
	if (h.class != ELF_CLASS32 || h.data != ELF_LITTLE ||
	    h.machine != EM_386)
		return "it is not for a 32-bit x86 CPU";
	why = check_segments(im, &h, &low, &high);
	if (why)
		return why;
	find_notes(im, &h);
	why = check_notes(im, dom0);
	return why ? why : place(im, low, high, h.entry);
}

void elf_load(const struct elf_image *im, u8 *to)
{
	struct elf_header h;
	struct elf_segment s;

	fetch(im, &h, 0, sizeof(h));
	for (u32 i = 0; i < h.phnum && segment(im, &h, i, &s); i++)
		if (is_loaded(&s))
			fetch(im, to + (s.paddr + im->offset - im->base),
			      s.offset, s.filesz);
}
