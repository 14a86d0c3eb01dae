# SPDX-License-Identifier: GPL-2.0-or-later
#
# The pictures of build/report.html: sequences from the traces, and the image.
# Read scripts/report.awk first.

# ---- sequences --------------------------------------------------------------

# From where the kernel is entered from user mode to the iret of the same frame.
# Of each kind the shortest one is drawn, of page faults one that sets an entry.
part == "console" && table == "#" && $1 ~ /^[0-9]+$/ && $6 ~ /^(op|call|enter|mon)$/ {
	i = ++events[env]
	start[env, i] = $2
	took[env, i] = $3
	task[env, i] = $4
	kind[env, i] = $6
	name[env, i] = $7
	hypervisor[env] = hypervisor[env] || $6 ~ /call|mon/
	if ($6 == "enter" && hex($9) % 4 == 3) {
		entry[env, $10] = i
		from_user[env, i] = (env, $4) in left ? left[env, $4] : ""
		entered[env, $10] = $7 == "syscall" ? $7 " " $11 : $7
	} else if ($7 == "set_pte") {
		set[env, $4] = i
	} else if ($7 == "iret" && (env, $11) in entry) {
		k = entry[env, $11]
		what = entered[env, $11]
		left[env, $4] = $2
		if ((what != "trap14" || set[env, $4] > k) && (!((env, what) in \
		    first) || $2 - start[env, k] < total[env, what])) {
			first[env, what] = k
			last[env, what] = i
			total[env, what] = $2 - start[env, k]
		}
		delete entry[env, $11]
	} else if ($7 == "iret") {
		left[env, $4] = $2
	}
}

BEGIN {
	lane["user"] = 130
	lane["kernel"] = 430
	lane["hypervisor"] = 830
}

function write(class, x, y, s)
{
	picture = picture sprintf("<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n", \
		class, x, y, esc(s))
}

function arrow(from, to, label, passed,   x, d)
{
	x = (lane[from] + lane[to]) / 2
	d = lane[from] < lane[to] ? 7 : -7
	y += 36
	picture = picture sprintf("<path d=\"M%d %dH%dm%d -4l%d 4l%d 4\"/>\n", \
		lane[from], y, lane[to], -d, d, -d)
	write("mid", x, y - 5, label)
	if (passed != "")
		write("mid dim", x, y + 12, passed " instructions")
}

# Operations since the last crossing: a line for each.
function flush(   k, name)
{
	for (k = 1; k <= kinds; k++) {
		name = seen[k]
		write("", lane["kernel"] + 12, y += k == 1 ? 28 : 15, name \
			(times[name] > 1 ? " x " times[name] : "") ": " \
			spent[name] " instructions")
		delete times[name]
		delete spent[name]
	}
	kinds = 0
}

function vertical(name)
{
	return sprintf("<path class=\"lane\" d=\"M%d 24V%d\"/>\n<text class=\"mid\" " \
		"x=\"%d\" y=\"16\">%s</text>\n", lane[name], y, lane[name], name)
}

# Before an entry stands what the monitor did to hand it on; behind a hypercall,
# how much of it was inside; what lies within is left out. On bare hardware there
# is no third lane.
function drawn(e, from, to, label,   i, here, then)
{
	picture = ""
	y = 30
	here = "user"
	then = from_user[e, from]
	for (i = from; kind[e, i - 1] == "mon"; i--)
		;
	for (; i <= from; i++) {
		arrow(here, i < from ? "hypervisor" : "kernel", i < from ? \
			name[e, i] : label, then == "" ? "" : start[e, i] - then)
		here = "hypervisor"
		then = start[e, i]
	}
	for (; i < to; i++) {
		if (kind[e, i] == "op" && task[e, i] == task[e, from]) {
			if (!times[name[e, i]]++)
				seen[++kinds] = name[e, i]
			spent[name[e, i]] += took[e, i]
		}
		if (kind[e, i] == "op" || start[e, i] < then)
			continue
		flush()
		if (kind[e, i] == "enter") {
			write("", lane["kernel"] + 12, y += 28, name[e, i])
			continue
		}
		arrow("kernel", "hypervisor", name[e, i], start[e, i] - then)
		then = start[e, i] + took[e, i]
		here = took[e, i]
		arrow("hypervisor", "kernel", kind[e, i] kind[e, i + 1] == "callmon" ? \
			took[e, ++i] " inside" : "", here)
	}
	flush()
	arrow("kernel", "user", "iret", start[e, to] - then)
	y += 20
	return sprintf("<svg viewBox=\"0 0 1000 %d\" role=\"img\">\n%s%s</svg>", y, \
		vertical("user") vertical("kernel") (hypervisor[e] ? \
		vertical("hypervisor") : ""), picture)
}

function sequence(id, title, what, label,   e, k)
{
	begin(id, title, no_boot, "On an arrow: instructions since the one before " \
		"it, those that record among them. Beside an operation: its own, " \
		"with the hypercalls that it makes.")
	forget()
	for (k = 1; k <= envs; k++) {
		e = order[k]
		if ((e, what) in first)
			share("<small>" total[e, what] " instructions from entry " \
				"to iret</small></figcaption>\n" drawn(e, \
				first[e, what], last[e, what], label), e)
		else
			printf "<p class=\"absent\">%s: no such sequence in the " \
				"trace, %s of whose events were overwritten.</p>\n", \
				e, lost[e]
	}
	for (k = 1; k <= shares; k++)
		printf "<figure><figcaption>%s %s\n</figure>\n", who[shared[k]], shared[k]
	print "</section>"
}

# ---- the image --------------------------------------------------------------

function raw(addr, n,   s)
{
	while (n-- > 0)
		s = s byte[addr++]
	return s
}

# x of an address in a strip from low to high.
function scaled(addr, low, high)
{
	return 20 + (addr - low) * 960 / (high - low)
}

function strip(class, from, to, low, high, y, title,   x, width)
{
	x = scaled(from, low, high)
	width = scaled(to, low, high) - x
	printf "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"26\">" \
		"<title>%s</title></rect>\n", class, x, y, width, esc(title)
	if (width > 7 * length(title))
		printf "<text class=\"in\" x=\"%.1f\" y=\"%d\">%s</text>\n", \
			x + 5, y + 17, esc(title)
}

# Each record with a thread to its site and one to its native bytes.
function threads(low, high,   i, r, x, g, path, records, native, native_end)
{
	native = at["__pv_native"]
	native_end = at["__pv_native_end"]
	records = (at["__pv_sites_end"] - at["__pv_sites"]) / 12
	strip(".rodata", 0, 1, 0, 1, 125, ".pv_sites: " records " records")
	strip(".rodata", 0, 1, 0, 1, 250, ".pv_native: " native_end - native " bytes")
	for (i = 0; i < records; i++) {
		r = at["__pv_sites"] + 12 * i
		g = group[op[hex(byte[r + 8])]]
		x = scaled(i + 0.5, 0, records)
		path[g] = path[g] sprintf("M%.1f 26L%.1f 125M%.1f 151L%.1f 250", \
			scaled(word(raw(r, 4)) - 3221225472, low, high), x, x, \
			scaled(word(raw(r + 4, 4)) - 3221225472, native, native_end))
	}
	for (i = 0; i < ops; i++)
		if (group[op[i]] in path) {
			g = group[op[i]]
			printf "<path class=\"g-%s\" d=\"%s\"/>\n", g, path[g]
			key = key "<b class=\"g-" g "\"></b> " g " "
			delete path[g]
		}
	printf "</svg><p class=\"key\">%s</p>\n", key
}

# What lies from one symbol to another. The code comes first, piece by piece.
function layout(   i, n, m, f, low, high, what)
{
	begin("layout", "How it lies in the image", "", "Sections in memory: " \
		"code, <b class=\"key .rodata\">read-only</b>, <b class=\"key .init\">" \
		"freed after boot</b>, <b class=\"key .bss\">data</b>. Below, the code, with a thread from each site to its record and from " \
		"there to its native bytes.")
	print "<svg viewBox=\"0 0 1000 30\" role=\"img\">"
	for (i = 1; i <= sections; i++) {
		what = section[i]
		at[what "_end"] = at[what] + size[what]
		strip(what, at[what], at[what "_end"], at["__image_start"], \
			at["__image_end"], 2, what ": " size[what] " bytes")
	}
	print "</svg>"
	low = at["__text_start"]
	high = at["__init_text_end"]
	at["pv_ops_end"] = at["pv_ops"] + 4 * ops
	n = split("__text_start __pv_core_start boot|" \
		"__pv_core_start __pv_core_end the patcher, without a site|" \
		"__pv_thunks __pv_thunks_end thunks|" \
		"__pv_thunks_end __tests_text_start kernel and backends|" \
		"__tests_text_start __init_text_start self-tests|" \
		"__init_text_start __init_text_end freed after boot|" \
		"__pv_native __pv_native_end native bytes|" \
		"__pv_bytes __pv_bytes_end instructions of backends|" \
		"__pv_tables __pv_tables_end tables of backends|" \
		"pv_ops pv_ops_end the table, filled at boot|" \
		"__pv_sites __pv_sites_end records", m, "|")
	for (i = 1; i <= sections; i++)
		m[++n] = section[i] " " section[i] "_end section"
	print "<svg viewBox=\"0 0 1000 280\" role=\"img\">"
	for (i = 1; i <= n; i++) {
		split(m[i], f, " ")
		what = substr(m[i], length(f[1] f[2]) + 3)
		if (at[f[1]] >= low && at[f[2]] <= high && what != "section")
			strip("part" i % 2, at[f[1]], at[f[2]], low, high, 0, what)
		rows_of_table = rows_of_table sprintf("<tr><th>%s</th><td>%s</td>" \
			"<td>%s</td><td>%d</td><td>%s</td></tr>\n", f[1], \
			digits(at[f[1]]), digits(at[f[2]]), at[f[2]] - at[f[1]], what)
	}
	threads(low, high)
	print "<table><tr><th>part</th><th>from</th><th>to</th><th>bytes</th></tr>\n" \
		rows_of_table "</table></section>"
}
