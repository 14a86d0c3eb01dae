# SPDX-License-Identifier: GPL-2.0-or-later
#
# Chooses one site of each operation, the same in each environment, and prints
# what stands there, from the consoles of boots that showed /proc/pv/ops and
# /proc/pv/sites (env=NAME before each file's name):
#
#	ops GROUP OPERATION SITES
#	site OPERATION ADDRESS FUNCTION COMPILED
#	now OPERATION ADDRESS ENVIRONMENT FORM PRESENT
#
# The site is the first outside of the thunks, from -v thunks to -v thunks_end; if it
# calls a thunk, the site there follows. Environments that differ in what was
# compiled are different kernels: an error.

function bad(text)
{
	print "report: " FILENAME ": " text >"/dev/stderr"
	failed = 1
	exit 1
}

BEGIN {
	thunks = va(thunks)
	thunks_end = va(thunks_end)
}
{ sub(/\r$/, "") }
FNR == 1 { part = "" }
/^group +operation +function/ { part = "ops"; next }
/^address +operation +form/ { part = "sites"; next }
part == "ops" && NF == 5 && !($2 in group) {
	group[$2] = $1
	op[++ops] = $2
	count[$2] = $4
}
part == "sites" && NF == 6 && $2 in group {
	at = va($1)
	if (!(at in compiled)) {
		if (FILENAME != first && first != "")
			bad("a site at " $1 " that is not in " first)
		first = FILENAME
		addr[++sites] = at
		compiled[at] = $4
		op_at[at] = $2
		fn[at] = $6
		if (!($2 in chosen) && (at < thunks || at >= thunks_end))
			chosen[$2] = at
	} else if (compiled[at] != $4) {
		bad("another kernel: site " $1 " was compiled differently")
	}
	now[at, env] = $3 " " $5
	if (env != last)
		order[++envs] = last = env
	in_file[env]++
}

function show(name, at,   i)
{
	print "site", name, digits(at), fn[at], compiled[at]
	for (i = 1; i <= envs; i++)
		print "now", name, digits(at), order[i], now[at, order[i]]
}

# The site in the thunk that a call at `at` reaches: the first from there on.
function in_thunk(at,   to, i)
{
	to = at + 5 + word(substr(compiled[at], 3))
	to %= 4294967296
	for (i = 1; i <= sites; i++)
		if (addr[i] >= to && addr[i] < to + 16 && addr[i] < thunks_end)
			return addr[i]
	return 0
}

END {
	if (failed)
		exit 1
	for (i = 1; i <= envs; i++)
		if (in_file[order[i]] != sites || !sites) {
			print "report: the log of " order[i] " lacks lines: " \
				in_file[order[i]] " of " sites " sites; run " \
				"make report again" >"/dev/stderr"
			exit 1
		}
	for (i = 1; i <= ops; i++) {
		print "ops", group[op[i]], op[i], count[op[i]]
		if (!(op[i] in chosen))
			continue
		at = chosen[op[i]]
		show(op[i], at)
		if (compiled[at] ~ /^e8/ && in_thunk(at))
			show(op[i], in_thunk(at))
	}
}
