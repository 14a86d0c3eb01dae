// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the attacks and reports them in KTAP version 1. Words of the command
 * line:
 *
 *   attack=GLOB    those that match; without it all that a guest survives
 *   attack=die-X   the one after which the guest must not be there any more
 *   fuzz=SEED,N    N random hypercalls instead
 *   debugexit=PORT an isa-debug-exit device that gets the verdict
 */
#include <abi/xen/platform.h>
#include <abi/xen/vcpu.h>
#include "guest.h"

#define PASSED	0x10
#define FAILED	0x11

static const struct attack *const groups[] = {
	frame_attacks, table_attacks, root_attacks, count_attacks,
	segment_attacks, bounce_attacks, machine_attacks, pointer_attacks,
	batch_attacks, storm_attacks, leak_attacks, client_attacks,
};

const struct xen_start_info *start;
u32 failures;
static const char *skipped;

/* ---- output ---- */

static char line[512];
static u32 length;

static void flush(void)
{
	hypercall(console_io, XEN_CONSOLE_WRITE, length, line);
	length = 0;
}

static void putch(char c)
{
	if (c == '\n')
		putch('\r');
	line[length++] = c;
	if (c == '\n' || length == sizeof(line))
		flush();
}

/* For %pS, which nothing here prints. */
const char *kallsyms_find(u32 addr, u32 *offset)
{
	return NULL;
}

static void vsay(const char *format, va_list args)
{
	char text[1200];

	vsnprintf(text, sizeof(text), format, args);
	for (const char *s = text; *s; s++)
		putch(*s);
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsay(format, args);
	va_end(args);
}

bool check(bool ok, const char *what)
{
	if (!ok && ++failures <= 10)
		say("# not so: %s\n", what);
	return ok;
}

bool equal(u64 got, u64 want, const char *what)
{
	if (!check(got == want, what) && failures <= 10)
		say("#   is %llx, should be %llx\n", got, want);
	return got == want;
}

void note(const char *format, ...)
{
	va_list args;

	if (!failures || failures > 10)
		return;
	say("#   ");
	va_start(args, format);
	vsay(format, args);
	va_end(args);
	say("\n");
}

void skip(const char *why)
{
	skipped = why;
}

/* What follows `word` on the command line, which is a whole word or ends in
 * "="; NULL if it is not there. */
const char *option(const char *word)
{
	size_t n = strlen(word);

	for (const char *s = start->cmd_line; s; s = strchr(s, ' ')) {
		while (*s == ' ')
			s++;
		if (!*s)
			break;
		if (!strncmp(s, word, n) &&
		    (word[n - 1] == '=' || !s[n] || s[n] == ' '))
			return s + n;
	}
	return NULL;
}

/* ---- the end ---- */

void finish(bool ok)
{
	u32 level = 1, reason = ok ? XEN_SHUTDOWN_POWEROFF : XEN_SHUTDOWN_CRASH;
	const char *port = option("debugexit=");

	if (port) {
		hypercall(physdev_op, XEN_PHYSDEV_SET_IOPL, &level);
		asm volatile("outl %0, %w1"
			     : : "a" (ok ? PASSED : FAILED),
				 "Nd" (parse_u32(port, &port)));
	}
	for (;;)
		hypercall(sched_op, XEN_SCHED_SHUTDOWN, &reason);
}

static void run_one(const struct attack *a)
{
	failures = 0;
	skipped = NULL;
	a->run();
	mask_events(true);
	default_traps();
	memory_reclaim();
	EQ(self_check(), 0);
}

static u32 report(const struct attack *a, u32 n)
{
	say("%sok %u - %s", failures ? "not " : "", n, a->name);
	if (skipped)
		say(" # SKIP %s", skipped);
	say("\n");
	return failures != 0;
}

static bool chosen(const struct attack *a, const char *glob)
{
	return !*glob || glob_match(glob, a->name);
}

static bool survivable(const char *glob)
{
	u32 count = 0, failed = 0;

	for (u32 g = 0; g < ARRAY_SIZE(groups); g++)
		for (const struct attack *a = groups[g]; a->name; a++)
			count += chosen(a, glob);
	say("1..%u\n", count);
	count = 0;
	for (u32 g = 0; g < ARRAY_SIZE(groups); g++) {
		for (const struct attack *a = groups[g]; a->name; a++) {
			if (!chosen(a, glob))
				continue;
			run_one(a);
			failed += report(a, ++count);
		}
	}
	return !failed;
}

/* Whoever gets past one of them is alive and should not be. */
static void deadly(const char *glob)
{
	for (const struct attack *d = deaths; d->name; d++) {
		if (!glob_match(glob, d->name))
			continue;
		say("1..1\n# %s: the guest ends here\n", d->name);
		d->run();
		say("not ok 1 - %s\n# the guest lives\n", d->name);
		finish(false);
	}
	say("1..0\n# no such attack: %s\n", glob);
	finish(false);
}

static void fuzzing(const char *words)
{
	u32 seed = parse_u32(words, &words);
	u32 count = *words == ',' ? parse_u32(words + 1, &words) : 1000;

	say("1..1\n# fuzz=%u,%u\n", seed, count);
	failures = 0;
	fuzz(seed, count);
	EQ(self_check(), 0);
	say("%sok 1 - fuzz\n", failures ? "not " : "");
	finish(!failures);
}

void __noreturn main(const struct xen_start_info *info);
void main(const struct xen_start_info *info)
{
	static char glob[64];
	const char *words;

	start = info;
	say("KTAP version 1\n# %s\n", info->cmd_line);
	memory_init();
	trap_init();
	words = option("fuzz=");
	if (words)
		fuzzing(words);
	words = option("attack=");
	for (u32 i = 0; words && words[i] && words[i] != ' ' &&
			i < sizeof(glob) - 1; i++)
		glob[i] = words[i];
	if (!strncmp(glob, "die-", 4))
		deadly(glob);
	finish(survivable(glob));
}
