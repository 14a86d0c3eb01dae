#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The sums of the parts of a linked image: pv/parts.c says which these are.
#
#   sums.sh ELF		takes each part's, as `cksum` does, and writes it to
#			where the kernel looks for it
#   sums.sh -l ELF	lists the parts: offset in the file, bytes, name
#
# Only the finished file can be summed, since the symbol table of the second
# link moves data whose addresses stand in the text. The sums lie in none of the
# parts.
set -eu

list=0
[ "$1" != -l ] || { list=1; shift; }
elf=$1

# NAME: the address of a symbol.
symbol()
{
	printf '%d\n' "0x$(echo "$symbols" | sed -n "s/ [A-Za-z] $1\$//p")"
}

# ADDRESS: where in the file that is.
offset()
{
	for segment in $segments; do
		IFS=, read -r at start bytes <<-END
		$segment
		END
		if [ $(($1)) -ge $((start)) ] &&
			[ $(($1)) -le $((start + bytes)) ]; then
			echo $(($1 - start + at))
			return
		fi
	done
	echo "$elf: $1 is in no segment of the file" >&2
	exit 1
}

# OFFSET BYTES
piece()
{
	tail -c +$(($1 + 1)) "$elf" | head -c "$2"
}

# OFFSET NUMBER: writes it there, in 32 bits.
write_word()
{
	for shift in 0 8 16 24; do
		# shellcheck disable=SC2059 # the text is an escape
		printf "\\$(printf %03o $(($2 >> shift & 255)))"
	done | dd of="$elf" bs=1 seek="$1" conv=notrunc 2>/dev/null
}

symbols=$("${NM:-nm}" "$elf")
segments=$("${READELF:-readelf}" -lW "$elf" |
	awk '$1 == "LOAD" && $5 != "0x00000" { print $2 "," $3 "," $5 }')
parts=$(offset "$(symbol pv_parts)")
bytes=$(($(symbol pv_parts_end) - $(symbol pv_parts)))

piece "$parts" $bytes | od -A n -v -t x4 | while read -r name start end _; do
	from=$(offset "0x$start")
	size=$((0x$end - 0x$start))
	if [ $list = 1 ]; then
		echo "$from $size $(piece "$(offset "0x$name")" 64 |
			tr '\0' '\n' | head -n 1)"
	else
		sum=$(piece "$from" $size | cksum)
		write_word $((parts + 12)) "${sum%% *}"
	fi
	parts=$((parts + 16))
done
