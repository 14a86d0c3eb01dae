// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * execve of a static PIE: the kernel says where it lies, and it puts its
 * addresses right itself, as the start code of a C library does. So it is
 * linked without ours, with ld -pie, and has its own first instruction.
 */
#define DT_REL			17
#define DT_RELSZ		18
#define R_386_RELATIVE		8
#define SYS_exit		1
#define SYS_write		4
#define HIDDEN			__attribute__((visibility("hidden")))

struct dynamic {
	unsigned int tag, value;
};

struct rel {
	unsigned int offset, info;
};

extern const char __ehdr_start[] HIDDEN;	/* at address 0 of the file */
extern const struct dynamic _DYNAMIC[] HIDDEN;

static const char *const lines[] = {
	"    KTAP version 1\n    1..1\n",
	"    ok 1 execve: a static PIE finds its addresses\n",
};

__asm__(".globl _start\n_start: xor %ebp, %ebp\n\tcall pie_main");

static int call(int number, int a, const void *b, int c)
{
	__asm__ volatile("int $0x80" : "+a" (number)
			 : "b" (a), "c" (b), "d" (c) : "memory");
	return number;
}

static void print(const char *text)
{
	int len = 0;

	while (text[len])
		len++;
	call(SYS_write, 1, text, len);
}

/* How many addresses were put right. */
static unsigned int relocate(unsigned int base)
{
	const struct rel *rel = 0;
	unsigned int n, count = 0;

	for (const struct dynamic *d = _DYNAMIC; d->tag; d++) {
		if (d->tag == DT_REL)
			rel = (const struct rel *)(base + d->value);
		if (d->tag == DT_RELSZ)
			count = d->value / sizeof(*rel);
	}
	for (n = 0; n < count && rel[n].info == R_386_RELATIVE; n++)
		*(unsigned int *)(base + rel[n].offset) += base;
	return n;
}

void pie_main(void);
void pie_main(void)
{
	const char *const volatile *line = lines;
	unsigned int base = (unsigned int)__ehdr_start;
	int bad = !base || relocate(base) < sizeof(lines) / sizeof(*lines) ||
		  (unsigned int)line[0] < base;

	if (!bad) {
		print(line[0]);
		print(line[1]);
	}
	call(SYS_exit, bad, 0, 0);
	__builtin_unreachable();
}
