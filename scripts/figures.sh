#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The figures in the READMEs are what the scripts print of this very tree. The
# block of text after a line `<!-- figures: NAME -->` is made by figures_NAME
# below.
#
#   figures.sh            writes these blocks
#   figures.sh check      says where they differ, and then fails
#   figures.sh compiler   fails if README.md has the figures of another one
#   figures.sh site       prints the block of that name: it needs no bench
#
# B and KERNEL: the build, for which `make bench` must have been run. Figures
# depend on the compiler: README.md has those of one, at -O2, which is named
# beside them; with another one nothing is done. Without Xen its block stays.
# A check lets figures of Xen differ by 0.5 %: its alarms fall into other rounds
# with each byte of what it loads.
set -eu

: "${B:=build}" "${KERNEL:=$B/pv86.elf}" "${CC:=gcc}" "${README:=README.md}"
dir=$B/figures
table=$B/bench.txt

this_compiler()
{
	$CC --version | head -n 1 | sed 's/.*) //; s/^/gcc /'
}

# TITLE: one of the tables of `make bench`, without single operations.
bench_table()
{
	awk -v title="$1" 'BEGIN { RS = "" } index($0, title) == 1' "$table" |
		grep -Ev '^op_' || :
}

figures_instructions()
{
	bench_table instructions
}

# Of vmi-calls: the ratio to inline, and calls of the ROM.
figures_vmi()
{
	bench_table 'by a VMI ROM' | awk '
		NR > 1 && NF { printf "%-22s %s %8s\n", $1, $7, $NF }'
}

figures_hypervisor()
{
	bench_table 'by a hypervisor'
}

figures_shadow()
{
	bench_table 'by shadow paging'
}

figures_xen()
{
	bench_table 'on Xen'
}

# The bars: how long a wait really is depends on when an alarm comes.
figures_longest()
{
	bench_table longest |
		awk '$4 == "<=" { printf "%-12s <= %8d\n", $1, $5 }'
}

lines()
{
	cat "$@" | awk -f scripts/lines.awk
}

# Numbers in hexadecimal: their sum.
sum()
{
	while read -r n; do
		echo $((n))
	done | awk '{ sum += $1 } END { print sum }'
}

# What loaders read of the file.
image_bytes()
{
	readelf -lW "$KERNEL" | awk '$1 == "LOAD" { print $5 }' | sum
}

# What of that is the self-tests, by the link map: whatever has an address.
test_bytes()
{
	sed '1,/^Linker script and memory map/d' "$KERNEL.map" |
		awk '/\/tests\/kernel\/[^ ]*\.o$/ && !/ \.bss/ &&
			$(NF - 2) ~ /^0xc/ { print $(NF - 1) }' | sum
}

# The system calls, by number.
figures_calls()
{
	sed -n 's/^[SO][A-Z]*([0-9]*, *\([a-z0-9_]*\).*/\1/p' \
		include/kernel/syscalls.def | awk '
		length(line) + length($0) > 100 { print line; line = "" }
		{ line = line $0 "," }
		END { sub(/,$/, "", line); print line }'
}

figures_size()
{
	echo "image            $(image_bytes) bytes"
	echo "  self-tests     $(test_bytes) bytes"
	echo "kernel/ arch/    $(lines kernel/*.c arch/i386/*.[cS]) lines of code"
	echo "pv/              $(lines pv/*.c) lines"
	for room in pv/native/ pv/vmi/ pv/xen/ pv/monitor/rom/; do
		printf '  %-16s %s lines\n' $room "$(lines $room*.[chS])"
	done
	printf '  %-16s %s lines, with arch/x86_64/\n' pv/monitor/ "$(lines \
		pv/monitor/*.[ch] pv/monitor/xen/*.[chS] arch/x86_64/*)"
	printf '  %-16s %s lines\n' pv/monitor/vmi/ "$(lines \
		pv/monitor/vmi/*.[chS])"
}

# NAME: where that symbol is.
address_of()
{
	nm "$KERNEL" | awk -v name="$1" '$3 == name { print "0x" $1 }'
}

# START STOP: the bytes there, as hex digits.
hex_of()
{
	objdump -s --start-address="$1" --stop-address="$2" "$KERNEL" |
		sed -n 's/^ [0-9a-f]\{8\} \(.\{35\}\).*/\1/p' | tr -d ' \n'
}

# Words are little-endian: turns the first one of each line round.
turned()
{
	sed 's/^\(..\)\(..\)\(..\)\(..\)/\4\3\2\1/'
}

# START STOP: the instructions there; addresses are dots.
instructions_of()
{
	objdump -D --start-address="$1" --stop-address="$2" "$KERNEL" |
		awk -F '\t' 'NF > 2 {
			bytes = $2
			gsub(/ /, "", bytes)
			sub(/^e8.*/, "e8........", bytes)
			sub(/^ff15.*/, "ff15........", bytes)
			sub(/\*0x[0-9a-f]*/, "*slot", $3)
			sub(/call +[0-9a-f]+ </, "call  <", $3)
			gsub(/ +/, " ", $3)
			gsub(/[<>]| +$/, "", $3)
			printf "  %-13s %s\n", bytes, $3
		}'
}

# The first site of set_pte in mm_fault, and all that belongs to it.
figures_site()
{
	mkdir -p "$dir"
	set -- $(objdump -d --disassemble=mm_fault "$KERNEL" | awk '
		/<pv_thunk_set_pte_/ {
			gsub(/[:<>]/, "")
			print "0x" $1, $NF
			exit
		}')
	site=$1 thunk=$(address_of "$2")
	# struct pv_site: address, native bytes, four fields of a byte
	set -- $(hex_of "$(address_of __pv_sites)" "$(address_of __pv_sites_end)" |
		fold -w 24 | turned |
		sed -n "s/^$(printf '%08x' "$site")//p" | turned |
		sed 's/\(.*\)\(..\)\(..\)\(..\)\(..\)$/0x\1 \2 \3 \4 \5/')
	{
		echo ".text, in mm_fault"
		instructions_of "$site" $((site + 5)) | sed 's/$/  <----/'
		printf '       |\n       v\n.pv_thunks\n'
		instructions_of "$thunk" $((thunk + 11))
	} >"$dir/left"
	{
		echo ".pv_sites"
		echo "  ........      its address"
		echo "  ........      its native bytes ---."
		echo "  $2            set_pte             |"
		echo "  $3            length              |"
		echo "  $4            native length       |"
		echo "  $5            class ANY           |"
		echo ".pv_native                          v"
		instructions_of "$1" $(($1 + 0x$4))
	} >"$dir/right"
	awk 'FNR == NR { left[NR] = $0; next }
		{ printf "%-49s%s\n", left[FNR], $0 }' "$dir/left" "$dir/right"
}

# ---- the blocks -------------------------------------------------------------

# FILE with each block made new; an empty one stays as it is.
renewed()
{
	awk -v dir="$dir" '
		skipping && /^```$/ { skipping = 0 }
		skipping { next }
		{ print }
		/^```$/ && name != "" {
			file = dir "/" name
			while ((getline line <file) > 0) {
				print line
				skipping = 1
			}
			name = ""
		}
		/^<!-- figures: / { name = $3 }' "$1"
}

# README NAME: has its block of that name nearly the numbers of the new one?
near()
{
	awk -v start="<!-- figures: $2 -->" '
		function near(a, b)
		{
			return a == b || a ~ /^[0-9.]+$/ && b ~ /^[0-9.]+$/ &&
				(a - b) ^ 2 <= (a / 200 + 0.02) ^ 2
		}
		FNR == NR { new[NR] = $0; lines = NR; next }
		$0 == start { inside = 1; next }
		inside && /^```$/ && ++inside == 3 { exit }
		inside == 2 && !/^```$/ {
			far += split(new[++line], field) != NF
			for (i = 1; i <= NF; i++)
				far += !near($i, field[i])
		}
		END { exit far || line != lines }' "$dir/$2" "$1"
}

# Is this the build that README has figures of?
compiler=$(sed -n 's/^Figures are of \(.*\), -O2.*/\1/p' "$README")
if [ "$(this_compiler)" != "$compiler" ] || [ "$B" != build ]; then
	echo "figures: $README has those of $compiler at -O2, not of this build"
	[ "${1:-}" != compiler ] || exit 1
	exit 0
fi
[ "${1:-}" != compiler ] || exit 0
if [ "${1:-}" = site ]; then
	figures_site
	exit
fi
if [ -z "$(find "$table" -newer "$KERNEL" 2>/dev/null)" ]; then
	echo "figures: run make bench first" >&2
	exit 1
fi
rm -rf "$dir"
mkdir -p "$dir"
for readme in "$README" pv/README.md; do
	for name in $(sed -n 's/^<!-- figures: \(.*\) -->$/\1/p' "$readme"); do
		"figures_$name" >"$dir/$name"
		case ${1:-}$name in checkxen | checkhypervisor)
			! near "$readme" "$name" || : >"$dir/$name" ;;
		esac
	done
	renewed "$readme" >"$dir/new"
	if [ "${1:-}" != check ]; then
		cp "$dir/new" "$readme"
	elif ! diff "$readme" "$dir/new" >&2; then
		echo "figures: $readme has others than this tree (make figures)" >&2
		exit 1
	else
		echo "figures: those of $readme are those of this tree"
	fi
done
