// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Choosing a backend. pv=NAME on the command line forces one. pv=auto, the
 * default, takes the most specific one whose probe says yes: the one with most
 * bases under it. A wrapper lies on top of it, from boot on by pv=NAME or later
 * by /proc/pv/backend, which may also put another in its place. pv.patch=LEVEL
 * says how far sites are rewritten.
 */
#include <arch/pc.h>
#include <arch/switch.h>
#include <kernel/kernel.h>
#include <kernel/sections.h>
#include <kernel/time.h>
#include <pv/backend.h>
#include <pv/patch.h>

const struct pv_backend *pv_backend __ro_after_init;
const struct pv_backend *pv_wrapper;
struct pv_impl pv_impl[PV_OPS] __ro_after_init_zero;
enum pv_level pv_boot_level __ro_after_init = PV_LEVEL_INLINE;
const char *const pv_level_name[] = { "off", "direct", "inline", NULL };

#define TRIES		100		/* to go over to another */
#define BASES_MAX	4		/* that a backend may have, one below the other */

#define for_each_backend(b)						\
	for (const struct pv_backend *const *b = __pv_backends;		\
	     b < __pv_backends_end; b++)

void pv_fill(struct pv_impl impl[PV_OPS], const struct pv_ops *functions)
{
	const u32 *slot = (const u32 *)functions;

	for (int op = 0; op < PV_OPS; op++)
		if (slot[op])
			impl[op] = (struct pv_impl){ .fn = slot[op] };
}

static void fill(const struct pv_backend *backend, struct pv_impl *impl)
{
	if (backend->base)
		fill(backend->base, impl);
	backend->fill(impl);
}

/*
 * All promises: of pv_backend, and of the wrapper on top unless it is NULL. An
 * operation that nobody fills in keeps the function that panics with its name.
 */
static void promise(const struct pv_backend *wrapper, struct pv_impl *impl)
{
	for (int op = 0; op < PV_OPS; op++)
		impl[op] = (struct pv_impl){
			.fn = (u32)&pv_missing_stubs[PV_STUB_BYTES * op]
		};
	fill(pv_backend, impl);
	if (wrapper)
		wrapper->fill(impl);
}

static const struct pv_backend *find(const char *name)
{
	for_each_backend(b)
		if (!strcmp((*b)->name, name))
			return *b;
	return NULL;
}

bool pv_installable(const struct pv_backend *b)
{
	return b->wrapper || b == pv_backend ||
	       (b->enter && b->base == pv_backend) ||
	       (pv_backend->leave && b == pv_backend->base);
}

const struct pv_backend *pv_find_installable(const char *name)
{
	const struct pv_backend *backend = find(name);

	return backend && pv_installable(backend) ? backend : NULL;
}

static void use_wrapper(bool on)
{
	if (pv_wrapper && pv_wrapper->use)
		pv_wrapper->use(on);
}

struct pv_fault pv_set_backend(const struct pv_backend *backend)
{
	const struct pv_backend *wrapper = backend->wrapper ? backend : NULL;
	static struct pv_impl impl[PV_OPS];
	struct pv_fault fault;

	use_wrapper(false);
	promise(wrapper, impl);
	fault = pv_set_impl(impl);
	if (fault.error == PV_OK)
		pv_wrapper = wrapper;
	use_wrapper(true);
	return fault;
}

static void set_table(const struct pv_impl *impl)
{
	u32 *slot = (u32 *)&pv_ops;

	for (int op = 0; op < PV_OPS; op++)
		slot[op] = impl[op].fn;
}

static void __init install(const struct pv_backend *backend)
{
	if (backend->wrapper)
		pv_wrapper = backend;
	else
		pv_backend = backend;
	promise(pv_wrapper, pv_impl);
	set_table(pv_impl);
}

/*
 * The patcher's own operations are those of the more specific backend, which is
 * in force both after `enter` and before the end of `leave`.
 */
void pv_install(const struct pv_backend *backend)
{
	static struct pv_impl impl[PV_OPS];
	bool enters = backend->base == pv_backend;

	pv_backend = backend;
	promise(pv_wrapper, impl);
	if (enters)
		set_table(impl);
	if (pv_set_impl(impl).error != PV_OK)
		panic("pv: a site cannot become that of %s", backend->name);
}

/* What is read-only after boot may be written, or no more. */
static void open_data(u64 writable)
{
	kernel_set_flags(__ro_after_init_start, __ro_after_init_end, PTE_P |
			 PTE_A | PTE_D | PTE_G | pte_nx | writable);
	flush_tlb_all();
}

/*
 * Other tasks are in no operation and no lazy section, and no trap of the kernel's
 * own is on their stacks.
 */
static int try_switch(const struct pv_backend *to)
{
	u64 ns, start;
	int err;

	use_wrapper(false);
	pic_hold(true);			/* or a busy device were always in the way */
	irq_disable();
	alarm_cancel();
	ns = clock_ns();
	start = rdtsc();
	open_data(PTE_W);
	err = to->base == pv_backend ? to->enter() : pv_backend->leave();
	open_data(0);
	if (!err) {
		segments_go_on();
		to->go_on(ns + cycles_ns(rdtsc() - start));
		pv_patch_stats.switches++;
		pv_patch_stats.switch_cycles = rdtsc() - start;
	}
	timer_interrupt();		/* sets the alarm again */
	pic_hold(false);
	irq_enable();
	use_wrapper(true);
	return err;
}

int pv_switch(const struct pv_backend *to)
{
	int err = -EAGAIN;

	for (u32 n = 0; n < TRIES && err == -EAGAIN; n++)
		err = try_switch(to);
	return err;
}

/* The first probe on the way to the last base says whether it is there. */
static bool __init present(const struct pv_backend *backend)
{
	while (backend && !backend->probe)
		backend = backend->base;
	return backend && backend->probe();
}

static u32 __init bases(const struct pv_backend *backend)
{
	return backend->base ? 1 + bases(backend->base) : 0;
}

/*
 * From the simplest to the most specific, so that each has the one before as
 * its console; `first`: no further than to the first that is there. A backend
 * without a probe of its own is never taken unasked.
 */
static void __init choose(bool first)
{
	for (u32 n = 0; n < BASES_MAX && !(first && pv_backend); n++)
		for_each_backend(b)
			if ((*b)->probe && bases(*b) == n && present(*b))
				install(*b);
}

static void __init force(const char *name)
{
	const struct pv_backend *backend = find(name);
	char have[64] = "auto";

	for_each_backend(b)
		snprintf(have + strlen(have), sizeof(have) - strlen(have),
			 " %s", (*b)->name);
	if (!backend)
		panic("pv=%s: no such backend; this kernel has: %s", name, have);
	if (!backend->wrapper && !present(backend))
		panic("pv=%s: not found on this machine", name);
	install(backend);
}

int pv_find_level(const char *name)
{
	for (int i = 0; pv_level_name[i]; i++)
		if (!strcmp(name, pv_level_name[i]))
			return i;
	return -EINVAL;
}

void __init pv_init(void)
{
	const char *name = cmdline_get("pv");
	bool forced = name && strcmp(name, "auto");
	const struct pv_backend *backend = forced ? find(name) : NULL;

	/* A panic needs a console: one is in use before anything is checked. */
	choose(forced && !(backend && backend->wrapper));
	if (forced)
		force(name);
	name = cmdline_get("pv.patch");
	if (name && pv_find_level(name) < 0)
		panic("pv.patch=%s: expected off, direct or inline", name);
	if (name)
		pv_boot_level = pv_find_level(name);
	if (pv_backend->start)
		pv_backend->start();
}

const char *pv_name(void)
{
	static char name[24];

	if (!pv_wrapper)
		return pv_backend->name;
	snprintf(name, sizeof(name), "%s, %s", pv_backend->name,
		 pv_wrapper->name);
	return name;
}
