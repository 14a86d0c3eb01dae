/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random numbers of test kernels, the same from the same seed: xorshift. */
#ifndef TESTS_RANDOM_H
#define TESTS_RANDOM_H

#include <kernel/types.h>

static inline u32 next_random(u32 *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

#endif
