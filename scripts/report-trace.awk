# SPDX-License-Identifier: GPL-2.0-or-later
#
# One page fault and one fork as sequences: lanes for user, kernel and
# hypervisor, from the trace that each environment's console has (env=NAME before
# each file's name), and what bench.csv says of a page fault without a trace.
#
# A sequence begins where the kernel is entered from user mode and ends at the
# iret of the same frame. Of all in a trace the shortest one is drawn. Before
# the entry stands what the monitor did to hand it on.

BEGIN {
	lane["user"] = 130
	lane["kernel"] = 430
	lane["hypervisor"] = 830
}
FNR == 1 { part = "" }
{ sub(/\r$/, "") }
/^environment,metric/ { csv = FILENAME }
FILENAME == csv {
	split($0, f, ",")
	cost[f[1], f[2], f[4]] = f[3]
	next
}
/^backend / { xen[env] = $2 == "xen" }
/^# trace / {
	part = "trace"
	order[++envs] = env
	overwritten[env] = $5
}
part == "trace" && $1 ~ /^[0-9]+$/ && $6 ~ /^(op|call|enter|mon)$/ {
	i = ++n[env]
	start[env, i] = $2
	took[env, i] = $3
	task[env, i] = $4
	kind[env, i] = $6
	name[env, i] = $7
	caller[env, i] = $8
	arg1[env, i] = $9
	arg2[env, i] = $10
	arg3[env, i] = $11
}

# Is event i of env an entry from user mode of that name?
function enters(e, i, which, call)
{
	return kind[e, i] == "enter" && name[e, i] == which && \
		hex(arg1[e, i]) % 4 == 3 && (call == "" || arg3[e, i] == call)
}

# The iret that belongs to the entry i, 0 if none; with an operation `with` on
# the way.
function leaves(e, i, with,   j, has)
{
	for (j = i + 1; j <= n[e]; j++) {
		if (task[e, j] != task[e, i])
			continue
		has = has || with == "" || name[e, j] == with
		if (name[e, j] == "iret" && arg3[e, j] == arg2[e, i])
			return has ? j : 0
	}
	return 0
}

function text(class, x, y, s)
{
	picture = picture sprintf("<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n", \
		class, x, y, esc(s))
}

function arrow(from, to, label, spent,   a, b, d)
{
	a = lane[from]
	b = lane[to]
	d = a < b ? 1 : -1
	y += 34
	picture = picture sprintf("<path d=\"M%d %dH%dm%d -4l%d 4l%d 4\"/>\n", \
		a, y, b, -7 * d, 7 * d, -7 * d)
	text("mid", (a + b) / 2, y - 5, label)
	text("mid dim", (a + b) / 2, y + 12, spent " instructions")
}

# Operations since the last crossing: a line for each.
function flush(   k)
{
	for (k = 1; k <= kinds; k++) {
		y += k == 1 ? 24 : 15
		text("", lane["kernel"] + 12, y, seen[k] (times[k] > 1 ? " \303\227 " \
			times[k] : "") ": " sum[k] " instructions")
	}
	if (kinds)
		y += 2
	kinds = 0
	split("", at)
}

function operation(e, i)
{
	if (!(name[e, i] in at)) {
		at[name[e, i]] = ++kinds
		seen[kinds] = name[e, i]
		times[kinds] = sum[kinds] = 0
	}
	times[at[name[e, i]]]++
	sum[at[name[e, i]]] += took[e, i]
}

# Ticks since `then`; some are the trace's own.
function since(e, i)
{
	return then == "" ? "" : start[e, i] - then
}

function draw(e, from, to, what,   i, j, k, from_lane, stops)
{
	picture = then = ""
	y = 40
	kinds = 0
	for (i = from; i > 1 && kind[e, i - 1] == "mon"; i--)
		;
	from_lane = "user"
	for (; i < from; i++) {
		if (from_lane == "user")
			arrow("user", "hypervisor", name[e, i], took[e, i])
		from_lane = "hypervisor"
		then = start[e, i]
	}
	arrow(from_lane, "kernel", what, then == "" ? "0" : start[e, from] - then)
	then = start[e, from]
	for (i = from + 1; i <= to; i++) {
		if (kind[e, i] == "op" && i < to && task[e, i] == task[e, from]) {
			operation(e, i)
		} else if (kind[e, i] == "call") {
			flush()
			arrow("kernel", "hypervisor", name[e, i], start[e, i] - then)
			inside = i < n[e] && kind[e, i + 1] == "mon" ? took[e, i + 1] : ""
			if (inside != "")
				text("mid dim", lane["hypervisor"] + 85, y + 17, inside " inside")
			arrow("hypervisor", "kernel", "back", took[e, i])
			then = start[e, i] + took[e, i]
		} else if (kind[e, i] == "enter") {
			flush()
			y += 24
			text("", lane["kernel"] + 12, y, name[e, i])
		}
	}
	flush()
	arrow("kernel", "user", "iret", start[e, to] - then)
	y += 20
	printf "<figure><figcaption>%s <small>%d instructions from entry to iret, " \
		"with the trace's own%s</small></figcaption>\n", esc(e), \
		start[e, to] - start[e, from], note
	printf "<svg viewBox=\"0 0 1000 %d\" role=\"img\">\n", y
	for (k in lane)
		if (k != "hypervisor" || xen[e])
			printf "<path class=\"lane\" d=\"M%d 24V%d\"/><text class=" \
				"\"mid\" x=\"%d\" y=\"16\">%s</text>\n", lane[k], y, lane[k], k
	printf "%s</svg></figure>\n", picture
}

function sequence(id, title, which, call, with, metric,   e, i, j, k, best, from, to)
{
	printf "<section id=\"%s\"><h2>%s</h2>\n", id, title
	for (k = 1; k <= envs; k++) {
		e = order[k]
		best = ""
		for (i = 1; i <= n[e]; i++)
			if (enters(e, i, which, call) && (j = leaves(e, i, with)) && \
			    (best == "" || start[e, j] - start[e, i] < best)) {
				from = i
				to = j
				best = start[e, j] - start[e, i]
			}
		note = (e, metric, "instructions") in cost ? "; without a trace, to " \
			"user mode and back, " cost[e, metric, "instructions"] : ""
		if (best != "")
			draw(e, from, to, which == "syscall" ? "int $0x80: fork" : which)
		else
			printf "<p class=\"absent\">%s: none is in the trace, " \
				"of which %s events were overwritten.</p>\n", \
				esc(e), esc(overwritten[e])
	}
	if (!envs)
		print "<p class=\"absent\">This kernel records no trace.</p>"
	print "</section>"
}

END {
	cost["native", "page_fault", "instructions"] = \
		cost["native-inline", "page_fault", "instructions"]
	sequence("fault", "One page fault", "trap14", "", "set_pte", "page_fault")
	sequence("fork", "One fork", "syscall", "2", "", "")
}
