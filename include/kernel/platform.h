/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the operations of the group `platform` speak of (include/pv/ops.def). */
#ifndef KERNEL_PLATFORM_H
#define KERNEL_PLATFORM_H

#include <kernel/types.h>

#define MEMORY_RANGES_MAX	32

struct memory_map {
	u32 count;
	struct {
		u64 start, end;	/* bytes, end exclusive */
		bool usable;
	} range[MEMORY_RANGES_MAX];
};

#define SHUTDOWN_POWEROFF	0
#define SHUTDOWN_RESTART	1
#define SHUTDOWN_CRASH		2

/* What `shutdown` tells whoever started us (isa-debug-exit, QEMU: 2n + 1). */
#define STATUS_OK		0x10
#define STATUS_TESTS_FAILED	0x11
#define STATUS_PANIC		0x12

#endif
