/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the operation `shutdown` is told (include/pv/ops.def). memmap.h has what
 * `memory_map` answers.
 */
#ifndef KERNEL_PLATFORM_H
#define KERNEL_PLATFORM_H

#define SHUTDOWN_POWEROFF	0
#define SHUTDOWN_RESTART	1
#define SHUTDOWN_CRASH		2

/* What `shutdown` tells whoever started us (isa-debug-exit, QEMU: 2n + 1). */
#define STATUS_OK		0x10
#define STATUS_TESTS_FAILED	0x11
#define STATUS_PANIC		0x12

#endif
