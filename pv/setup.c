// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Choosing a backend. pv=NAME on the command line forces one. pv=auto, the
 * default, takes the most specific one whose probe says yes: the one with most
 * bases under it. A wrapper lies on top of it, from boot on by pv=NAME or later
 * by /proc/pv/backend. pv.patch=LEVEL says how far sites are rewritten.
 */
#include <kernel/kernel.h>
#include <pv/backend.h>
#include <pv/patch.h>

const struct pv_backend *pv_backend __ro_after_init;
const struct pv_backend *pv_wrapper;
struct pv_impl pv_impl[PV_OPS] __ro_after_init_zero;
enum pv_level pv_boot_level __ro_after_init = PV_LEVEL_INLINE;
const char *const pv_level_name[] = { "off", "direct", "inline", NULL };

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

const struct pv_backend *pv_find_installable(const char *name)
{
	const struct pv_backend *backend = find(name);

	return backend && (backend->wrapper || backend == pv_backend) ?
		backend : NULL;
}

struct pv_fault pv_set_backend(const struct pv_backend *backend)
{
	const struct pv_backend *wrapper = backend->wrapper ? backend : NULL;
	static struct pv_impl impl[PV_OPS];
	const struct pv_backend *off = pv_wrapper;
	struct pv_fault fault;

	if (wrapper && wrapper->use && !wrapper->use(true))
		return (struct pv_fault){ PV_REFUSED, 0 };
	promise(wrapper, impl);
	fault = pv_set_impl(impl);
	if (fault.error == PV_OK)
		pv_wrapper = wrapper;
	else
		off = wrapper;
	if (off && off != pv_wrapper && off->use)
		off->use(false);
	return fault;
}

static void __init install(const struct pv_backend *backend)
{
	u32 *slot = (u32 *)&pv_ops;

	if (backend->wrapper)
		pv_wrapper = backend;
	else
		pv_backend = backend;
	promise(pv_wrapper, pv_impl);
	for (int op = 0; op < PV_OPS; op++)
		slot[op] = pv_impl[op].fn;
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
