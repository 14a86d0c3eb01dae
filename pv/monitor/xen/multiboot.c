// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a multiboot loader says: the monitor's own words, the memory map, and
 * two modules: the guest's kernel with its words, and its initrd. It is
 * checked, and copied before the memory that it lies in is used for anything
 * else. All of the first 4 GiB can be read. The words are:
 *
 *   mem=SIZE		memory for the guest; without it, nearly all
 *   flavour=domU	what Xen's tool stack makes, instead of Xen's dom0
 *   watchdog=SECONDS	that a guest may hang with events masked
 *   stats		at the end, what was counted
 *   verbosity=1	also what goes as it should
 *   debugexit=PORT	an isa-debug-exit device that gets the verdict
 */
#include <abi/multiboot.h>
#include <kernel/platform.h>
#include <monitor/xen/build.h>
#include <monitor/xen/xen.h>

#define REACH		0x100000000

/* With what a PC has below it, never memory for a guest: xen-pv-abi 4.5. */
#define LOW_END		0x100000

extern u8 image_start[], image_end[];

struct loaded loaded;
struct options options;

/* Says why nothing can be started. */
void panic(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printk("monitor: %s\n", text);
	machine_end(STATUS_PANIC);
}

static const void *find(const char *what, u32 at, u32 bytes)
{
	if (bytes > REACH - at)
		panic("multiboot: %s at %08x, %u bytes, ends above 4 GiB",
		      what, at, bytes);
	return phys(at);
}

static void read_memory(const struct multiboot_info *info)
{
	struct memory_map *map = &loaded.ram;
	const void *mmap = NULL;
	u64 all;

	if (info->flags & MULTIBOOT_HAS_MMAP)
		mmap = find("memory map", info->mmap_addr, info->mmap_length);
	loader_memory_map(map, info, mmap);
	memmap_remove(map, 0, LOW_END);
	all = memmap_size(map);
	memmap_whole_pages(map, REACH);
	all -= memmap_size(map);
	if (all >= 1 << 20)
		printk("monitor: %u MiB of memory above 4 GiB are not used\n",
		       (u32)(all >> 20));
}

static void read_module(struct module *to, const char *what,
			const struct multiboot_module *m)
{
	const char *words = find("words of a module", m->string, CMDLINE_MAX);
	u64 image = image_phys(image_start), image_bytes = image_end - image_start;

	if (m->end <= m->start)
		panic("multiboot: module %s is empty", what);
	to->start = m->start;
	to->size = m->end - m->start;
	to->data = find("module", m->start, to->size);
	if (m->end > image && m->start < image + image_bytes)
		panic("multiboot: module %s lies in the monitor", what);
	if (!m->string)
		return;
	while (*words && *words != ' ')
		words++;
	strlcpy(to->words, words + (*words == ' '), sizeof(to->words));
}

static void read_modules(const struct multiboot_info *info)
{
	const struct multiboot_module *m;
	u32 count = info->flags & MULTIBOOT_HAS_MODS ? info->mods_count : 0;

	if (!count)
		panic("no kernel to start: it has to be the first module");
	m = find("list of modules", info->mods_addr,
		 min(count, 2u) * sizeof(*m));
	read_module(&loaded.kernel, "kernel", m);
	if (count > 1)
		read_module(&loaded.initrd, "initrd", m + 1);
	if (count > 2)
		printk("monitor: only the first two of %u modules are used\n",
		       count);
}

static const struct {
	const char *word;
	u64 *number;		/* that it sets */
} words[] = {
	{ "debugexit", &options.debugexit },	/* how to refuse the others */
	{ "mem", &options.memory }, { "watchdog", &options.watchdog },
	{ "verbosity", &options.verbosity },
	{ "flavour", NULL }, { "stats", NULL },
};

/* K, M and G multiply it. */
static u64 number(const char *word, const char *value)
{
	const char *end, *unit, *units = "KkMmGg";
	u64 n = parse_u32(value, &end);

	unit = *end ? strchr(units, *end) : NULL;
	if (end == value || (*end && (!unit || end[1])))
		panic("%s=%s: expected a number", word, value);
	return unit ? n << ((unit - units) / 2 + 1) * 10 : n;
}

/* The first word is the monitor's file name. */
static void name_unknown(void)
{
	for (const char *p = strchr(cmdline, ' '); p; p = strchr(p, ' ')) {
		char name[32];
		u32 len = 0, i = 0;

		p++;
		while (p[len] && p[len] != ' ' && p[len] != '=')
			len++;
		strlcpy(name, p, min(len + 1, (u32)sizeof(name)));
		while (i < ARRAY_SIZE(words) && strcmp(name, words[i].word))
			i++;
		if (len && i == ARRAY_SIZE(words))
			printk("monitor: %s: no such word\n", name);
	}
}

static void read_words(void)
{
	const char *value;

	name_unknown();
	for (u32 i = 0; i < ARRAY_SIZE(words); i++) {
		value = cmdline_get(words[i].word);
		if (value && words[i].number)
			*words[i].number = number(words[i].word, value);
	}
	options.stats = cmdline_get("stats");
	value = cmdline_get("flavour");
	options.domu = value && (!strcmp(value, "domU") || !strcmp(value, "domu"));
	if (value && !options.domu && strcmp(value, "dom0"))
		panic("flavour=%s: expected dom0 or domU", value);
}

void multiboot_init(u32 magic, u32 info_at)
{
	const struct multiboot_info *info;

	if (magic != MULTIBOOT_BOOT_MAGIC)
		panic("not started by a multiboot loader");
	info = find("boot information", info_at, sizeof(*info));
	if (info->flags & MULTIBOOT_HAS_CMDLINE)
		cmdline_init(find("command line", info->cmdline, CMDLINE_MAX));
	read_words();
	read_memory(info);
	read_modules(info);
}
