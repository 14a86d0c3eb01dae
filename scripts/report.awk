# SPDX-License-Identifier: GPL-2.0-or-later
#
# The body of build/report.html, with scripts/report-draw.awk: it places what
# scripts/report.sh collected, of which `part` says what it is:
#
#	csv		bench.csv
#	symbols		nm -n
#	sections	readelf -SW
#	bytes		objdump -s of the sections with records and native bytes
#	console		of env, which showed /proc/pv/ops, sites and trace, by time
#
# -v disassemble=COMMAND takes assembly and gives objdump's listing, -v dir=DIR is
# for files on the way. -v no_xen=TEXT, -v no_boot=TEXT: why Xen is not among the
# costs, or among what booted, if so.

function esc(s)
{
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	gsub(/"/, "\\&quot;", s)
	return s
}

function hex(s,   n, i)
{
	for (i = 1; i <= length(s); i++)
		n = n * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
	return n
}

# An address of the image, as a distance from where the kernel's half begins:
# some awks have no keys and no %d above 2^31.
function va(s)
{
	return hex(s) - 3221225472
}

function digits(addr)
{
	return sprintf("%08x", addr + 3221225472)
}

# Little-endian, of 4 bytes in hex digits.
function word(s)
{
	return hex(substr(s, 7, 2) substr(s, 5, 2) substr(s, 3, 2) substr(s, 1, 2))
}

# name+0xoffset for an address in the image, else its digits.
function named(addr,   i)
{
	for (i = symbols; i > 1 && symbol_at[i] > addr; i--)
		;
	if (i == symbols || symbol_at[i] > addr)
		return digits(addr)
	addr -= symbol_at[i]
	return symbol[i] (addr ? sprintf("+0x%x", addr) : "")
}

function bad(text)
{
	print "report: " text "; run make report again" >"/dev/stderr"
	failed = 1
	exit 1
}

# What several environments have alike is shown once: shared[1..shares], of `who`.
function forget()
{
	shares = 0
	split("", who)
}

function share(what, e)
{
	if (!(what in who))
		shared[++shares] = what
	else
		e = who[what] ", " e
	who[what] = e
}

# ---- reading ----------------------------------------------------------------

BEGIN { ops = chunks = 0 }
{ sub(/\r+$/, "") }
part == "csv" && FNR > 1 {
	split($0, f, ",")
	if (!(f[1] in rank)) {
		rank[f[1]]
		row[++rows] = f[1]
	}
	if (!((f[2], f[4]) in rank)) {
		rank[f[2], f[4]]
		metric[f[4], ++metrics[f[4]]] = f[2]
	}
	value[f[1], f[2], f[4]] = f[3]
}
# Of two names of an address the last one stays: the first may be the end of
# what is before it.
part == "symbols" && $2 !~ /[aA]/ {
	at[$3] = va($1)
	if (!symbols || symbol_at[symbols] != at[$3])
		symbol_at[++symbols] = at[$3]
	symbol[symbols] = $3
}
part == "sections" && sub(/^ *\[ *[0-9]+\] /, "") && $3 ~ /^c/ && $7 ~ /A/ {
	section[++sections] = $1
	at[$1] = va($3)
	size[$1] = hex($5)
}
part == "bytes" && /^ [0-9a-f]+ / {
	hexes = substr($0, 11, 35)
	gsub(/ /, "", hexes)
	for (i = 1; i < length(hexes); i += 2)
		byte[va($1) + (i - 1) / 2] = substr(hexes, i, 2)
}
part == "console" && FNR == 1 {
	order[++envs] = env
	table = ""
}
part != "console" { next }
/^(group +operation|address +operation|# trace) / { table = $1; lost[env] = $6; next }
table == "group" && NF == 5 && !($2 in group) {
	op[ops++] = $2
	group[$2] = $1
	count[$2] = $4
}
# The site that is shown of an operation is the first outside of the thunks.
table == "address" && NF == 6 && $2 in group {
	addr = va($1)
	if (envs == 1) {
		site[++sites] = addr
		compiled[addr] = $4
		where[addr] = $6
		if (!($2 in chosen) && (addr < at["__pv_thunks"] || \
		    addr >= at["__pv_thunks_end"]))
			chosen[$2] = addr
	} else if (compiled[addr] != $4) {
		bad("the console of " env " is of another kernel, see site " $1)
	}
	form[addr, env] = $3
	present[addr, env] = $5
	in_console[env]++
}

# ---- costs ------------------------------------------------------------------

# A bar for each environment, its figure, and behind instructions hypercalls.
function card(m, u,   i, e, k, most)
{
	most = 0
	for (i = 1; i <= rows; i++)
		if ((row[i], m, u) in value && value[row[i], m, u] > most)
			most = value[row[i], m, u]
	printf "<figure><figcaption>%s</figcaption><table>\n", esc(m)
	for (i = 1; i <= rows; i++) {
		e = row[i]
		if (!((e, m, u) in value))
			continue
		printf "<tr class=\"%s\"><th>%s</th><td class=\"bar\"><i style=" \
			"\"width:%.1f%%\"></i></td>", e, e, \
			most ? value[e, m, u] * 100 / most : 0
		for (k = u; k != ""; k = k == "instructions" ? "hypercalls" : "")
			printf "<td%s</td>", (e, m, k) in value ? " title=\"" \
				esc(e "," m "," k) "\">" value[e, m, k] : ">"
		print "</tr>"
	}
	print "</table></figure>"
}

function cards(u, ops_too, title,   i)
{
	if (!metrics[u])
		return
	printf "<h3>%s</h3>\n<div class=\"cards\">\n", title
	for (i = 1; i <= metrics[u]; i++)
		if ((metric[u, i] ~ /^op_/) == ops_too)
			card(metric[u, i], u)
	print "</div>"
}

function begin(id, title, absent, text)
{
	printf "<section id=\"%s\"><h2>%s</h2>\n", id, title
	if (absent != "")
		printf "<p class=\"absent\">%s</p>\n", esc(absent)
	printf "<p>%s</p>\n", text
}

function costs()
{
	begin("costs", "What it costs", no_xen, "Bars of one group have one " \
		"scale. Behind instructions: hypercalls, on vmi-calls calls of " \
		"the ROM.")
	cards("instructions", 0, "System calls and faults: instructions, of " \
		"kernel and user")
	cards("instructions", 1, "One operation at its site: instructions")
	cards("cost", 0, "A fault that is handed on, and hypercalls: instructions")
	cards("longest", 0, "The longest until others run, with interrupts off, " \
		"in a pass of the patcher: instructions")
	cards("bytes", 0, "Size without hooks (off) and with them: bytes")
	print "</section>"
}

# ---- sites ------------------------------------------------------------------

# The site in the thunk that a call at `from` reaches: the first from there on.
function in_thunk(from,   to, i)
{
	to = (from + 5 + word(substr(compiled[from], 3))) % 4294967296
	for (i = 1; i <= sites && compiled[from] ~ /^e8/; i++)
		if (site[i] >= to && site[i] < to + 16)
			return site[i]
	return ""
}

# Bytes at an address, to be disassembled: 16 apart, none has more.
function assemble(addr, bytes,   s)
{
	if ((addr, bytes) in text)
		return
	text[addr, bytes] = ""
	chunk_at[chunks] = addr
	chunk[chunks++] = bytes
	s = bytes
	gsub(/../, "0x&,", s)
	print ".byte " substr(s, 1, length(s) - 1) "\n.balign 16" >(dir "/sites.s")
}

# Targets and addresses get names; a DS prefix, which objdump may call notrack,
# only fills.
function readable(s, n)
{
	sub(/^((ds|notrack) )+/, "", s)
	gsub(/[ \t]+/, " ", s)
	sub(/ *<.*>?$/, "", s)
	if (s ~ /(call|jmp) 0x/ && match(s, /0x[0-9a-f]+$/))
		return substr(s, 1, RSTART - 1) named((chunk_at[n] - 16 * n + \
			hex(substr(s, RSTART + 2))) % 4294967296)
	if (match(s, /0xc[0-9a-f]*/) && RLENGTH == 10)
		return substr(s, 1, RSTART - 1) named(va(substr(s, RSTART + 2, 8))) \
			substr(s, RSTART + 10)
	return s
}

function decode(   s, f, n)
{
	close(dir "/sites.s")
	while ((disassemble | getline s) > 0) {
		if (s !~ /^ +[0-9a-f]+:\t/)
			continue
		split(s, f, /[ :\t]+/)
		n = int(hex(f[2]) / 16)
		if (hex(f[2]) % 16 >= length(chunk[n]) / 2)
			continue
		sub(/^[^:]*:[ \t]+/, "", s)
		text[chunk_at[n], chunk[n]] = text[chunk_at[n], chunk[n]] \
			(hex(f[2]) % 16 ? "<br/>" : "") esc(readable(s, n))
	}
	if (close(disassemble) != 0)
		bad("as or objdump failed")
}

function line(who, how, addr, bytes)
{
	printf "<tr><th>%s</th><td>%s</td><td><code>%s</code></td><td><code>%s" \
		"</code></td></tr>\n", who, how, bytes, text[addr, bytes]
}

function place(addr,   i)
{
	if (addr == "")
		return
	printf "<tr><td colspan=\"4\">at %s, <b>%s</b></td></tr>\n", \
		digits(addr), esc(where[addr])
	line("as compiled", "", addr, compiled[addr])
	forget()
	for (i = 1; i <= envs; i++) {
		share(present[addr, order[i]], order[i])
		how[present[addr, order[i]]] = form[addr, order[i]]
	}
	for (i = 1; i <= shares; i++)
		line(who[shared[i]], how[shared[i]], addr, shared[i])
}

function all_sites(   i, j, none)
{
	for (i = 1; i <= sites; i++) {
		assemble(site[i], compiled[site[i]])
		for (j = 1; j <= envs; j++)
			assemble(site[i], present[site[i], order[j]])
	}
	decode()
	begin("sites", "What stands at a site", no_boot, "One site of each " \
		"operation, and the one in its thunk, as compiled and as present. " \
		"Environments with the same bytes share a line; DS prefixes only " \
		"fill.")
	print "<div class=\"sites\">"
	for (i = 0; i < ops; i++) {
		if (!(op[i] in chosen)) {
			none = none " " op[i]
			continue
		}
		printf "<figure><figcaption>%s <small>%s, %s sites</small>" \
			"</figcaption><table>\n", op[i], group[op[i]], count[op[i]]
		place(chosen[op[i]])
		place(in_thunk(chosen[op[i]]))
		print "</table></figure>"
	}
	printf "</div>\n%s</section>\n", none == "" ? "" : "<p>In self-tests and " \
		"in what is gone after boot alone:" none "</p>\n"
}

END {
	if (failed)
		exit 1
	for (i = 1; i <= envs; i++)
		if (in_console[order[i]] != sites || !sites)
			bad("the console of " order[i] " lacks lines, it has " \
				in_console[order[i]] " of " sites " sites")
	costs()
	all_sites()
	sequence("fault", "One page fault", "trap14", "page fault")
	sequence("fork", "One fork", "syscall 2", "int $0x80: fork")
	layout()
}
