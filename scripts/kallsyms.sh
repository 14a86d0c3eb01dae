#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel's own symbol table, for backtraces and /proc/pv.
#
#   kallsyms.sh               an empty table, for the first link
#   kallsyms.sh PASS1         the table of the text symbols in PASS1
#   kallsyms.sh PASS1 FINAL   check that the second link moved no text symbol,
#                             and write the sum of its text into FINAL
#
# The sum is what `cksum` says of the bytes from __text_start to
# __init_text_start, all of the text that stays. Only the last link knows it:
# the table moves the data, whose addresses stand in the text. It goes into a
# word of .rodata, so that no byte of the text depends on it; pv/verify.c.
set -eu

# "address type name" of every text symbol, by address; at one address a
# global symbol comes first. The weak ones are thunks of call sites.
text_symbols()
{
	${NM:-nm} "$1" | awk '$2 ~ /^[tTW]$/ && $3 !~ /^(\.L|\$)/' |
		LC_ALL=C sort -k1,1 -k2,2 -k3,3
}

# ELF SYMBOL: its address.
address_of()
{
	${NM:-nm} "$1" | awk -v name="$2" '$3 == name { print "0x" $1 }'
}

# ELF SECTION ADDRESS: where in the file it is.
offset_of()
{
	${READELF:-readelf} -SW "$1" | sed 's/^ *\[ *[0-9]*\]//' |
		awk -v name="$2" '$1 == name { print "0x" $3, "0x" $4 }' | {
			read -r start offset
			echo $(($3 - start + offset))
		}
}

write_sum()
{
	start=$(address_of "$1" __text_start)
	end=$(address_of "$1" __init_text_start)
	sum=$(tail -c +$(($(offset_of "$1" .text "$start") + 1)) "$1" |
		head -c $((end - start)) | cksum | cut -d ' ' -f 1)
	word=$(offset_of "$1" .rodata "$(address_of "$1" kallsyms_text_sum)")
	for shift in 0 8 16 24; do
		# shellcheck disable=SC2059 # the text is an escape
		printf "\\$(printf %03o $((sum >> shift & 255)))"
	done | dd of="$1" bs=1 seek=$word conv=notrunc 2>/dev/null
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
	write_sum "$2"
	exit 0
fi

{ [ $# -eq 0 ] || text_symbols "$1"; } | awk '
	$1 != last { n++; addr[n] = $1; name[n] = $3; last = $1 }
	END {
		print "\t.section .kallsyms, \"a\""
		print "\t.globl kallsyms_count, kallsyms_steps, kallsyms_names"
		print "\t.globl kallsyms_text_sum"
		print "\t.balign 4"
		print "kallsyms_text_sum:\n\t.long 0"
		print "kallsyms_count:\n\t.long " n + 0
		print "kallsyms_steps:"
		for (i = 1; i <= n; i++)
			print "\t.short 0x" addr[i] " - 0x" addr[i - (i > 1)]
		print "kallsyms_names:"
		for (i = 1; i <= n; i++)
			print "\t.asciz \"" name[i] "\""
		print "\t.section .note.GNU-stack, \"\", @progbits"
	}'
