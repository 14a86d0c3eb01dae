// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Choosing a backend. pv=NAME on the command line forces one; pv=auto, the
 * default, takes the most specific one that is there: the one with the longest
 * way to its last base. A wrapper lies on top of it, from boot on by pv=NAME
 * or later by /proc/pv/backend. pv.patch= says how far sites are rewritten.
 *
 * Read next: pv/patch.c.
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

void pv_inline_bytes(struct pv_impl *impl, const u8 *bytes, const u8 *end)
{
	impl->inlined = PV_BYTES;
	impl->bytes = bytes;
	impl->len = end - bytes;
}

static void fill(const struct pv_backend *backend, struct pv_impl *impl)
{
	if (backend->base)
		fill(backend->base, impl);
	backend->fill(impl);
}

/* What pv_backend promises, and a wrapper, if there is one, on top of it. */
static void promise(const struct pv_backend *wrapper, struct pv_impl *impl)
{
	for (int op = 0; op < PV_OPS; op++)
		impl[op] = (struct pv_impl){ .fn = (u32)pv_op_info[op].missing };
	fill(pv_backend, impl);
	if (wrapper)
		wrapper->fill(impl);
}

bool pv_installable(const struct pv_backend *backend)
{
	return backend->wrapper || backend == pv_backend;
}

const struct pv_backend *pv_find_installable(const char *name)
{
	for_each_backend(b)
		if (pv_installable(*b) && !strcmp((*b)->name, name))
			return *b;
	return NULL;
}

struct pv_fault pv_set_backend(const struct pv_backend *backend)
{
	const struct pv_backend *wrapper = backend->wrapper ? backend : NULL;
	static struct pv_impl impl[PV_OPS];
	struct pv_fault fault;

	promise(wrapper, impl);
	fault = pv_set_impl(impl);
	if (fault.error == PV_OK)
		pv_wrapper = wrapper;
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

static const struct pv_backend *__init named(const char *name)
{
	for_each_backend(b)
		if (!strcmp(name, (*b)->name))
			return *b;
	return NULL;
}

static void __init force(const struct pv_backend *backend)
{
	char have[64] = "";
	u32 len = 0;

	if (backend) {
		if (!backend->wrapper && !present(backend))
			panic("pv=%s: not found on this machine",
			      backend->name);
		install(backend);
		return;
	}
	for_each_backend(b)
		len += snprintf(have + len, sizeof(have) - len, " %s",
				(*b)->name);
	panic("pv=%s: no such backend; this kernel has: auto%s",
	      cmdline_get("pv"), have);
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
	const struct pv_backend *wanted = forced ? named(name) : NULL;

	choose(forced && !(wanted && wanted->wrapper));
	if (forced)
		force(wanted);
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
