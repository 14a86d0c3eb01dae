// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints how many kHz the TSC of this host runs at, which is what a guest of
 * QEMU sees too: tests/matrix compares it with what the kernel found. However
 * busy the host is, the answer is right: only readings of the clock count in
 * which next to no time went by. Exit status 77: this CPU has no TSC.
 */
#include <stdio.h>
#include <time.h>

#define WINDOW_NS	300000000ull
#define READINGS	10000

struct reading {
	unsigned long long tsc, ns;
};

#if defined(__i386__) || defined(__x86_64__)
#include <x86intrin.h>

/* The closest of many readings of both. */
static struct reading read_both(void)
{
	struct reading best = { 0, 0 };
	unsigned long long least = -1ull;

	for (int i = 0; i < READINGS; i++) {
		unsigned long long before = __rdtsc(), width;
		struct timespec t;

		clock_gettime(CLOCK_MONOTONIC, &t);
		width = __rdtsc() - before;
		if (width >= least)
			continue;
		least = width;
		best.tsc = before + width / 2;
		best.ns = t.tv_sec * 1000000000ull + t.tv_nsec;
	}
	return best;
}

int main(void)
{
	struct timespec wait = { 0, WINDOW_NS };
	struct reading a = read_both(), b;

	nanosleep(&wait, NULL);
	b = read_both();
	printf("%llu\n", (b.tsc - a.tsc) * 1000000 / (b.ns - a.ns));
	return 0;
}
#else
int main(void)
{
	return 77;
}
#endif
