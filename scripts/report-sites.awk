# SPDX-License-Identifier: GPL-2.0-or-later
#
# The section of sites: bytes and instructions, as compiled and as present, in
# each environment. Reads `nm -n`, the choice of scripts/report-pick.awk, a list
# of addresses and bytes, and what objdump says of these bytes, which were
# assembled in that order, 16 apart. -v xen=TEXT: as in report-costs.awk.

FILENAME != file { file = FILENAME; files++ }
files == 1 { add_symbol($1, $2, $3) }
files == 2 && $1 == "ops" {
	op[++ops] = $3
	group[$3] = $2
	count[$3] = $4
}
files == 2 && $1 == "site" {
	where[$2, ++places[$2]] = $3
	fn[$3] = $4
	compiled[$3] = $5
}
files == 2 && $1 == "now" {
	if (!($4 in seen)) {
		seen[$4]
		env[++envs] = $4
	}
	form[$3, $4] = $5
	present[$3, $4] = $6
}
files == 3 {
	number[$1, $2] = FNR - 1
	address[FNR - 1] = va($1)
	len[FNR - 1] = length($2) / 2
}
files == 4 && /^ +[0-9a-f]+:\t/ {
	sub(/:/, "", $1)
	n = int(hex($1) / 16)
	if (hex($1) % 16 >= len[n])
		next
	sub(/^ *[^ ]+ +/, "")
	text[n] = text[n] (text[n] == "" ? "" : "; ") readable($0, n)
}

# Addresses get names; a DS prefix before a call is none of CET's here.
function readable(s, n,   to)
{
	sub(/^notrack/, "ds", s)
	gsub(/[ \t]+/, " ", s)
	sub(/ *<.*>?$/, "", s)
	if (match(s, /(call|jmp|j[a-z]+) 0x[0-9a-f]+$/)) {
		match(s, /0x[0-9a-f]+$/)
		to = hex(substr(s, RSTART)) - 16 * n + address[n]
		return substr(s, 1, RSTART - 1) named(to % 4294967296)
	}
	if (match(s, /0xc[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]/))
		s = substr(s, 1, RSTART - 1) named(va(substr(s, RSTART, 10))) \
			substr(s, RSTART + 10)
	return s
}

# Prefixes that only fill stand apart.
function code(s, prefix, fill,   n, shown)
{
	for (n = 0; index(s, prefix) == 1; n++) {
		s = substr(s, length(prefix) + 1)
		shown = shown fill
	}
	if (n > 1 && fill != prefix)
		shown = n " " fill
	s = esc(s)
	gsub(/; /, "<br/>", s)
	return "<td><code><span>" shown "</span>" s "</code></td>"
}

function line(who, how, at, bytes)
{
	printf "<tr><th>%s</th><td>%s</td>%s%s</tr>\n", who, how, \
		code(bytes, "3e", "3e"), \
		code(text[number[at, bytes]], "ds ", "DS ")
}

function place(at,   i, j, who, done)
{
	printf "<tr><td colspan=\"4\">at %s, <b>%s</b></td></tr>\n", at, esc(fn[at])
	line("as compiled", "", at, compiled[at])
	for (i = 1; i <= envs; i++) {
		if (env[i] in done)
			continue
		who = esc(env[i])
		for (j = i + 1; j <= envs; j++)
			if (present[at, env[j]] == present[at, env[i]]) {
				who = who ", " esc(env[j])
				done[env[j]]
			}
		line(who, form[at, env[i]], at, present[at, env[i]])
	}
}

END {
	print "<section id=\"sites\"><h2>What stands at a site</h2>"
	if (xen != "")
		printf "<p class=\"absent\">%s</p>\n", esc(xen)
	print "<p>One site of each operation, as /proc/pv/sites shows it, as " \
		"compiled and as present in each environment. Environments with " \
		"the same bytes share a line; DS prefixes only fill.</p><div class=\"sites\">"
	for (i = 1; i <= ops; i++) {
		if (!places[op[i]]) {
			none = none " " op[i]
			continue
		}
		printf "<figure><figcaption>%s <small>%s, %s sites</small>" \
			"</figcaption><table>\n", esc(op[i]), esc(group[op[i]]), \
			count[op[i]]
		for (k = 1; k <= places[op[i]]; k++)
			place(where[op[i], k])
		print "</table></figure>"
	}
	print "</div>"
	if (none != "")
		printf "<p>In tests and code that is gone after boot alone:" \
			"%s.</p>\n", esc(none)
	print "</section>"
}
