# SPDX-License-Identifier: GPL-2.0-or-later
#
# Reads a console log that contains KTAP (version 1) and counts its result
# lines, those of nested tests and those of the groups around them alike.
# Prints what is wrong with the protocol, then
# `N passed, N failed, N skipped`; exits with 0 only if nothing failed and
# every test that a plan promised has reported, in order.

function broken(text)
{
	print "KTAP: " text
	bad++
}

# The tests nested at this depth end: all that were promised must be there.
function close_level(d)
{
	if (!(d in open))
		return
	if (plan[d] == "")
		broken("no plan (1..N) " where(d))
	else if (seen[d] != plan[d])
		broken(seen[d] " of " plan[d] " results " where(d))
	delete open[d]
}

function where(d)
{
	return "at depth " d ", up to line " NR
}

function close_from(d)
{
	for (; deepest >= d; deepest--)
		close_level(deepest)
}

BEGIN { deepest = -1 }

{ sub(/\r+$/, "") }

{
	match($0, /^ */)
	depth = RLENGTH / 4
	text = substr($0, RLENGTH + 1)
}

text ~ /^KTAP version 1$/ {
	close_from(depth)
	open[depth] = 1
	plan[depth] = ""
	seen[depth] = 0
	deepest = depth
	if (depth == 0 && started++)
		broken("a second run in line " NR)
}

text ~ /^1\.\.[0-9]+( *#.*)?$/ && (depth in open) {
	split(text, part, /[. ]+/)
	if (plan[depth] != "")
		broken("a second plan in line " NR)
	plan[depth] = part[2] + 0
}

text ~ /^(not )?ok [0-9]+/ {
	close_from(depth + 1)
	number = text
	sub(/^(not )?ok /, "", number)
	if (!(depth in open))
		broken("a result outside any plan in line " NR)
	else if (number + 0 != ++seen[depth])
		broken("result " number + 0 " in the place of " \
			seen[depth] " in line " NR)
	if (text ~ /^not ok/)
		failed++
	else if (text ~ /# SKIP/)
		skipped++
	else
		passed++
}

text ~ /^Bail out!/ { broken("bailed out in line " NR) }

END {
	close_from(0)
	if (!started)
		broken("none in this log")
	else if (passed + failed + skipped == 0)
		broken("no results")
	printf "%d passed, %d failed, %d skipped\n", passed, failed + bad, skipped
	exit failed + bad > 0
}
