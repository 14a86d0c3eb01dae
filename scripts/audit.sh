#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Proves that no sensitive instruction of the kernel escapes the hook layer.
#
#   audit.sh [-v] [-x EXCEPTIONS] ELF
#
# ELF.map is the map that the linker wrote with ELF. The last line is the
# verdict; status 0: nothing escapes, 1: something does, 2: nothing could be
# said. -v also lists each sensitive instruction and why it may stand there, and
# what is stored for sites.
#
# Sensitive is what traps in ring 1 and, worse, what does not trap there but
# answers differently; sensitive.awk has the list. Such an instruction may stand
#   - in an object of a backend, which scripts/audit.except names. The map says
#     which addresses those are;
#   - in early boot: from __early_start to __early_end, and in the section .boot
#     of arch/i386/refuse.c;
#   - where scripts/audit.except allows it, with a reason.
# What is stored for sites, native bytes and those of backends, is data, and runs
# only inside a site.
#
# Why the listing can be trusted, data in text or not. All that can be executed
# is disassembled as raw bytes, one instruction after the other: neither symbols
# nor the disassembler's opinion decide what is code. Data in text must stand in
# scripts/audit.except with its size, and the listing goes on after it. Then an
# instruction of the listing must begin at each symbol, where each object of the
# link begins, at the target of each direct branch, and at each address of the
# text that is an operand or a word of data: jump tables, tables of functions,
# fixups. So the CPU never gets to the middle of an instruction, where the bytes
# could mean another one; only an address that code would compute is not seen.
# Data that nobody listed shows in one of three ways: the listing misses one of
# those places, or it is not padding and lies outside any function, or after
# a jump or return, where nothing leads.
#
# tests/audit/run shows each of these being found.
set -eu

verbose=0 except=scripts/audit.except
while getopts vx: o; do
	case $o in
	v) verbose=1 ;;
	x) except=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
elf=${1:?audit.sh: which image?}
for f in "$elf" "$elf.map" "$except"; do
	[ -r "$f" ] || { echo "audit: cannot read $f" >&2; exit 2; }
done

# "VALUE SIZE TYPE NAME": what has an address, and the operations' numbers.
symbols()
{
	readelf -sW "$elf" | awk '
		$7 ~ /^[0-9]+$/ && $4 ~ /^(FUNC|NOTYPE|OBJECT)$/ && $8 != "" ||
		$7 == "ABS" && $8 ~ /^PV_NR_/ { print $2, $3, $4, $8 }'
}

# "OFFSET START SIZE" of each segment that can, or cannot, be executed.
segments()
{
	readelf -lW "$elf" | awk -v kind="$1" '
		$1 == "LOAD" && (/ R?W? *E /) == (kind == "code") {
			print $2, $3, $5
		}'
}

# START SIZE: the code between the data of a segment, as "FROM TO".
pieces()
{
	{ symbols; echo data; cat "$except"; } | awk '
		/^data$/ { exceptions = 1 }
		!exceptions { at[$4] = $1 }
		exceptions && $3 == "data" && ($1 in at) { print at[$1], $2 }
	' | LC_ALL=C sort | {
		from=$(($1)) end=$(($1 + $2))
		while read -r at size; do
			at=$((0x$at))
			if [ $at -ge $from ] && [ $at -lt $end ]; then
				[ $at -eq $from ] || echo $from $at
				from=$((at + size))
			fi
		done
		[ $from -eq $end ] || echo $from $end
	}
}

# OFFSET START FROM TO: the instructions from one address to another.
listing()
{
	objdump -D -w -b binary -m i386 --adjust-vma=$(($2 - $1)) \
		--start-address="$3" --stop-address="$4" "$elf" |
		sed -n '/^ *[0-9a-f]*:	/p'
}

# START SIZE: where instructions are stored in a segment, as "FROM TO".
stored()
{
	symbols | awk '
		{ at[$4] = $1 }
		END {
			at["pv_bytes_native"] = at["__pv_native"]
			at["pv_bytes_native_end"] = at["__pv_native_end"]
			for (name in at)
				if (name ~ /^pv_bytes_/ && (name "_end") in at)
					print "0x" at[name], "0x" at[name "_end"]
		}' | while read -r from to; do
		if [ $((from)) -ge $(($1)) ] && [ $((from)) -lt $(($1 + $2)) ] &&
			[ $((from)) -lt $((to)) ]; then
			echo $((from)) $((to))
		fi
	done
}

everything()
{
	echo @symbols
	symbols
	echo @map
	sed '1,/^Linker script and memory map/d' "$elf.map"
	echo @except
	cat "$except"
	segments code | while read -r offset start size; do
		echo @code "$start" $((size))
		pieces "$start" "$size" | while read -r from to; do
			listing "$offset" "$start" "$from" "$to"
		done
	done
	segments data | while read -r offset start size; do
		echo @stored
		stored "$start" "$size" | while read -r from to; do
			listing "$offset" "$start" "$from" "$to"
		done
		echo @data "$start"
		od -A n -v -t x4 -j $((offset)) -N $((size)) "$elf"
	done
	echo @end
}

# The objects are named from the directory that the image was linked into.
dir=$(sed -n 's,^OUTPUT(\(.*/\)[^/]* elf32-i386),\1,p' "$elf.map")

everything | awk -v elf="$elf" -v dir="$dir" -v pwd="$PWD/" \
	-v verbose=$verbose \
	-f "${0%audit.sh}sensitive.awk" -f "${0%audit.sh}audit.awk"
