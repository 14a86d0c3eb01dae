# SPDX-License-Identifier: GPL-2.0-or-later
#
# One page fault and one fork as sequences: lanes for user, kernel and
# hypervisor, from the trace that each environment's console has (env=NAME before
# each file's name). What a page fault costs that nothing records is in bench.csv.
#
# A sequence begins where the kernel is entered from user mode and ends at the
# iret of the same frame. Of all in a trace the shortest one is drawn. Before
# the entry stands what the monitor did to hand it on. Environments with the same
# picture share it.

BEGIN {
	lane["user"] = 130
	lane["kernel"] = 430
	lane["hypervisor"] = 830
}
FNR == 1 { part = "" }
{ sub(/\r+$/, "") }
/^backend / { xen[env] = $2 == "xen" }
/^# trace / {
	part = "trace"
	order[++envs] = env
	overwritten[env] = $6
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
	y += 36
	picture = picture sprintf("<path d=\"M%d %dH%dm%d -4l%d 4l%d 4\"/>\n", \
		a, y, b, -7 * d, 7 * d, -7 * d)
	text("mid", (a + b) / 2, y - 5, label)
	if (spent != "")
		text("mid dim", (a + b) / 2, y + 12, spent " instructions")
}

# Operations since the last crossing: a line for each.
function flush(   k)
{
	for (k = 1; k <= kinds; k++) {
		y += k == 1 ? 28 : 15
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

# When the task of the entry i was last sent to user mode, "" if not in the trace.
function left(e, i,   j)
{
	for (j = i - 1; j > 0; j--)
		if (task[e, j] == task[e, i])
			return name[e, j] == "iret" ? start[e, j] : ""
	return ""
}

function line(name)
{
	return sprintf("<path class=\"lane\" d=\"M%d 24V%d\"/>\n<text class=\"mid\" " \
		"x=\"%d\" y=\"16\">%s</text>\n", lane[name], y, lane[name], name)
}

# The picture, with its lanes behind it; on bare hardware there is no hypervisor.
function framed(e)
{
	return sprintf("<svg viewBox=\"0 0 1000 %d\" role=\"img\">\n%s</svg>", y, \
		line("user") line("kernel") (xen[e] ? line("hypervisor") : "") \
		picture)
}

# Leaves the picture of the events from..to in `picture`.
function draw(e, from, to, what,   i, at, then)
{
	picture = ""
	y = 30
	at = "user"
	then = left(e, from)
	for (i = from; i > 1 && kind[e, i - 1] == "mon"; i--)
		;
	for (; i < from; i++) {
		arrow(at, "hypervisor", name[e, i], then == "" ? "" : \
			start[e, i] - then)
		at = "hypervisor"
		then = start[e, i]
	}
	arrow(at, "kernel", what, then == "" ? "" : start[e, from] - then)
	then = start[e, from]
	for (i++; i < to; i++) {
		if (kind[e, i] == "op" && task[e, i] == task[e, from])
			operation(e, i)
		if (kind[e, i] !~ /call|enter/)
			continue
		flush()
		if (kind[e, i] == "enter") {
			text("", lane["kernel"] + 12, y += 28, name[e, i])
			continue
		}
		arrow("kernel", "hypervisor", name[e, i], start[e, i] - then)
		if (kind[e, i + 1] == "mon")
			text("mid dim", lane["hypervisor"] + 85, y + 22, \
				took[e, i + 1] " inside")
		arrow("hypervisor", "kernel", "back", took[e, i])
		then = start[e, i] + took[e, i]
	}
	flush()
	arrow("kernel", "user", "iret", start[e, to] - then)
	y += 20
	picture = framed(e)
}

# The shortest sequence of e in from and to; the result is its length.
function shortest(e, which, call, with,   i, j, best)
{
	for (i = 1; i <= n[e]; i++)
		if (enters(e, i, which, call) && (j = leaves(e, i, with)) && \
		    (best == "" || start[e, j] - start[e, i] < best)) {
			from = i
			to = j
			best = start[e, j] - start[e, i]
		}
	return best
}

function sequence(id, title, which, call, with, what,   e, i, k, best, shown, who, pictures)
{
	printf "<section id=\"%s\"><h2>%s</h2>\n<p>On an arrow: instructions " \
		"since the one before it, with those that record. Beside an " \
		"operation: its own, with the hypercalls that it makes.</p>\n", \
		id, title
	for (k = 1; k <= envs; k++) {
		e = order[k]
		best = shortest(e, which, call, with)
		if (best == "") {
			printf "<p class=\"absent\">%s: none in the trace, where " \
				"%s events were overwritten.</p>\n", esc(e), \
				esc(overwritten[e])
			continue
		}
		draw(e, from, to, what)
		if (picture in who) {
			who[picture] = who[picture] ", " esc(e)
			continue
		}
		shown[++pictures] = picture
		who[picture] = esc(e)
		length_of[picture] = best
	}
	for (k = 1; k <= pictures; k++)
		printf "<figure><figcaption>%s <small>%d instructions from entry " \
			"to iret</small></figcaption>\n%s\n</figure>\n", \
			who[shown[k]], length_of[shown[k]], shown[k]
	print "</section>"
}

END {
	sequence("fault", "One page fault", "trap14", "", "set_pte", "page fault")
	sequence("fork", "One fork", "syscall", "2", "", "int $0x80: fork")
}
