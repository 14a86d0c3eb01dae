// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A multiboot loader that is as odd as its words say. Some other loader starts
 * it (QEMU does) with modules, the kernel and what goes with it: an initrd, or
 * for the monitor a kernel and an initrd. It loads the first and starts it
 * with boot information of its own:
 *
 *   eflags=X efer=X		as the kernel finds them
 *   sysenter=X			where SYSENTER leads: CS; to address 0
 *   info=X cmdline=X mods=X	where the boot information lies, the command
 *   mmap=X initrd=X		line, the list of modules, the map, the module
 *   +X:LENGTH -X:LENGTH	the map: usable, reserved ...
 *   ~X:STEP:COUNT		... COUNT reserved pages, STEP bytes apart ...
 *   =				... the one that the loader was given
 *   mem=X:X			instead of a map: KiB from 0 on, KiB from 1 MiB on
 *   entry=X			what each entry of the map says of its size
 *   modules=X			how many modules there are said to be
 *   roms=X			the third module to X, among the option ROMs
 *   empty			the first module that is left has no bytes
 *
 * X and all other numbers are hexadecimal. The command line is that of the
 * first module. What is not said is as the specification has it, and lies in
 * the loader. The rows boot-* and map-* of tests/matrix use it.
 */
#include <abi/elf.h>
#include <abi/multiboot.h>
#include <arch/cpu.h>
#include <kernel/kernel.h>

#define ENTRIES	256
#define KEEP	0		/* no such word: do not move it */

void loader_main(const struct multiboot_info *from);
void __noreturn start_kernel_at(u32 entry, u32 info, u32 eflags, u32 efer);

static struct multiboot_mmap map[ENTRIES];
static u32 entries;
static struct multiboot_info info;
static struct multiboot_module module[2];

/* Reads a number and moves past it and one ':'. */
static u64 number(const char **s)
{
	u64 n = 0;

	for (; **s > ' ' && **s != ':'; ++*s)
		n = n << 4 | ((**s & 15) + (**s > '9' ? 9 : 0));
	*s += **s == ':';
	return n;
}

/* What follows `word` at the beginning of a word, or NULL. */
static const char *find(const char *line, const char *word)
{
	for (; *line; line++) {
		u32 i = 0;

		while (word[i] && line[i] == word[i])
			i++;
		if (!word[i] && line[-1] == ' ')
			return line + i;
	}
	return NULL;
}

static u32 value(const char *line, const char *word, u32 otherwise)
{
	const char *s = find(line, word);

	return s ? number(&s) : otherwise;
}

static void add(u64 base, u64 size, u32 type, u32 entry)
{
	map[entries++] = (struct multiboot_mmap){
		entry, base, size, type
	};
}

/* The entries of the map, in the order in which they stand on the line. */
static void build_map(const struct multiboot_info *from, const char *line)
{
	u32 entry = value(line, "entry=", sizeof(*map) - 4);

	while (*line) {
		char kind = *++line;
		u64 base, size;

		if (line[-1] != ' ')
			continue;
		if (kind == '=') {
			memcpy(&map[entries], (void *)from->mmap_addr,
			       from->mmap_length);
			entries += from->mmap_length / sizeof(*map);
		}
		if (kind != '+' && kind != '-' && kind != '~')
			continue;
		line++;
		base = number(&line);
		size = number(&line);
		if (kind != '~')
			add(base, size, kind == '+' ? 1 : 2, entry);
		else for (u32 n = number(&line); n; n--, base += size)
			add(base, 0x1000, 2, entry);
		line--;
	}
}

/* What loaders say that have no map. */
static void say_memory(const char *s)
{
	info.flags &= ~MULTIBOOT_HAS_MMAP;
	info.flags |= MULTIBOOT_HAS_MEM;
	info.mem_lower = number(&s);
	info.mem_upper = number(&s);
}

/* As a loader has to: segments at their physical addresses. */
static u32 load(const u8 *file)
{
	const struct elf_header *h = (const void *)file;
	const struct elf_segment *s = (const void *)(file + h->phoff);
	u32 entry = h->entry;

	for (u32 i = 0; i < h->phnum; i++, s++) {
		if (s->type != PT_LOAD)
			continue;
		memset((void *)s->paddr, 0, s->memsz);
		memcpy((void *)s->paddr, file + s->offset, s->filesz);
		if (h->entry - s->vaddr < s->memsz)
			entry = h->entry - s->vaddr + s->paddr;
	}
	return entry;
}

/* Copies `size` bytes to where the word says. */
static u32 place(const char *line, const char *word, u32 at, u32 size)
{
	u32 to = value(line, word, KEEP);

	return to == KEEP ? at : (u32)memcpy((void *)to, (void *)at, size);
}

/* The PC's chipset (i440FX): 16 KiB of the ROMs' area for each half of a byte. */
static void protect_roms(u32 access)
{
	for (u32 reg = 0x5a; reg <= 0x5d; reg++) {
		asm volatile("outl %0, %w1" : : "a" (0x80000000 | (reg & ~3u)),
			     "Nd" (0xcf8));
		asm volatile("outb %b0, %w1" : : "a" (access),
			     "d" (0xcfc + (reg & 3)));
	}
}

static void place_roms(const char *line, const struct multiboot_module *m)
{
	protect_roms(0x33);			/* memory, to read and write */
	place(line, "roms=", m->start, m->end - m->start);
	protect_roms(0x11);			/* to read */
}

static void pass_modules(const char *line, const struct multiboot_module *m,
			 u32 count)
{
	bool roms = find(line, "roms=");

	memcpy(module, m, count * sizeof(*m));
	module->start = place(line, "initrd=", m->start, m->end - m->start);
	module->end = module->start;
	if (!find(line, "empty"))
		module->end += m->end - m->start;
	info.flags |= MULTIBOOT_HAS_MODS;
	info.mods_count = value(line, "modules=", roms ? 1 : count);
	info.mods_addr = place(line, "mods=", (u32)module, sizeof(module));
}

void loader_main(const struct multiboot_info *from)
{
	const struct multiboot_module *m = (const void *)from->mods_addr;
	const char *line = (const char *)from->cmdline;
	u32 entry = load((const u8 *)m[0].start);

	build_map(from, line);
	if (find(line, "sysenter="))
		asm volatile("wrmsr" : : "c" (MSR_SYSENTER_CS),
			     "a" (value(line, "sysenter=", 0)), "d" (0));
	info.flags = MULTIBOOT_HAS_CMDLINE | MULTIBOOT_HAS_MMAP;
	info.cmdline = place(line, "cmdline=", m[0].string,
			     strlen((const char *)m[0].string) + 1);
	info.mmap_length = entries * sizeof(*map);
	info.mmap_addr = place(line, "mmap=", (u32)map, sizeof(map));
	if (find(line, "mem="))
		say_memory(find(line, "mem="));
	if (from->mods_count > 1)
		pass_modules(line, m + 1, min(from->mods_count - 1, 2u));
	if (from->mods_count > 2 && find(line, "roms="))
		place_roms(line, &m[2]);
	start_kernel_at(entry, place(line, "info=", (u32)&info, sizeof(info)),
			value(line, "eflags=", EFLAGS_FIXED),
			value(line, "efer=", KEEP));
}
