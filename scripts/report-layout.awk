# SPDX-License-Identifier: GPL-2.0-or-later
#
# The section of the image: where text, records and tables lie. Reads `nm -n`,
# `readelf -SW`, the choice of scripts/report-pick.awk for the operations' names,
# and `objdump -s` of the records and of the native bytes.

BEGIN {
	w = 960		# of the strips
	ops = 0
	n = split("text_start:multiboot and boot|pv_core_start:the patcher, " \
		"which has no site|pv_thunks:thunks: what sites of class ANY " \
		"call|pv_thunks_end:the kernel|tests_text_start:self-tests|" \
		"init_text_start:code that is freed after boot", t, "|")
	for (i = 1; i <= n; i++) {
		split(t[i], p, ":")
		mark[i] = "__" p[1]
		what[i] = substr(t[i], length(p[1]) + 2)
	}
	marks = n
	about[".text"] = "code, with the sites"
	about[".bss.text"] = "code that a hypervisor writes at load time"
	about[".note"] = "for Xen's loader"
	about[".rodata"] = "native bytes, backends' instructions and tables, constants"
	about[".init.data"] = about[".init.bss"] = "freed after boot"
	about[".data.ro"] = "the table pv_ops and the records: read-only after boot"
	about[".bss.ro"] = "read-only after boot"
	about[".gdt"] = "segment descriptors"
}
FILENAME != file { file = FILENAME; files++ }
files == 1 {
	add_symbol($1, $2, $3)
	at[$3] = va($1)
}
files == 2 && sub(/^ *\[ *[0-9]+\] /, "") && $3 ~ /^c/ && $7 ~ /A/ {
	section[++sections] = $1
	start[sections] = va($3)
	size[sections] = hex($5)
	flags[sections] = $7
}
files == 3 && $1 == "ops" {
	op[ops] = $3
	group[ops++] = $2
}
files == 3 && $1 == "site" && !chosen && $3 != "" && $5 !~ /^e8/ { chosen = va($3) }
files == 4 && /^ [0-9a-f]+ / {
	hexes = substr($0, 11, 35)
	gsub(/ /, "", hexes)
	addr = va($1)
	for (i = 1; i < length(hexes); i += 2)
		byte[addr++] = substr(hexes, i, 2)
}

function bytes(addr, n,   s)
{
	while (n-- > 0)
		s = s byte[addr++]
	return s
}

function address(addr)
{
	return word(bytes(addr, 4)) - word("000000c0")
}

function segment(class, from, to, low, high, y, title)
{
	printf "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"26\">" \
		"<title>%s</title></rect>\n", class, \
		20 + (from - low) * w / (high - low), y, \
		(to - from) * w / (high - low), esc(title)
	if ((to - from) * w / (high - low) > 7 * length(title))
		printf "<text class=\"in\" x=\"%.1f\" y=\"%d\">%s</text>\n", \
			25 + (from - low) * w / (high - low), y + 17, esc(title)
}

function row(name, from, to, text)
{
	printf "<tr><th>%s</th><td>%s</td><td>%s</td><td>%d</td><td>%s</td></tr>\n", \
		esc(name), digits(from), digits(to), to - from, esc(text)
}

function class_of(i)
{
	return flags[i] ~ /X/ || section[i] == ".bss.text" ? "m-text" : \
		section[i] ~ /^\.init/ ? "m-init" : \
		section[i] ~ /\.ro$|^\.(note|rodata)$/ ? "m-ro" : "m-data"
}

function image(   i, low, high)
{
	low = at["__image_start"]
	high = at["__image_end"]
	print "<h3>The image in memory</h3>\n<svg viewBox=\"0 0 1000 40\" role=\"img\">"
	for (i = 1; i <= sections; i++)
		segment(class_of(i), start[i], start[i] + size[i], low, high, 5, \
			section[i] ", " size[i] " bytes")
	print "</svg>\n<p class=\"key\"><b class=\"m-text\"></b> code <b class=" \
		"\"m-ro\"></b> read-only, some of it only after boot <b class=" \
		"\"m-init\"></b> freed after boot <b class=\"m-data\"></b> data</p>"
	print "<table><tr><th>section</th><th>from</th><th>to</th><th>bytes</th><th>what</th></tr>"
	for (i = 1; i <= sections; i++)
		row(section[i], start[i], start[i] + size[i], about[section[i]])
	print "</table>"
}

# Records, in their order, with a thread to the site and one to the native bytes.
function threads(   i, r, records, low, high, x, path, g, names, n)
{
	low = at["__text_start"]
	high = at["__init_text_last"]
	records = (at["__pv_sites_end"] - at["__pv_sites"]) / 12
	print "<h3>Sites, records, native bytes</h3>"
	print "<svg viewBox=\"0 0 1000 280\" role=\"img\">"
	for (i = 1; i <= marks; i++)
		segment("m-part" i % 2, at[mark[i]], i < marks ? at[mark[i + 1]] : \
			high, low, high, 0, what[i])
	segment("m-ro", 0, 1, 0, 1, 125, ".pv_sites: " records " records of 12 bytes")
	segment("m-ro", 0, 1, 0, 1, 250, ".pv_native: " \
		at["__pv_native_end"] - at["__pv_native"] " bytes")
	for (i = 0; i < records; i++) {
		r = at["__pv_sites"] + 12 * i
		x = address(r)
		if (x == chosen)
			found = r
		g = group[hex(byte[r + 8])]
		if (!(g in path))
			names[++n] = g
		path[g] = path[g] sprintf("M%.1f 26L%.1f 125M%.1f 151L%.1f 250", \
			20 + (x - low) * w / (high - low), \
			20 + (i + 0.5) * w / records, \
			20 + (i + 0.5) * w / records, \
			20 + (address(r + 4) - at["__pv_native"]) * w / \
			(at["__pv_native_end"] - at["__pv_native"]))
	}
	for (i = 1; i <= n; i++)
		printf "<path class=\"g-%s\" d=\"%s\"/>\n", names[i], path[names[i]]
	printf "</svg>\n<p class=\"key\">"
	for (i = 1; i <= n; i++)
		printf "<b class=\"g-%s\"></b> %s ", names[i], names[i]
	print "</p>\n<table><tr><th>part</th><th>from</th><th>to</th><th>bytes</th><th>what</th></tr>"
	for (i = 1; i <= marks; i++)
		row(mark[i], at[mark[i]], i < marks ? at[mark[i + 1]] : high, what[i])
	row("__pv_native", at["__pv_native"], at["__pv_native_end"], "native bytes of each site")
	row("__pv_bytes", at["__pv_bytes"], at["__pv_bytes_end"], "backends' instructions")
	row("__pv_tables", at["__pv_tables"], at["__pv_tables_end"], "tables of the hook layer and of backends")
	row("pv_ops", at["pv_ops"], at["pv_ops"] + 4 * ops, "the table: a slot for each operation")
	row("__pv_sites", at["__pv_sites"], at["__pv_sites_end"], "the records")
	print "</table>"
}

function one(r,   nr, native)
{
	nr = hex(byte[r + 8])
	native = address(r + 4)
	printf "<h3>One record</h3>\n<table><tr><th>at</th><th>bytes</th><th>what</th></tr>"
	field(r, 4, "the site: " named(chosen))
	field(r + 4, 4, "its native bytes: " bytes(native, hex(byte[r + 10])) " at " digits(native))
	field(r + 8, 1, "the operation: " op[nr] ", slot " sprintf("pv_ops+0x%x", 4 * nr))
	field(r + 9, 1, "length of the site")
	field(r + 10, 1, "length of the native bytes")
	field(r + 11, 1, "class")
	print "</table>"
}

function field(addr, n, text)
{
	printf "<tr><td>%s</td><td><code>%s</code></td><td>%s</td></tr>\n", \
		digits(addr), bytes(addr, n), esc(text)
}

END {
	print "<section id=\"layout\"><h2>How it lies in the image</h2>"
	image()
	threads()
	if (found)
		one(found)
	print "</section>"
}
