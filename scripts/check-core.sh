#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check-core.sh [ELF]
#
# Two things must not run through a site that is being written, and a third
# not through a user's data segment. This disassembles the linked kernel, and
# follows calls and jumps; where they go through the table pv_ops, to that
# operation's function in every backend (an object *_ops of the table's size).
# The calls of a VMI ROM end there: what that shows is for audit-rom.sh.
#
# The patcher: no code that it can reach has a recorded site, from pv_set_level,
# pv_set_impl, pv_apply, pv_verify and all of __pv_core_start..__pv_core_end. A
# call through any other pointer is allowed in the core, pv_apply's `write`,
# which is a function of it, and where scripts/check-core.except says so.
#
# NMIs, which nothing holds off: no code from the gate of vector 2 to its iret
# has a site that is longer than what one store replaces. It calls through no
# pointer.
#
# Data segments: no instruction that can run while DS or ES is the user's uses
# one of them. That begins at each entry and after each POP of them, ends where
# they are loaded or at the return, and goes on in the fixup of an instruction.
#
# Exit status: 0 if that holds, 1 if not, 2 if the image could not be read.
set -eu

elf=${1:-build/pv86.elf}
: "${NM:=nm}" "${OBJDUMP:=objdump}"

except=${0%.sh}.except
[ -f "$elf" ] || { echo "check-core: $elf: no such file" >&2; exit 2; }

{
	echo '@except' && cat "$except"
	echo '@symbols' && "$NM" -S "$elf"
	echo '@data' && "$OBJDUMP" -s -j .data.ro -j .rodata "$elf"
	echo '@text' && "$OBJDUMP" -d --no-show-raw-insn "$elf"
} | awk '
# Addresses count from KERNEL_BASE: beyond 2^31 not every awk is exact.
BEGIN {
	base = 3 * 2 ^ 30
	record = 12	# bytes of struct pv_site
	len_at = 9	# where in it that of the site is
	atomic = 8	# bytes that one CMPXCHG8B replaces
	nmi_vector = 2
	vmi_iret = 33	# include/abi/vmi.def
	entries = "syscall_entry xen_upcall xen_failsafe xen_nmi xen_no_fpu " \
		"xen_page_fault"
	DS = 1
	ES = 2
}

function number(hex,    i, n)
{
	for (i = 1; i <= length(hex); i++)
		n = n * 16 + index("123456789abcdef", substr(hex, i, 1))
	return n + 0
}

function address(hex) { return number(hex) - base }

function word(at,    i, n)
{
	for (i = 3; i >= 0; i--)
		n = n * 256 + memory[at + i]
	return n - base
}

function give_up(why)
{
	print "check-core: " why
	gave_up = 1
	exit 2
}

function need(name)
{
	if (!(name in symbol))
		give_up("the image has no symbol " name)
	return symbol[name]
}

# Functions are known by their first address: names of static ones repeat.
# objdump begins a new one at each symbol.
function function_at(addr,    lo, hi, mid)
{
	lo = 1
	hi = functions
	while (lo < hi) {
		mid = int((lo + hi + 1) / 2)
		if (start[mid] <= addr)
			lo = mid
		else
			hi = mid - 1
	}
	return start[lo]
}

function reach(addr, from,    f)
{
	f = function_at(addr)
	if (f in reached || name[f] in not_followed)
		return
	reached[f] = from
	queue[++queued] = f
}

/^@/ { part = $1; next }

part == "@except" && $1 == "pointer" { may_call[$2] }
part == "@except" && $1 == "end" { not_followed[$2] }
part == "@except" && $1 == "root" { roots[$2] }

part == "@symbols" {
	symbol[$NF] = address($1)
	if (NF == 4 && $NF ~ /_ops$/)
		size[$NF] = number($2)
}

part == "@data" && /^ [0-9a-f]/ {
	at = address($1)
	digits = substr($0, index($0, $1) + length($1) + 1, 35)
	gsub(/ /, "", digits)
	for (i = 1; i < length(digits); i += 2)
		memory[at++] = number(substr(digits, i, 2))
}

part == "@text" && /^[0-9a-f]+ <.*>:$/ {
	# Only assembly goes on into the next function.
	if (last != "" && last !~ /^(jmp|ret|iret|ud2|hlt|call)/)
		goes[f] = goes[f] " " address($1)
	f = start[++functions] = address($1)
	name[f] = $2
	gsub(/[<>:]/, "", name[f])
	last = ""
}

part == "@text" && /^[0-9a-f]+:\t/ {
	insn = $0
	sub(/^[^\t]*\t/, "", insn)
	behind[here] = address(substr($1, 1, length($1) - 1))
	here = behind[here]
	code[here] = insn
	sub(/^([a-z]s |data16 |notrack |rep )+/, "", insn)
	if (insn !~ /^(nop|xchg +%ax,%ax|lea +0x0\(%e)/)
		last = insn
	# A slot of the table may be called, or loaded to be called later.
	if (match(insn, /[ *:,]0x[0-9a-f]+/))
		loads[f] = loads[f] " " \
			address(substr(insn, RSTART + 3, RLENGTH - 3))
	if (insn ~ /^call.*\*[^0]/)
		pointer[f]++
	else if (insn ~ /^(call|j)[^*]*$/ && split(insn, w))
		goes[f] = goes[f] " " address(w[2])
}

function follow(f,    i, n, list, table, slot)
{
	n = split(goes[f], list, " ")
	for (i = 1; i <= n; i++)
		reach(list[i], name[f])
	n = split(loads[f], list, " ")
	for (i = 1; i <= n; i++) {
		slot = list[i] - symbol["pv_ops"]
		if (slot >= 0 && slot < size["pv_ops"])
			for (table in backend)
				if (word(backend[table] + slot) > 0)
					reach(word(backend[table] + slot), name[f])
	}
	if (pointer[f] && !in_core(f) && !(name[f] in may_call)) {
		print "check-core: " name[f] ", from " reached[f] \
			", calls through a pointer"
		bad++
	}
}

function in_core(addr)
{
	return addr >= symbol["__pv_core_start"] &&
		addr < symbol["__pv_core_end"]
}

function find_backends(    t)
{
	for (t in size)
		if (size[t] == size["pv_ops"] && t != "pv_ops") {
			backend[t] = symbol[t]
			backends = backends " " t
		}
	if (backends == "")
		give_up("the image has no backend")
}

# Sites in reached code, if they are longer than that.
function check_sites(longest,    at, f, end)
{
	sites = 0
	end = need("__pv_sites_end")
	for (at = need("__pv_sites"); at < end; at += record) {
		sites++
		f = function_at(word(at))
		if (f in reached && memory[at + len_at] > longest) {
			printf "check-core: site %s+0x%x; from %s\n", \
				name[f], word(at) - f, reached[f]
			bad++
		} else if (f in reached) {
			within++
		}
	}
	if (!sites)
		give_up("the image has no sites")
}

function begin_walk(    f)
{
	for (f in reached)
		delete reached[f]
	queued = within = 0
}

# All that can be reached from what has been; returns their names.
function walk(    i, line)
{
	for (i = 1; i <= queued; i++) {
		line = line " " name[queue[i]]
		follow(queue[i])
	}
	return line
}

# ---- data segments ----------------------------------------------------------

# Bits of `user`: which of DS and ES is. Each instruction counts once for each.
function run_with(at, user)
{
	if (!user || (at, user) in run)
		return
	run[at, user] = 1
	run_at[++runs] = at
	run_user[runs] = user
}

# Its operand in memory, if that is neither on the stack nor named by SS or CS.
function by_data_segment(insn)
{
	sub(/ <.*/, "", insn)
	gsub(/%[cs]s:[^ ,(]*(\([^)]*\))?|[^ ,(]*\(%e[sb]p[^)]*\)|\$0x[0-9a-f]+/, "", insn)
	return insn !~ /^(lea|nop)/ && insn ~ /\(|[ ,*:]0x/
}

# Where it goes on, and with what.
function run_one(at, user,    insn, to, slot, table)
{
	insn = code[at]
	sub(/^((rep|repn?z|lock|data16|notrack|[c-gs]s) +)+/, "", insn)
	if (insn == "" || by_data_segment(insn) || insn ~ /^(call|l?ret)/) {
		printf "check-core: %s+0x%x, with a user segment: %s\n", \
			name[function_at(at)], at - function_at(at), insn
		bad++
		return
	}
	if (at in fixup)
		run_with(fixup[at], user)
	to = insn
	sub(/^[^ ]+ +(\*%[cs]s:0x)?/, "", to)
	sub(/ .*/, "", to)
	slot = insn ~ /^jmp +\*/ ? address(to) - symbol["pv_ops"] : -1
	for (table in backend)
		if (slot >= 0 && slot < size["pv_ops"] &&
		    word(backend[table] + slot) > 0)
			run_with(word(backend[table] + slot), user)
	if (insn ~ /^j[^*]*$/)
		run_with(address(to), user)
	if (insn ~ /^(jmp|iret|ud2|hlt)/ || insn ~ /^int +\$0x82$/)
		return
	user = loaded(loaded(user, insn, "%ds", DS), insn, "%es", ES)
	run_with(behind[at], user)
}

function loaded(user, insn, segment, bit,    is_user)
{
	if (substr(insn, length(insn) - 2) != segment || insn !~ /^(mov|pop)/)
		return user
	is_user = int(user / bit) % 2
	return user + bit * ((insn ~ /^pop/) - is_user)
}

function check_segments(    i, at, n, list)
{
	for (at = need("__extable"); at < need("__extable_end"); at += 8)
		fixup[word(at)] = word(at + 4)
	for (at = need("trap_stubs"); at < symbol["trap_stubs"] + 4 * 32; at += 4)
		run_with(word(at), DS + ES)
	for (at = need("irq_stubs"); at < symbol["irq_stubs"] + 4 * 18; at += 4)
		run_with(word(at), DS + ES)
	n = split(entries, list, " ")
	for (i = 1; i <= n; i++)
		run_with(need(list[i]), DS + ES)
	if ("vmi_counted" in symbol)
		run_with(word(symbol["vmi_counted"] + 4 * vmi_iret), DS + ES)
	for (at in code)
		if (code[at] ~ /^pop.*%[de]s$/)
			run_with(behind[at], code[at] ~ /ds$/ ? DS : ES)
	for (i = 1; i <= runs; i++)
		run_one(run_at[i], run_user[i])
}

END {
	if (gave_up)
		exit 2
	need("pv_ops")
	need("__pv_core_end")
	find_backends()

	begin_walk()
	for (f = need("__pv_core_start"); f < symbol["__pv_core_end"]; f++)
		if (f in name)
			reach(f, "the core")
	for (f in roots)
		if (f in symbol)
			reach(symbol[f], "a root")
	line = walk()
	check_sites(0)
	printf "check-core: %d sites; the patcher reaches %d functions " \
		"through%s:\ncheck-core:%s\n", sites, queued, backends, line

	begin_walk()
	reach(word(need("trap_stubs") + 4 * nmi_vector), "the gate")
	line = walk()
	check_sites(atomic)
	printf "check-core: an NMI reaches %d:%s; sites of at most %d " \
		"bytes: %d\n", queued, line, atomic, within
	check_segments()
	printf "check-core: a user segment may be loaded at %d instructions\n", \
		runs
	print "check-core: " (bad ? bad " wrong" : \
		"the patcher reaches no site, an NMI none that is longer, " \
		"and a user segment is not used")
	exit bad > 0
}'
