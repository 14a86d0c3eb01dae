// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a site costs on this machine's own CPU, as compiled, as a direct call
 * and inlined: the wrappers of include/pv/pv.h with the backend of backend.S,
 * rewritten by pv/core.c. An ordinary static i386 program for Linux, with the
 * library of the user programs. Figures are TSC cycles of one operation in a
 * loop, less the empty loop, the best of many; they differ from host to host
 * and decide nothing.
 */
#include <pv/core.h>
#include <pv/pv.h>
#undef PAGE_SIZE
#include "lib.h"

#define CALLS		8		/* in a row */
#define ROUNDS		50
#define TRIALS		2000

static pte_t entry;
static u32 word;

#define HOT_OPS(row)							\
	row(irq_disable, irq_disable())					\
	row(irq_enable, irq_enable())					\
	row(save_fl, word = save_fl())					\
	row(restore_fl, restore_fl(word))				\
	row(read_cr2, word = read_cr2())				\
	row(load_esp0, load_esp0(word, 0))					\
	row(get_pte, word = (u32)get_pte(&entry))			\
	row(pte_frame, word = pte_frame(&entry))			\
	row(set_pte, set_pte(&entry, 0))				\
	row(clear_pte, clear_pte(&entry))				\
	row(lazy_mmu_begin, lazy_mmu_begin())

#define REPEAT(x)	x; x; x; x; x; x; x; x

#define DEFINE(name, call)						\
static void __noinline run_##name(void)					\
{									\
	for (u32 i = 0; i < ROUNDS; i++) {				\
		REPEAT(call);					\
	}								\
}
HOT_OPS(DEFINE)
DEFINE(nothing, barrier())

static const struct row {
	const char *name;
	u32 op;
	void (*run)(void);
} rows[] = {
#define ROW(name, call) { #name, PV_NR_##name, run_##name },
	HOT_OPS(ROW)
};

struct pv_ops pv_ops;

/* backend.S */
extern const struct {
	u32 op, fn, inlined;
	const u8 *bytes, *end;
} __start_cost_backend[], __stop_cost_backend[];
void nobody(void);

extern struct pv_site __start_pv_sites[], __stop_pv_sites[];
extern const u8 __start_pv_native[], __stop_pv_native[];
extern const u8 __start_pv_thunks[], __stop_pv_thunks[];

static struct pv_impl impl[PV_OPS];
static const struct pv_state state[] = {
	{ PV_LEVEL_OFF, impl }, { PV_LEVEL_DIRECT, impl },
	{ PV_LEVEL_INLINE, impl },
};
static struct pv_text text;

static u64 ticks(void)
{
	u64 now;

	asm volatile("lfence\n\trdtsc\n\tlfence" : "=A" (now) : : "memory");
	return now;
}

static u32 best_of(void (*run)(void))
{
	u32 best = UINT32_MAX;

	for (u32 i = 0; i < TRIALS; i++) {
		u64 begin = ticks();

		run();
		best = min(best, (u32)(ticks() - begin));
	}
	return best;
}

static bool make_writable(u32 start, u32 end)
{
	return !mprotect((void *)start, end - start,
			 PROT_READ | PROT_WRITE | PROT_EXEC);
}

static void fill(void)
{
	u32 *slots = (u32 *)&pv_ops;

	for (u32 op = 0; op < PV_OPS; op++)
		impl[op].fn = (u32)nobody;
	for (typeof(&__start_cost_backend[0]) b = __start_cost_backend;
	     b < __stop_cost_backend; b++)
		impl[b->op] = (struct pv_impl){
			b->fn, b->inlined, b->bytes, b->end - b->bytes
		};
	for (u32 op = 0; op < PV_OPS; op++)
		slots[op] = impl[op].fn;
}

#define RANGE(name)							\
	{ (u32)__start_##name, (u32)__stop_##name, __start_##name }

/* The program's own pages with sites and their records, made writable. */
static bool prepare(void)
{
	struct pv_range live = { UINT32_MAX, 0, NULL };
	static u8 linked[65536];

	if (!make_writable(ALIGN_DOWN((u32)__start_pv_sites, 4096),
			   ALIGN_UP((u32)__stop_pv_sites, 4096)))
		return false;
	pv_sort_sites(__start_pv_sites, __stop_pv_sites - __start_pv_sites);
	text = (struct pv_text){
		.native = RANGE(pv_native), .thunks = RANGE(pv_thunks),
		.slots = (u32)&pv_ops, .sites = __start_pv_sites,
		.count = __stop_pv_sites - __start_pv_sites,
	};
	for (u32 i = 0; i < text.count; i++) {
		u32 addr = text.sites[i].addr;

		live.start = min(live.start, ALIGN_DOWN(addr, 4096));
		live.end = max(live.end, ALIGN_UP(addr + 16, 4096));
	}
	live.bytes = (const u8 *)live.start;
	if (live.end - live.start > sizeof(linked))
		return false;
	memcpy(linked, live.bytes, live.end - live.start);
	text.live = live;
	text.linked = (struct pv_range){ live.start, live.end, linked };
	fill();
	return make_writable(live.start, live.end);
}

static void write_text(u32 addr, const u8 *bytes, u32 len)
{
	memcpy((void *)addr, bytes, len);
}

static bool patch(enum pv_level from, enum pv_level to)
{
	u32 changed;
	struct pv_fault fault = pv_apply(&text, &state[from], &state[to],
					 write_text, &changed);

	if (fault.error == PV_OK)
		fault = pv_verify(&text, &state[to], NULL);
	if (fault.error != PV_OK)
		printf("cost: site %x: %s\n", fault.addr,
		       pv_error_name[fault.error]);
	return fault.error == PV_OK;
}

int main(void)
{
	static u32 cost[ARRAY_SIZE(rows)][3];
	enum pv_level now = PV_LEVEL_OFF;

	if (!prepare())
		return complain("cost", "text", EACCES);
	for (enum pv_level l = PV_LEVEL_OFF; l <= PV_LEVEL_INLINE; l++) {
		u32 loop = best_of(run_nothing);

		if (!patch(now, l))
			return 1;
		now = l;
		for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
			u32 n = best_of(rows[i].run);

			cost[i][l] = n > loop ? n - loop : 0;
		}
	}
	printf("cycles of this CPU       table    direct    inline\n");
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		printf("%-20s", rows[i].name);
		for (enum pv_level l = PV_LEVEL_OFF; l <= PV_LEVEL_INLINE; l++) {
			u32 n = (cost[i][l] * 10 + CALLS * ROUNDS / 2) /
				(CALLS * ROUNDS);

			if (l < PV_LEVEL_INLINE || impl[rows[i].op].inlined != PV_CALLED)
				printf("%8u.%u", n / 10, n % 10);
			else
				printf("%10s", "-");
		}
		printf("\n");
	}
	return 0;
}
