# SPDX-License-Identifier: GPL-2.0-or-later
#
# Reads a stop's file for tour.sh, and says whether a command printed what it says.
#
#	awk -v dir=DIR -f tour.awk STOP		take the stop apart
#	awk -v judge=1 -f tour.awk WANT GOT	status 0: GOT is what WANT says
#
# A stop is Markdown. In its ```console blocks a line `PLACE# COMMAND`, or `host$
# COMMAND`, is a command, which lines with `> ` go on with. What follows is what it
# prints. Command N becomes DIR/N.place, N.cmd, N.want and N.text, what is to be
# read between the one before and it; behind the last one is one more text. What
# stands in <details> is the answer, DIR/answer, and what follows that DIR/rest.
#
# In what a command prints, three dots are any text within a line, any other dot
# is one character but no blank, and a line of three dots is any lines. Blanks are
# as many as one likes.

function write_to(name)
{
	if (out)
		close(out)
	out = dir "/" name
	printf "" >out
}

# The regular expression for a line of WANT.
function pattern(line,    re, part)
{
	if (line == "...")
		return "([^\n]*\n)*"
	sub(/[ \t]+$/, "", line)
	while (match(line, /\.+|[ \t]+|[^ \ta-zA-Z0-9]/)) {
		part = substr(line, RSTART, RLENGTH)
		re = re substr(line, 1, RSTART - 1)
		line = substr(line, RSTART + RLENGTH)
		if (part == "...")
			part = "[^\n]*"
		else if (part ~ /^\./)
			gsub(/\./, "[^ \t\n]", part)
		else if (part ~ /^[ \t]/)
			part = "[ \t]+"
		else
			part = part ~ /[\\^]/ ? "\\" part : "[" part "]"
		re = re part
	}
	return re line "[ \t]*\n"
}

judge {
	if (FNR == NR)
		want = want pattern($0)
	else
		got = got $0 "\n"
	next
}

FNR == 1 {
	write_to("1.text")
}
/^```/ {
	block = $0 == "```console"
	if (!block)
		write_to(n + 1 ".text")
	next
}
block && /^([a-z-]+#|host\$) / {
	write_to(++n ".place")
	print substr($1, 1, length($1) - 1) >out
	write_to(n ".cmd")
	sub(/^[^ ]* /, "")
	print >out
	write_to(n ".want")
	more = 1
	next
}
more && sub(/^> /, "") {
	print >>(dir "/" n ".cmd")
	next
}
{
	more = 0
}
/^<\/?details>/ {
	write_to(/\// ? "rest" : "answer")
	blank = 1
	next
}
/^<summary>/ || /^$/ && blank {
	next
}
{
	blank = 0
	print >out
}

END {
	if (judge)
		exit got !~ ("^" want "$")
}
