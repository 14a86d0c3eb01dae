// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/pv: the hook layer as it is at this moment. ops: each operation, the
 * function in force, its template and how many sites use it. sites: each call
 * site with its compiled and its present bytes. stats: sums. patch: how far
 * the sites are rewritten; writing another level rewrites the live kernel.
 */
#include <kernel/file.h>
#include <kernel/kernel.h>
#include <kernel/mm.h>
#include <kernel/time.h>
#include <pv/backend.h>
#include <pv/patch.h>

static const char *const form_name[PV_FORMS] = {
	[PV_INDIRECT] = "indirect",
	[PV_DIRECT] = "direct",
	[PV_INLINED] = "inlined",
	[PV_THUNKED] = "thunk",
	[PV_ERASED] = "erased",
};

/* As hex digits, in a static buffer for each of two uses in one line. */
static const char *hex(const u8 *bytes, u32 len, int buffer)
{
	static char text[2][2 * 16 + 1];
	char *out = text[buffer];

	out[0] = '\0';
	for (u32 i = 0; i < len && i < 16; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	return out;
}

static u32 sites_of(u32 op)
{
	u32 n = 0;

	for (u32 i = 0; i < pv_text.count; i++)
		n += pv_text.sites[i].op == op;
	return n;
}

static void show_ops(struct seq *s)
{
	seq_printf(s, "backend %s\n%-8s %-15s %-28s %5s  %s\n",
		   pv_backend->name, "group", "operation", "function", "sites",
		   "template");
	for (u32 op = 0; op < PV_OPS; op++) {
		const struct pv_op_info *info = &pv_op_info[op];
		const struct pv_template *t = pv_impl[op].template;
		const char *fn = kallsyms_find(pv_impl[op].fn, NULL);

		seq_printf(s, "%-8s %-15s %-28s %5u  %s\n", info->group,
			   info->name, fn ? fn : "?", sites_of(op),
			   !t ? "-" : t->len ? hex(t->bytes, t->len, 0) :
			   "nothing");
	}
}

static void show_site(struct seq *s, const struct pv_site *site)
{
	const struct pv_state off = { PV_LEVEL_OFF, pv_impl };
	u8 compiled[PV_SITE_MAX], present[PV_SITE_MAX];
	enum pv_form form;
	u32 offset = 0;
	const char *fn = kallsyms_find(site->addr, &offset);

	pv_encode(&pv_text, site, &pv_now, present, &form);
	pv_encode(&pv_text, site, &off, compiled, &(enum pv_form){0});
	seq_printf(s, "%08x %-15s %-8s %-16s %-16s %s+0x%x\n", site->addr,
		   pv_op_info[site->op].name, form_name[form],
		   hex(compiled, site->len, 0),
		   hex((const u8 *)site->addr, site->len, 1), fn ? fn : "?",
		   offset);
}

static void show_sites(struct seq *s)
{
	seq_printf(s, "%-8s %-15s %-8s %-16s %-16s %s\n", "address",
		   "operation", "form", "compiled", "present", "function");
	for (u32 i = 0; i < pv_text.count; i++)
		show_site(s, &pv_text.sites[i]);
}

static void show_stats(struct seq *s)
{
	u32 forms[PV_FORMS];
	struct pv_fault fault = pv_verify(&pv_text, &pv_now, forms);

	seq_printf(s, "backend %s\npatch %s\nverify %s",
		   pv_backend->name, pv_level_name[pv_now.level],
		   pv_error_name(fault.error));
	if (fault.error != PV_OK)
		seq_printf(s, " at %08x", fault.addr);
	seq_printf(s, "\nsites %u\n", pv_text.count);
	for (int i = 0; i < PV_FORMS; i++)
		seq_printf(s, "%s %u\n", form_name[i], forms[i]);
	seq_printf(s, "bytes_changed %u\npokes %u\npasses %u\n",
		   pv_patch_stats.changed, pv_patch_stats.pokes,
		   pv_patch_stats.passes);
	seq_printf(s, "patch_cycles %llu\npatch_us %llu\n",
		   pv_patch_stats.cycles,
		   div64(pv_patch_stats.cycles * 1000, tsc_khz, NULL));
	seq_printf(s, "steal_ns %llu\n", steal_ns());
	seq_printf(s, "nx %s\n", pte_nx ? "yes" : "no");
	if (pv_backend->stats)
		pv_backend->stats(s);
}

static void show_patch(struct seq *s)
{
	seq_printf(s, "%s\n", pv_level_name[pv_now.level]);
}

static int write_patch(const char *text, u32 len)
{
	struct pv_fault fault;
	int level = pv_find_level(text);

	if (level < 0)
		return -EINVAL;
	fault = pv_set_level(level);
	if (fault.error == PV_OK)
		return 0;
	printk("pv: site %08x: %s, nothing written\n", fault.addr,
	       pv_error_name(fault.error));
	return -EIO;
}

void pv_report(void)
{
	proc_add("pv/ops", show_ops);
	proc_add("pv/sites", show_sites);
	proc_add("pv/stats", show_stats);
	proc_add_writable("pv/patch", show_patch, write_patch);
}
