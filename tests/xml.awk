# SPDX-License-Identifier: GPL-2.0-or-later
#
# Is the input well-formed XML, in so far as a document of our own has to be:
# one root, tags that nest, attributes once and in quotes, entities that XML
# itself knows, no < or & that stands for itself. Comments, CDATA and processing
# instructions are refused: nothing here writes them. Says what is wrong, where;
# exit status 1.

function bad(what)
{
	print FILENAME ": " what ": " substr(text, 1, 60) >"/dev/stderr"
	failed = 1
	exit 1
}

# What stands between tags, or in quotes.
function characters(s)
{
	if (index(s, "<"))
		bad("a < that stands for itself")
	gsub(/&(amp|lt|gt|quot|apos|#[0-9]+|#x[0-9A-Fa-f]+);/, "", s)
	if (index(s, "&"))
		bad("an & that begins no entity")
}

# s: behind the name of an element.
function attributes(s,   seen, name)
{
	split("", seen)
	while (s !~ /^[ \t\n]*$/) {
		if (!match(s, /^[ \t\n]+[A-Za-z_:][-A-Za-z0-9_:.]*="[^"]*"/))
			bad("an attribute")
		name = substr(s, 1, RLENGTH)
		s = substr(s, RLENGTH + 1)
		characters(substr(name, index(name, "\"") + 1, \
			length(name) - index(name, "\"") - 1))
		sub(/=.*/, "", name)
		gsub(/[ \t\n]/, "", name)
		if (name in seen)
			bad("an attribute twice, " name)
		seen[name]
	}
}

function tag(s,   name, empty)
{
	if (s ~ /^\//) {
		name = substr(s, 2)
		sub(/[ \t\n]+$/, "", name)
		if (!depth || open[depth] != name)
			bad("an end of " name " in " open[depth])
		depth--
		return
	}
	empty = sub(/\/$/, "", s)
	if (!match(s, /^[A-Za-z_:][-A-Za-z0-9_:.]*/))
		bad("a tag without a name")
	name = substr(s, 1, RLENGTH)
	attributes(substr(s, RLENGTH + 1))
	if (!depth && roots++)
		bad("a second root, " name)
	if (!empty)
		open[++depth] = name
}

# A line may end in the middle of a tag.
{
	text = text $0 "\n"
	if (NR == 1)
		sub(/^<!DOCTYPE [a-z]+>\n/, "", text)
	while ((at = index(text, "<")) && (end = index(substr(text, at), ">"))) {
		characters(substr(text, 1, at - 1))
		if (!depth && substr(text, 1, at - 1) !~ /^[ \t\n]*$/)
			bad("text outside of the root")
		inside = substr(text, at + 1, end - 2)
		tag(inside)
		text = substr(text, at + end)
	}
}

END {
	if (failed)
		exit 1
	if (depth)
		bad("no end of " open[depth])
	if (!roots || text !~ /^[ \t\n]*$/)
		bad("no root, or something behind it")
}
