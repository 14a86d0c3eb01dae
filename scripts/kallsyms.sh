#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel's own symbol table, for backtraces and /proc/pv.
#
#   kallsyms.sh               an empty table, for the first link
#   kallsyms.sh PASS1         the table of the text symbols in PASS1
#   kallsyms.sh PASS1 FINAL   check that the second link moved no text symbol
set -eu

# "address type name" of every text symbol, by address; at one address a
# global symbol comes first. The weak ones are thunks of sites.
text_symbols()
{
	${NM:-nm} "$1" | awk '$2 ~ /^[tTW]$/ && $3 !~ /^(\.L|\$)/' |
		LC_ALL=C sort -k1,1 -k2,2 -k3,3
}

if [ $# -eq 2 ]; then
	text_symbols "$1" >"$2.syms1"
	text_symbols "$2" >"$2.syms2"
	if ! cmp -s "$2.syms1" "$2.syms2"; then
		echo "$2: the symbol table moved the text it describes" >&2
		rm -f "$2"
		exit 1
	fi
	rm -f "$2.syms1" "$2.syms2"
	exit 0
fi

{ [ $# -eq 0 ] || text_symbols "$1"; } | awk '
	$1 != last { n++; addr[n] = $1; name[n] = $3; last = $1 }
	END {
		print "\t.section .kallsyms, \"a\""
		print "\t.globl kallsyms_count, kallsyms_steps, kallsyms_names"
		print "\t.balign 4"
		print "kallsyms_count:\n\t.long " n + 0
		print "kallsyms_steps:"
		for (i = 1; i <= n; i++)
			print "\t.short 0x" addr[i] " - 0x" addr[i - (i > 1)]
		print "kallsyms_names:"
		for (i = 1; i <= n; i++)
			print "\t.asciz \"" name[i] "\""
		print "\t.section .note.GNU-stack, \"\", @progbits"
	}'
