// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The low half has the present bit. Between the two stores the CPU may walk an
 * entry that is present and has the old high half.
 * Fails: pv: an inlined site is the bare instruction with its register
 */
#define NATIVE_set_pte		mov %%edx, (%[any]); mov %%ecx, 4(%[any])
