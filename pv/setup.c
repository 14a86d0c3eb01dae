// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Choosing a backend. pv=NAME on the command line forces one, pv=auto (the
 * default) takes the first that finds itself at home; in ring 0 that is native.
 * Some can be put on top of that one, at boot or later by /proc/pv/backend.
 * pv.patch=off|direct|inline says how far the call sites are rewritten.
 *
 * Read next: pv/patch.c.
 */
#include <kernel/kernel.h>
#include <pv/backend.h>
#include <pv/patch.h>

/* The one place where backends are named. Most specific first. */
extern const struct pv_backend pv_poison, pv_xen, pv_native;
const struct pv_backend *const pv_backends[] = {
	&pv_poison, &pv_xen, &pv_native, NULL
};

const struct pv_backend *pv_backend __ro_after_init;
const struct pv_backend *pv_in_force;
struct pv_impl pv_impl[PV_OPS] __ro_after_init_zero;
enum pv_level pv_boot_level __ro_after_init = PV_LEVEL_INLINE;
const char *const pv_level_name[] = { "off", "direct", "inline", NULL };

/* What a backend promises: of pv_backend, or on top of that. */
static void promise(const struct pv_backend *backend, struct pv_impl *impl)
{
	const u32 *slot = (const u32 *)pv_backend->ops;
	const struct pv_template *t;

	for (int op = 0; op < PV_OPS; op++)
		impl[op] = (struct pv_impl){
			slot[op] ? slot[op] : (u32)pv_op_info[op].missing, NULL
		};
	for (t = pv_backend->templates; t < pv_backend->templates_end; t++)
		impl[t->op].template = t;
	if (backend->wrap)
		backend->wrap(impl);
}

bool pv_installable(const struct pv_backend *backend)
{
	return backend->wrap || backend == pv_backend;
}

struct pv_fault pv_set_backend(const struct pv_backend *backend)
{
	static struct pv_impl impl[PV_OPS];
	struct pv_fault fault;

	promise(backend, impl);
	fault = pv_set_impl(impl);
	if (fault.error == PV_OK)
		pv_in_force = backend;
	return fault;
}

static void __init install(const struct pv_backend *backend)
{
	u32 *slot = (u32 *)&pv_ops;

	if (!backend->wrap)
		pv_backend = backend;
	pv_in_force = backend;
	promise(backend, pv_impl);
	for (int op = 0; op < PV_OPS; op++)
		slot[op] = pv_impl[op].fn;
}

static bool __init present(const struct pv_backend *backend)
{
	return backend->probe && backend->probe();
}

/* One of them is: whoever started us in another ring than 0 has its own. */
static const struct pv_backend *__init probe_all(void)
{
	u32 i = 0;

	while (!present(pv_backends[i]))
		i++;
	return pv_backends[i];
}

static void __init force(const char *name)
{
	const struct pv_backend *const *b;
	char have[64] = "";
	u32 len = 0;

	for (b = pv_backends; *b; b++) {
		if (strcmp(name, (*b)->name)) {
			len += snprintf(have + len, sizeof(have) - len, " %s",
					(*b)->name);
			continue;
		}
		if (!(*b)->wrap && !present(*b))
			panic("pv=%s: not found on this machine", name);
		install(*b);
		return;
	}
	panic("pv=%s: no such backend; this kernel has: auto%s", name, have);
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
	const char *name;

	/* Panics need a console: one backend is in force before any check. */
	install(probe_all());
	name = cmdline_get("pv");
	if (name && strcmp(name, "auto"))
		force(name);
	name = cmdline_get("pv.patch");
	if (!name)
		return;
	if (pv_find_level(name) < 0)
		panic("pv.patch=%s: expected off, direct or inline", name);
	pv_boot_level = pv_find_level(name);
}

const char *pv_name(void)
{
	static char name[24];

	if (!pv_in_force->wrap)
		return pv_in_force->name;
	snprintf(name, sizeof(name), "%s, %s", pv_backend->name,
		 pv_in_force->name);
	return name;
}
