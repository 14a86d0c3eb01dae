# SPDX-License-Identifier: GPL-2.0-or-later
#
# The judge of scripts/audit-rom.sh, which says what is proved: of calls, symbols
# and a listing of all code, in this order.

function finding(at, why)
{
	print "FINDING " rom ": " at " " where[at] " `" text[at] "`: " why
	findings++
}

BEGIN { name = "rom" }		# its headers, and VMI_Init in them

/^@/ { input = $1; next }

input == "@calls" { number[$2] = $1 }

input == "@symbols" && $2 ~ /^[tT]$/ {
	at = $1
	sub(/^0+/, "", at)
	if (!(at in symbol) || $3 in number)
		symbol[at] = $3
	entry[$3] = at
}

# "ADDRESS:\tINSTRUCTION"
input == "@code" {
	at = $1
	sub(/:/, "", at)
	line = $0
	sub(/^[^\t]*\t/, "", line)
	gsub(/ +/, " ", line)
	sub(/ $/, "", line)
	if (at in symbol)
		name = symbol[at]
	code[++instructions] = at
	next_of[last] = at
	last = at
	text[at] = line
	where[at] = name
	n = split(line, part, " ")
	for (i = 1; i < n && part[i] in is_prefix; i++)
		;
	mnemonic[at] = part[i]
	operands[at] = part[i + 1] part[i + 2]
}

function target(at,    to)
{
	to = operands[at]
	sub(/^0x/, "", to)
	return to
}

function is_branch(at)
{
	return mnemonic[at] ~ /^(j[a-z]+|call|loop[a-z]*)$/
}

function check(at,    kind, rest)
{
	if (is_branch(at) && operands[at] !~ /^0x[0-9a-f]+$/)
		finding(at, "goes where a register or memory says")
	else if (is_branch(at) && !(target(at) in text))
		finding(at, "leads to no instruction")
	rest = operands[at]
	gsub(/\$0x[0-9a-f]+|-?(0x[0-9a-f]+)?\(/, "", rest)
	if (!is_branch(at) && mnemonic[at] !~ /^(in|out|int|ret)/ && rest ~ /0x/)
		finding(at, "names an address")
	kind = sensitive(mnemonic[at], operands[at])
	if (kind == "")
		return
	sensitives++
	if (where[at] == "rom" || where[at] == "get_reloc")
		finding(at, "sensitive, and no call: " kind)
	else if (!(kind in is_sensitive) && kind !~ / /)
		finding(at, "not known to be harmless: " kind)
}

# From the entry of a call that has to keep everything, to where it ends.
function walk(at, call,    m)
{
	for (; !((at, call) in walked); at = next_of[at]) {
		walked[at, call]
		m = mnemonic[at]
		if (m ~ /^j/ && target(at) in text)
			walk(target(at), call)
		else if (m == "call" || text[at] ~ /\(|%[a-d][lh]|%e[bsd][xip]/ ||
			 m !~ /^(cli|sti|pushf|popf|push|pop|test|test[bwl]|iret|sysexit|ret|nop)/ ||
			 m == "pop" && (operands[at] != "%eax" || call != "GetInterruptMask"))
			if (text[at] !~ /^testb? \$0x[0-9a-f]+,%[a-d][lh]$/)
				finding(at, call " may not do this")
		if (m ~ /^(ret|iret|sysexit|jmp)/)
			return
	}
}

END {
	if (input != "@end" || !instructions || !("IRET" in entry)) {
		print "audit: " rom ": no code, or not all of it"
		exit 2
	}
	if (same != 0)
		finding("", "is not what the image says")
	for (i = 1; i <= instructions; i++)
		check(code[i])
	for (name in number) {
		calls += name in entry
		if (name in entry && !(entry[name] in text))
			finding(entry[name], name " is not where an instruction begins")
		if (number[name] >= 29 && number[name] <= 34 && name in entry)
			walk(entry[name], name)
	}
	printf "audit: %s: %d instructions, %d sensitive, of %d calls: %d findings\n",
		rom, instructions, sensitives, calls, findings
	exit findings > 0
}
