// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Choosing a backend. pv=NAME on the command line forces one, pv=auto (the
 * default) takes the first that finds itself at home; in ring 0 that is native.
 * pv.patch=off|direct|inline says how far the call sites are rewritten.
 *
 * Read next: pv/patch.c.
 */
#include <kernel/kernel.h>
#include <pv/backend.h>
#include <pv/patch.h>

/* The one place where backends are named. Most specific first. */
extern const struct pv_backend pv_xen, pv_native;
static const struct pv_backend *const backends[] = { &pv_xen, &pv_native };

const struct pv_backend *pv_backend __ro_after_init;
struct pv_impl pv_impl[PV_OPS] __ro_after_init;
enum pv_level pv_boot_level __ro_after_init = PV_LEVEL_INLINE;
const char *const pv_level_name[] = { "off", "direct", "inline", NULL };

static void __init install(const struct pv_backend *backend)
{
	const u32 *from = (const u32 *)backend->ops;
	u32 *slot = (u32 *)&pv_ops;
	const struct pv_template *t;

	pv_backend = backend;
	for (int op = 0; op < PV_OPS; op++) {
		slot[op] = from[op] ? from[op] : (u32)pv_op_info[op].missing;
		pv_impl[op] = (struct pv_impl){ .fn = slot[op] };
	}
	for (t = backend->templates; t < backend->templates_end; t++)
		pv_impl[t->op].template = t;
}

/* One of them is: whoever started us in another ring than 0 has its own. */
static const struct pv_backend *__init probe_all(void)
{
	u32 i = 0;

	while (!backends[i]->probe())
		i++;
	return backends[i];
}

static void __init force(const char *name)
{
	char have[64] = "";
	u32 len = 0;

	for (u32 i = 0; i < ARRAY_SIZE(backends); i++) {
		if (strcmp(name, backends[i]->name)) {
			len += snprintf(have + len, sizeof(have) - len, " %s",
					backends[i]->name);
			continue;
		}
		if (!backends[i]->probe())
			panic("pv=%s: not found on this machine", name);
		install(backends[i]);
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
	return pv_backend->name;
}
