// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the tests and reports them on the serial line, in KTAP version 1; ends
 * QEMU through isa-debug-exit. Words of the command line:
 *
 *   pae        PAE is on before VMI_Init, as from Linux 2.6.25 on
 *   pae-late   it is turned on after that, as before (vmi-abi 4.5)
 *   calls      the ROM has to answer for every call
 *   high       there is memory above 4 GiB
 *   clock=N    seconds since 1970, by the machine's clock
 *   launch     only VMI_Init, of a ROM that goes back at once...
 *   leave      ...or that can be left
 *   reboot=N, shutdown   make that call after the first tests
 *   attack=GLOB     then these attacks; one whose name begins with die- ends it
 *   fuzz=SEED,N     then N random ones
 */
#include <stdarg.h>
#include <abi/multiboot.h>
#include "attack.h"

#define COM1		0x3f8
#define EXIT_PORT	0xf4
#define PASSED		0x10
#define FAILED		0x11
#define PANICKED	0x12

static const struct test *const groups[] = {
	launch_tests, rom_tests, paging_tests, page_tests, cpu_tests, call_tests,
	user_tests, machine_tests, time_tests, alarm_tests,
};
/* After the first GROUND of those. */
static const struct test *const attacks[] = {
	attack_call_tests, attack_trap_tests, attack_cpu_tests, attack_page_tests,
	attack_io_tests,
};
#define GROUND		8

static char command_line[256];
u32 failures;
static const char *skipped;

static void putch(char c)
{
	if (c == '\n')
		putch('\r');
	while (!(inb(COM1 + 5) & 0x20))
		;
	outb(c, COM1);
}

static void uart_init(void)
{
	static const u8 setup[][2] = {		/* 115200 8N1, no interrupts */
		{ 3, 0x80 }, { 0, 1 }, { 1, 0 }, { 3, 0x03 }, { 1, 0 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(setup); i++)
		outb(setup[i][1], COM1 + setup[i][0]);
}

static void number(u32 n, u32 base)
{
	if (n >= base)
		number(n / base, base);
	putch("0123456789abcdef"[n % base]);
}

/* %s, %u, %x */
void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	for (; *format; format++) {
		if (*format != '%') {
			putch(*format);
			continue;
		}
		if (*++format == 's') {
			for (const char *s = va_arg(args, char *); *s; s++)
				putch(*s);
		} else {
			number(va_arg(args, u32), *format == 'x' ? 16 : 10);
		}
	}
	va_end(args);
}

void finish(u32 status)
{
	outb(status, EXIT_PORT);
	for (;;)
		vmi(Halt);
}

bool check(bool ok, const char *what)
{
	if (!ok && ++failures <= 10)
		say("# not so: %s\n", what);
	return ok;
}

bool equal(u32 got, u32 want, const char *what)
{
	if (!check(got == want, what) && failures <= 10)
		say("#   is %x, should be %x\n", got, want);
	return got == want;
}

void skip(const char *why)
{
	skipped = why;
}

/* What follows `word` on the command line, which is a whole word or ends in
 * "="; NULL if it is not there. */
const char *option(const char *word)
{
	const char *s = command_line;

	for (;;) {
		const char *w = word;

		while (*w && *s == *w)
			s++, w++;
		if (!*w && (!*s || *s == ' ' || w[-1] == '='))
			return s;
		while (*s && *s != ' ')
			s++;
		if (!*s++)
			return NULL;
	}
}

static u32 run(const struct test *t, u32 n)
{
	failures = 0;
	skipped = NULL;
	t->run();
	say("%sok %u - %s", failures ? "not " : "", n, t->name);
	if (skipped)
		say(" # SKIP %s", skipped);
	say("\n");
	return failures != 0;
}

u32 fuzz_seed, fuzz_count;
static const struct test *const fuzz_group[] = { fuzz_tests };

/* The calls that are not tested but seen from outside. */
static void end(void)
{
	if (option("reboot="))
		vmi(Reboot, *option("reboot=") - '0');
	if (option("shutdown")) {
		say("# shutdown\n");
		site_irq_disable();
		raise_irq();
		vmi(Shutdown);
	}
}

static u32 parse(const char **s)
{
	u32 n = 0;

	while (**s >= '0' && **s <= '9')
		n = n * 10 + *(*s)++ - '0';
	return n;
}

/* With * for any rest, and a blank at its end. */
static bool chosen(const char *glob, const char *name)
{
	for (; *glob && *glob != ' ' && *glob != '*'; glob++, name++)
		if (*glob != (*name == ' ' ? '-' : *name))
			return false;
	return *glob == '*' || !*name;
}

static u32 run_all(const struct test *const *group, u32 groups_end,
		   const char *glob, u32 *count)
{
	u32 failed = 0;

	for (u32 g = 0; g < groups_end; g++)
		for (const struct test *t = group[g]; t->name; t++)
			if (!glob || chosen(glob, t->name))
				failed += run(t, ++*count);
	return failed;
}

/* Whoever gets past it is alive and should not be. */
static void die(const char *glob)
{
	for (const struct test *d = deaths; d->name; d++)
		if (chosen(glob, d->name)) {
			say("1..1\n# %s: the guest ends here\n", d->name);
			d->run();
			say("not ok 1 - %s\n# the guest lives\n", d->name);
		}
	finish(FAILED);
}

static void attack(void)
{
	const char *glob = option("attack="), *words = option("fuzz=");
	u32 count = 0, failed = run_all(&groups[1], GROUND - 1, NULL, &count);

	if (failed)
		finish(FAILED);
	if (glob && chosen("die-*", glob))
		die(glob);
	if (glob)
		failed = run_all(attacks, ARRAY_SIZE(attacks), glob, &count);
	if (words) {
		u32 first = parse(&words);

		fuzz_seed = first;
		words += *words == ',';
		fuzz_count = parse(&words);
		failed += run_all(fuzz_group, 1, NULL, &count);
	}
	say("1..%u\n", count);
	finish(failed ? FAILED : PASSED);
}

void __noreturn main(u32 info_pa);
void main(u32 info_pa)
{
	const struct multiboot_info *info = (void *)(info_pa + PAGE_OFFSET);
	u32 count = 0, failed = 0, first, last;

	/* It lies where pages will be. */
	for (u32 i = 0; i < sizeof(command_line) - 1; i++) {
		command_line[i] = ((char *)(info->cmdline + PAGE_OFFSET))[i];
		if (!command_line[i])
			break;
	}
	uart_init();
	say("KTAP version 1\n# %s\n", command_line);
	attack_init((void *)(info->mmap_addr + PAGE_OFFSET), info->mmap_length);
	if (option("attack=") || option("fuzz=")) {
		trap_init();
		paging_boot(info->mem_upper);
		attack();
	}
	first = !option("launch");
	last = first ? ARRAY_SIZE(groups) : 1;
	for (u32 g = first; g < last; g++)
		for (const struct test *t = groups[g]; t->name; t++)
			count++;
	say("1..%u\n", count);
	trap_init();
	paging_boot(info->mem_upper);
	count = 0;
	if (!first)
		map_timer();
	for (u32 g = first; g < last; g++) {
		for (const struct test *t = groups[g]; t->name; t++)
			failed += run(t, ++count);
		end();
	}
	finish(failed ? FAILED : PASSED);
}

/* For compilers that make calls of what is too long to write out. */
void *memset(void *to, int value, size_t count);
void *memset(void *to, int value, size_t count)
{
	void *end = to;

	asm volatile("rep stosb" : "+D" (end), "+c" (count) : "a" (value)
		     : "memory");
	return to;
}

void *memcpy(void *to, const void *from, size_t count);
void *memcpy(void *to, const void *from, size_t count)
{
	void *end = to;

	asm volatile("rep movsb" : "+D" (end), "+S" (from), "+c" (count) : :
		     "memory");
	return to;
}
