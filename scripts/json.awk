# SPDX-License-Identifier: GPL-2.0-or-later
#
# Reads a file of JSON whole, and checks the trace in it (scripts/trace.sh): the
# events are in the order of time, and those of one track nest. Exit status 0 if
# all is well; else 1, and a line says what is wrong, at which byte.

function wrong(what)
{
	print "json: " what " at byte " at
	bad = 1
	exit 1
}

# Takes what matches the pattern at the place of reading, or nothing.
function take(pattern,    found)
{
	if (!match(substr(text, at, 256), "^(" pattern ")"))
		return ""
	found = substr(text, at, RLENGTH)
	at += RLENGTH
	return found
}

function blank()
{
	take("[ \t\n\r]*")
}

function need(pattern, what,    found)
{
	found = take(pattern)
	if (found == "")
		wrong(what " expected")
	blank()
	return found
}

function string(    s)
{
	s = need("\"([^\"\\\\]|\\\\.)*\"", "a string")
	return substr(s, 2, length(s) - 2)
}

# One value; what it holds goes to member[path], that of events to the check.
function value(path,    c, n, name)
{
	c = substr(text, at, 1)
	if (c == "{") {
		need("[{]", "{")
		if (take("[}]") == "")
			do {
				name = string()
				need(":", ":")
				value(path "." name)
			} while (need("[,}]", ", or }") == ",")
		blank()
	} else if (c == "[") {
		need("\\[", "[")
		if (take("\\]") == "")
			do {
				value(path "[]")
				if (path == ".traceEvents")
					event()
			} while (need("[],]", ", or ]") == ",")
		blank()
	} else if (c == "\"") {
		member[path] = string()
	} else {
		member[path] = need("-?(0|[1-9][0-9]*)(\\.[0-9]+)?" \
			"([eE][-+]?[0-9]+)?|true|false|null", "a value")
	}
}

# In 1/1000 of the format's unit, so that sums are exact.
function ticks(s)
{
	return int(s * 1000 + 0.5)
}

function event(    e, track, start, end)
{
	e = ".traceEvents[]"
	track = member[e ".tid"]
	if (member[e ".ph"] == "M")
		return
	start = ticks(member[e ".ts"])
	end = start + ticks(member[e ".dur"])
	if (start < before || end < start)
		wrong("an event that begins before the last one")
	before = start
	while (open[track] && until[track, open[track]] <= start)
		open[track]--
	if (open[track] && end > until[track, open[track]])
		wrong("an event that ends after the one around it")
	until[track, ++open[track]] = end
	events++
}

{ text = text $0 "\n" }

END {
	if (bad)
		exit 1
	at = 1
	blank()
	value("")
	if (at <= length(text))
		wrong("more text")
	if (!events)
		wrong("no event")
	print "json: " events " events"
}
