# SPDX-License-Identifier: GPL-2.0-or-later
#
# Takes the bodies of functions out of a source file, by name, or puts others in.
#
#   awk -v lab=N -v names="NAME..." -f lab.awk FILE
#   awk -v names="NAME..." -f lab.awk FILE OTHER
#
# With one file each body becomes a panic that names the lab. With OTHER, which
# is of the same form, each body becomes what it is there; a name that is not in
# OTHER keeps its own. Printed is the whole file. What a name can be, and what
# its body is then:
#
#   a C function	from the { to the } of column 1
#   a table in C	between the line `NAME = {` and that of `};`
#   in assembly		between `function NAME` or `NAME:` and `.size NAME`, also
#			in an asm statement, where each line is a string
#   a macro		its #define, with the lines that continue it
#
# Status 1: a name is not in the file, or in none of its forms.

# Where the body of `name` is in lines l[1..n]: from..to, kind. False: nowhere.
function find(l, n, name,    i, head)
{
	head = "(^|[^A-Za-z0-9_])" name
	for (i = 1; i <= n; i++) {
		if (l[i] ~ "^#define[ \t]+" name "([ \t(]|$)") {
			kind = "macro"
			from = i
			for (to = i; l[to] ~ /\\$/; to++)
				;
			return 1
		}
		if (l[i] ~ "^[ \t]*\"?[ \t]*(function[ \t]+" name "$|" name ":)")
			return between(l, n, i, l[i] ~ /"/ ? "string" : "assembly",
				       "\\.size[ \t]+" name ",")
		if (l[i] ~ "^[a-z_].*" head " = \\{$")
			return between(l, n, i, "table", "^\\};")
		if (l[i] ~ "^[a-z_].*" head "\\(" && function_at(l, n, i))
			return 1
	}
	return 0
}

function between(l, n, i, what, last)
{
	kind = what
	from = i + 1
	for (to = i; to < n && l[to + 1] !~ last; to++)
		;
	return to < n
}

# The signature that begins in line i may take several; a prototype ends in ;.
function function_at(l, n, i)
{
	kind = "function"
	for (from = i; from <= n && l[from] != "{"; from++)
		if (l[from] ~ /[;}]$/)
			return 0
	for (to = from; to < n && l[to] !~ /^}/; to++)
		;
	return from <= n
}

# The macro's parameters are its signature.
function missing(name, text, signature)
{
	text = "lab " lab ": " name " is yours to write"
	if (kind == "function")
		return "{\n\tvoid __noreturn panic(const char *fmt, ...);\n\n" \
			"\tpanic(\"" text "\");\n}"
	if (kind == "table")
		return "\t/* " text " */"
	if (kind == "string")
		return "    \"\t.error \\\"" text "\\\"\\n\""
	if (kind == "assembly")
		return "\tpush\t$9f\n\tcall\tpanic\n9:\t.asciz\t\"" text "\""
	match(signature, /^#define[ \t]+[A-Za-z0-9_]+(\([^)]*\))?/)
	return substr(signature, 1, RLENGTH) "\t.error \"" text "\""
}

FNR == 1 { file++ }
file == 1 { line[++lines] = $0 }
file == 2 { other[++others] = $0 }

END {
	count = split(names, name, " ")
	for (i = 1; i <= count; i++) {
		if (!find(line, lines, name[i])) {
			print "lab.awk: no " name[i] " in " ARGV[1] >"/dev/stderr"
			exit 1
		}
		start = from
		end = to
		body = ""
		if (file == 1) {
			body = missing(name[i], "", line[from])
		} else if (find(other, others, name[i])) {
			for (k = from; k <= to; k++)
				body = body (k > from ? "\n" : "") other[k]
		} else {
			continue
		}
		# An empty body has no line: what begins there stays.
		line[start] = body (end < start ? "\n" line[start] : "")
		for (k = start + 1; k <= end; k++)
			gone[k]
	}
	for (i = 1; i <= lines; i++)
		if (!(i in gone))
			print line[i]
}
