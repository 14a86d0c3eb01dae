#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The figures in README.md are what the scripts print of this very tree. The
# block of text behind a line `<!-- figures: NAME -->` is made by figures_NAME
# below.
#
#   figures.sh            writes these blocks
#   figures.sh check      says where they differ, and then fails
#   figures.sh compiler   fails if README.md has the figures of another one
#
# B and KERNEL: the build, for which `make bench` must have been run. Figures
# depend on the compiler: README.md has those of one, at -O2, which is named
# beside them; with another one nothing is done. Without Xen its block stays.
set -eu

: "${B:=build}" "${KERNEL:=$B/pv86.elf}" "${CC:=gcc}" "${README:=README.md}"
dir=$B/figures
table=$B/bench.txt

this_compiler()
{
	$CC --version | head -n 1 | sed 's/.*) //; s/^/gcc /'
}

figures_audit()
{
	sh scripts/audit.sh "$KERNEL"
}

# TITLE: one of the tables of `make bench`, with one single operation.
bench_table()
{
	awk -v title="$1" 'BEGIN { RS = "" } index($0, title) == 1' "$table" |
		grep -Ev '^op_' || :
}

figures_instructions()
{
	bench_table instructions
}

figures_bytes()
{
	bench_table bytes
}

figures_vmi()
{
	bench_table 'by a VMI ROM'
}

figures_xen()
{
	bench_table 'on Xen'
}

# FILE...: lines that are neither blank nor comment.
lines()
{
	cat "$@" | awk '
		{
			while ((i = index($0, "/*")) &&
			       (j = index(substr($0, i + 2), "*/")))
				$0 = substr($0, 1, i - 1) substr($0, i + j + 3)
			if (inside && (i = index($0, "*/"))) {
				$0 = substr($0, i + 2)
				inside = 0
			}
			if (!inside && (i = index($0, "/*"))) {
				inside = 1
				$0 = substr($0, 1, i - 1)
			} else if (inside) {
				next
			}
			sub(/\/\/.*/, "")
		}
		/[^ \t]/ { n++ }
		END { print n + 0 }'
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

figures_size()
{
	echo "image            $(image_bytes) bytes"
	echo "  self-tests     $(test_bytes) bytes"
	echo "kernel/ arch/    $(lines kernel/*.c arch/i386/*.[cS]) lines of code"
	echo "pv/              $(lines pv/*.c) lines"
	for room in pv/native/ pv/vmi/ pv/xen/ pv/monitor/rom/; do
		printf '  %-16s %s lines\n' $room "$(lines $room*.[chS])"
	done
}

# ---- the blocks -------------------------------------------------------------

# README with each block made new; an empty one stays as it is.
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
		/^<!-- figures: / { name = $3 }' "$README"
}

# Is this the build that README has figures of?
compiler=$(sed -n 's/^Figures are of \(.*\), -O2.*/\1/p' "$README")
if [ "$(this_compiler)" != "$compiler" ] || [ "$B" != build ]; then
	echo "figures: $README has those of $compiler at -O2, not of this build"
	[ "${1:-}" != compiler ] || exit 1
	exit 0
fi
[ "${1:-}" != compiler ] || exit 0
if [ -z "$(find "$table" -newer "$KERNEL" 2>/dev/null)" ]; then
	echo "figures: run make bench first" >&2
	exit 1
fi
rm -rf "$dir"
mkdir -p "$dir"
for name in $(sed -n 's/^<!-- figures: \(.*\) -->$/\1/p' "$README"); do
	"figures_$name" >"$dir/$name"
done
renewed >"$dir/new"
if [ "${1:-}" = check ]; then
	diff "$README" "$dir/new" || {
		echo "figures: $README has others than this tree (make figures)"
		exit 1
	} >&2
	echo "figures: those of $README are those of this tree"
else
	cp "$dir/new" "$README"
fi
