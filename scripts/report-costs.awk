# SPDX-License-Identifier: GPL-2.0-or-later
#
# The section of costs: each metric of bench.csv with a bar for each environment
# that has it, and its figure as it stands there. -v xen=TEXT: why Xen is not in
# it, if it is not.

BEGIN { FS = "," }
NR == 1 { next }
!($1 in seen) {
	seen[$1]
	env[++envs] = $1
}
!(($2, $4) in metric_seen) {
	metric_seen[$2, $4]
	metric[$4, ++metrics[$4]] = $2
}
{ value[$1, $2, $4] = $3 }

function cell(e, m, u)
{
	printf "<td%s</td>", (e, m, u) in value ? " title=\"" esc(e "," m "," u) \
		"\">" esc(value[e, m, u]) : ">"
}

function card(m, u,   i, most, calls)
{
	most = 0
	for (i = 1; i <= envs; i++) {
		if ((env[i], m, u) in value && value[env[i], m, u] > most)
			most = value[env[i], m, u]
		calls += (env[i], m, "hypercalls") in value
	}
	printf "<figure><figcaption>%s</figcaption><table>\n", esc(m)
	for (i = 1; i <= envs; i++) {
		if (!((env[i], m, u) in value))
			continue
		printf "<tr class=\"%s\"><th>%s</th><td class=\"bar\">" \
			"<i style=\"width:%.1f%%\"></i></td>", \
			esc(env[i]), esc(env[i]), \
			most ? value[env[i], m, u] * 100 / most : 0
		cell(env[i], m, u)
		if (u == "instructions" && calls)
			cell(env[i], m, "hypercalls")
		print "</tr>"
	}
	print "</table></figure>"
}

function cards(title, u, ops, text,   i)
{
	if (!metrics[u])
		return
	printf "<h3>%s</h3>\n<p>%s</p>\n<div class=\"cards\">\n", title, text
	for (i = 1; i <= metrics[u]; i++)
		if ((metric[u, i] ~ /^op_/) == ops)
			card(metric[u, i], u)
	print "</div>"
}

END {
	print "<section id=\"costs\"><h2>What it costs</h2>"
	if (xen != "")
		printf "<p class=\"absent\">%s</p>\n", esc(xen)
	calls = "Behind it: hypercalls, on vmi-calls calls of the ROM."
	cards("System calls and faults", "instructions", 0, \
		"Instructions for each, kernel and user together. " calls)
	cards("Single operations", "instructions", 1, \
		"Instructions of one operation at its site. " calls)
	cards("One crossing", "cost", 0, "Instructions of one fault that the " \
		"hypervisor hands on, and of one hypercall.")
	cards("The longest", "longest", 0, "Instructions that a call takes " \
		"before others run, with interrupts off, in a pass of the patcher.")
	cards("Size", "bytes", 0, "Bytes without hooks (off) and with them.")
	print "</section>"
}
