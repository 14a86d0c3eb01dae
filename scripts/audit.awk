# SPDX-License-Identifier: GPL-2.0-or-later
#
# The judge of scripts/audit.sh, which says what is proved and how, and which
# feeds it symbols, link map, exceptions, a listing of all code, a listing of
# the instructions stored for sites and the words of all data, in this order.
#
# Addresses are kept as eight hexadecimal digits; they become numbers only to
# be compared, since not every awk prints or indexes 32 unsigned bits.

function hex(s,    i, n)
{
	sub(/^0x/, "", s)
	for (i = 1; i <= length(s); i++)
		n = n * 16 + index("123456789abcdef", substr(s, i, 1))
	return n + 0
}

# The last eight digits of a number as a tool prints it.
function address(s)
{
	sub(/^0x/, "", s)
	s = "00000000" s
	return substr(s, length(s) - 7)
}

function is_padding(m, operands)
{
	return m ~ /^nop/ || m == "xchg" && operands == "%ax,%ax" ||
		m == "lea" && operands ~ /^(0x0)?\(%e([sd])i(,%eiz,1)?\),%e[sd]i$/
}

function finding(addr, why)
{
	finding_at[++findings] = addr
	finding_why[findings] = why
}

function hex8(n,    s, i, d)
{
	for (i = 0; i < 8; i++) {
		d = n % 16
		s = substr("0123456789abcdef", d + 1, 1) s
		n = (n - d) / 16
	}
	return s
}

function in_text(n,    s)
{
	for (s = 1; s <= segments; s++)
		if (n >= low[s] && n < high[s])
			return 1
	return 0
}

# ---- input ----------------------------------------------------------------

/^@/ {
	end_of_listing()
	input = $1
	at = hex($2)
	if (input == "@code") {
		low[++segments] = expected = at
		high[segments] = at + $3
	}
	next
}

input == "@symbols" && $4 ~ /^PV_NR_/ {
	operation[hex($1)] = substr($4, 7)
	next
}

# Where several stand, a function with a size has the word.
input == "@symbols" {
	value[$4] = hex($1)
	if ($4 == "pv_ops")
		table_end = value[$4] + $2
	if (!($1 in symbol) || $2 > 0 && $3 == "FUNC") {
		symbol[$1] = $4
		size[$1] = $2 + 0
		type[$1] = $3
	}
	next
}

# " SECTION ADDRESS SIZE OBJECT", of which a long SECTION has its own line.
input == "@map" && NF == 1 { section = $1 }

input == "@map" && /0x[0-9a-f]+ +0x[0-9a-f]+ [^ ]+\.o$/ {
	if (NF == 4)
		section = $1
	addr = address($(NF - 2))
	if (hex($(NF - 1)) && hex(addr)) {
		object[addr] = $NF
		if (index($NF, dir) == 1)
			object[addr] = substr($NF, length(dir) + 1)
		object_end[addr] = hex(addr) + hex($(NF - 1))
		is_boot[addr] = section == ".boot"
	}
}

# OBJECT COUNT INSTRUCTION # REASON, SYMBOL BYTES data # REASON, or
# FOLDER * backend # REASON
input == "@except" && !/^[ \t]*(#|$)/ {
	why = $0
	if (!sub(/^[^#]*#[ \t]*/, "", why) || why == "")
		finding("", "exception without a reason: " $0)
	sub(/[ \t]*#.*/, "")
	name = $1
	count = $2
	$1 = $2 = ""
	key = name $0
	sub(/ +/, " ", key)
	if (key == name " backend") {
		backends = backends (backends == "" ? "^" : "|^") name
		next
	}
	if (key in listed)
		finding("", "exception listed twice: " key)
	listed[key] = count
	if (key == name " data" && name in value) {
		data[hex8(value[name])] = count
		data_key[hex8(value[name])] = key
		data_bytes += count
	}
}

# "ADDRESS:\tBYTES\tINSTRUCTION", without symbols.
input == "@code" || input == "@stored" {
	split($0, column, "\t")
	addr = column[1]
	gsub(/[ :]/, "", addr)
	addr = address(addr)
	bytes = column[2]
	gsub(/ /, "", bytes)
	n = split(column[3], part, " ")
	for (i = 1; i < n && part[i] in is_prefix; i++)
		;
	m = part[i]
	sub(/,p[nt]$/, "", m)
	rest = ""
	while (++i <= n)
		rest = rest part[i]

	raw[addr] = bytes
	text[addr] = column[3]
	mnemonic[addr] = m
	operands[addr] = rest
	gsub(/[ \t]+/, " ", text[addr])
}

input == "@code" {
	code[++instructions] = addr
	number[addr] = n = hex(addr)
	if (n != expected)
		skip_data()
	if (n != expected)
		finding(addr, "the instruction before goes on into this one")
	expected = n + length(bytes) / 2
	refer_from_code(addr)
}

input == "@data" {
	for (i = 1; i <= NF; i++) {
		word[hex8(at)] = $i
		if (in_text(hex($i)))
			refer($i, "word of data", hex8(at))
		at += 4
	}
}

# Where the listing has come to, data may stand.
function skip_data(    a)
{
	a = hex8(expected)
	if (a in data) {
		used[data_key[a]] = size[a] ? size[a] : data[a]
		expected += data[a]
	}
}

function end_of_listing()
{
	if (input != "@code")
		return
	skip_data()
	if (expected != high[segments])
		finding(addr, "the listing does not end where the text does")
}

# `to` stands in a branch, an operand or a word of data at `from`.
function refer(to, how, from)
{
	references[how]++
	if (!(to in referred) || how == "branch") {
		referred[to] = how
		referred_from[to] = from
	}
}

function refer_from_code(addr,    rest, to)
{
	rest = operands[addr]
	if (mnemonic[addr] ~ /^(j|call|loop)/ && rest ~ /^0x[0-9a-f]+$/) {
		refer(address(rest), "branch", addr)
		return
	}
	if (mnemonic[addr] == "lea")
		rest = "$" rest
	while (match(rest, /\$0x[0-9a-f]+/)) {
		to = substr(rest, RSTART + 1, RLENGTH - 1)
		if (in_text(hex(to)))
			refer(address(to), "operand", addr)
		rest = substr(rest, RSTART + RLENGTH)
	}
}

# ---- the checks -----------------------------------------------------------

# What a hypervisor writes at load time: not in the file, and not our code.
function is_hypervisors(a)
{
	return hex(a) >= value["__bss_text_start"] &&
		hex(a) < value["__bss_text_end"]
}

# All that names a place in the text must name the start of an instruction.
function check_boundaries(    a)
{
	for (a in symbol)
		if (in_text(hex(a)) && !(a in number) && !(a in data))
			finding(a, "the symbol " symbol[a] \
				" is not where an instruction begins")
	for (a in object)
		if (in_text(hex(a)) && !(a in number) && !(a in data))
			finding(a, "the object " object[a] \
				" does not begin where an instruction does")
	for (a in referred)
		if (!(a in number) && !is_hypervisors(a) && (referred[a] == "branch" || !(a in data)))
			finding(referred_from[a], "leads to " a \
				", where no instruction begins: " referred[a])
}

# To which function and object does each instruction belong, if to any?
function check_places(    i, a, n, last, name, place, end, cover, pad, unreached)
{
	for (i = 1; i <= instructions; i++) {
		a = code[i]
		n = number[a]
		pad = is_padding(mnemonic[a], operands[a])
		if (a in object) {
			place = a
			end = object_end[a]
		}
		if (n >= end)
			place = ""
		if (a in symbol) {
			name = symbol[a]
			functions += type[a] == "FUNC"
			if (size[a])
				cover = n + size[a]
			else if (n >= cover)
				cover = end
		}
		where[a] = name
		home[a] = place

		if (a in symbol || a in referred)
			unreached = 0
		else if (n >= cover && last < cover)
			unreached = 1
		# Compilers leave a jump after a jump, and UD2 after a call
		# that does not return: neither is data, nor does it any harm.
		if (unreached && !pad && mnemonic[a] !~ /^(jmp|ud2)$/) {
			finding(a, "nothing leads here and it is not padding: data?")
			unreached = 0
		}
		if (mnemonic[a] ~ /^(jmp|ret|iret|ljmp|lret)/)
			unreached = 1
		last = n
	}
}

function little_endian(h)
{
	return substr(h, 7, 2) substr(h, 5, 2) substr(h, 3, 2) substr(h, 1, 2)
}

# Section .pv_sites holds struct pv_site (include/pv/site.h): what is compiled
# is a call or jump through the table, or a call of a thunk, and the native
# bytes are whole instructions.
function check_sites(    at, a, native, fields, op, len, class)
{
	for (at = value["__pv_sites"]; at < value["__pv_sites_end"]; at += 12) {
		a = word[hex8(at)]
		native = hex(word[hex8(at + 4)])
		fields = word[hex8(at + 8)]
		class = hex(substr(fields, 1, 2))
		len = hex(substr(fields, 5, 2))
		op = hex(substr(fields, 7, 2))
		if (!is_compiled(a, len, class, op))
			finding(a, "the site of " operation[op] \
				" has the bytes " raw[a])
		if (a in site)
			finding(a, "this site is recorded twice")
		site[a] = 1
		sites++
		check_stored("site " a " " operation[op], native,
			     native + hex(substr(fields, 3, 2)))
	}
}

# Padding, then the instruction that the class of the site asks for.
function is_compiled(a, len, class, op,    bytes, to)
{
	bytes = raw[a]
	if (length(bytes) != 2 * len)
		return 0
	while (bytes ~ /^3e/)
		bytes = substr(bytes, 3)
	if (class == 2) {
		to = hex(substr(operands[a], 3))
		return bytes ~ /^e8/ && to >= value["__pv_thunks"] &&
			to < value["__pv_thunks_end"]
	}
	if (class != 3)
		return bytes == "ff15" little_endian(hex8(value["pv_ops"] + 4 * op))
	# DS is the kernel's in a thunk, but not where the kernel is left.
	if (number[a] < value["__pv_thunks"] || number[a] >= value["__pv_thunks_end"])
		if (!sub(/^36/, "", bytes))
			return 0
	return bytes == "ff25" \
		little_endian(hex8(value["pv_ops"] + 4 * op))
}

# What calls through the table without a record is never patched. Only the
# patcher does, since it cannot run what it rewrites.
function check_table_calls(    i, a, slot)
{
	for (i = 1; i <= instructions; i++) {
		a = code[i]
		slot = operands[a]
		if (a in site || !sub(/^\*(%[c-gs]s:)?0x/, "", slot) ||
		    slot !~ /^[0-9a-f]+$/)
			continue
		slot = hex(slot)
		if (slot < value["pv_ops"] || slot >= table_end)
			continue
		if (number[a] >= value["__pv_core_start"] &&
		    number[a] < value["__pv_core_end"])
			core_calls++
		else
			finding(a, "calls through the table, but is no recorded site")
	}
}

# Instructions that are stored as data, to run in a site.
function check_stored(name, from, to,    a, line)
{
	stored++
	for (a = from; a < to && hex8(a) in raw; a += length(raw[hex8(a)]) / 2) {
		stored_instructions++
		if (sensitive(mnemonic[hex8(a)], operands[hex8(a)]) != "")
			stored_sensitive++
		line = line "; " text[hex8(a)]
	}
	if (a != to || in_text(a))
		finding(hex8(a), name ": stored bytes are not instructions")
	if (verbose)
		printf "%s stored for %s: %s\n", hex8(from), name, substr(line, 3)
}

# What a backend has for sites: PV_INSTRUCTIONS (include/pv/backend.h).
function check_backends(    name)
{
	for (name in value)
		if (name ~ /^pv_bytes_/ && (name "_end") in value)
			check_stored(name, value[name], value[name "_end"])
}

# Which of the three allowed places is this in? "": none.
function allowed_by(a, key)
{
	if (backends != "" && object[home[a]] ~ backends)
		return "backend primitive"
	if (number[a] >= value["__early_start"] &&
	    number[a] < value["__early_end"] ||
	    is_boot[home[a]] && object[home[a]] == "arch/i386/refuse.o")
		return "early boot"
	if (key in listed)
		return "exception"
	return ""
}

function check_instructions(    i, a, kind, key, place, list)
{
	for (i = 1; i <= instructions; i++)
		if (sensitive(mnemonic[code[i]], operands[code[i]]) != "")
			list = list " 0x" code[i]
	find_sources(list)
	for (i = 1; i <= instructions; i++) {
		a = code[i]
		kind = sensitive(mnemonic[a], operands[a])
		if (kind == "")
			continue
		key = object[home[a]] " " kind
		place = allowed_by(a, key)
		allowed[place]++
		if (place == "exception")
			count_use(key, source[a], where[a])
		if (place == "")
			finding(a, kind in is_sensitive || kind ~ / / ? \
				"sensitive: " kind : "not known to be harmless: " kind)
		else if (verbose)
			print describe(a) ": " place
	}
}

# A line of the source that the compiler put into several functions counts once.
function count_use(key, line, name)
{
	if (++copies[key, line, name] > uses[key, line]) {
		uses[key, line]++
		used[key]++
	}
}

# Files and lines of a list of addresses.
function find_sources(list,    command, line, a)
{
	if (list == "")
		return
	command = "addr2line -a -e '" elf "'" list
	while ((command | getline line) > 0) {
		if (line ~ /^0x[0-9a-f]+$/) {
			a = address(line)
			continue
		}
		sub(/ \(discriminator.*/, "", line)
		if (index(line, pwd) == 1)
			line = substr(line, length(pwd) + 1)
		source[a] = line
	}
	close(command)
}

function describe(a)
{
	return a " " where[a] " `" text[a] "` " source[a]
}

function check_exceptions(    key)
{
	for (key in listed)
		if (used[key] + 0 != listed[key])
			finding("", "exception " key ": " listed[key] " listed, " \
				used[key] + 0 " found")
}

function print_findings(    i, list)
{
	for (i = 1; i <= findings; i++)
		if (finding_at[i] != "")
			list = list " 0x" finding_at[i]
	find_sources(list)
	for (i = 1; i <= findings; i++)
		print "FINDING " (finding_at[i] == "" ? "" : \
			describe(finding_at[i]) ": ") finding_why[i] | \
			"LC_ALL=C sort"
	close("LC_ALL=C sort")
}

END {
	if (input != "@end" || !instructions || !("__text_start" in value)) {
		print "audit: " elf ": no symbols, no code, or not all of it"
		exit 2
	}
	check_boundaries()
	check_sites()
	check_places()
	check_table_calls()
	check_backends()
	check_instructions()
	check_exceptions()

	print_findings()
	printf "audit: %s\n", elf
	printf "  text       %d instructions in %d functions, %d bytes of data\n",
		instructions, functions, data_bytes
	printf "  addresses  %d branches, %d operands, %d words of data\n",
		references["branch"], references["operand"],
		references["word of data"]
	printf "  sites      %d, and %d calls by the patcher itself\n",
		sites, core_calls
	printf "  stored     %d of %d instructions, %d sensitive\n",
		stored, stored_instructions, stored_sensitive
	printf "  sensitive  %d backend primitives, %d early boot, %d exceptions\n",
		allowed["backend primitive"], allowed["early boot"],
		allowed["exception"]
	printf "audit: %s: %d findings\n", findings ? "FAILED" : "nothing escapes",
		findings
	exit findings > 0
}
