#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# rom.sh OUT ELF MOVED
#
# Makes an option ROM of ELF. MOVED is the same linked at another address: if
# the bytes differ, the ROM would depend on where it is mapped. The last byte
# makes the sum of all 0.
set -eu

out=$1
for elf in "$2" "$3"; do
	"${OBJCOPY:-objcopy}" -O binary -j .rom "$elf" "$elf.bin"
done
cmp "$2.bin" "$3.bin" >&2 || {
	echo "rom.sh: $out is not position independent" >&2
	exit 1
}
size=$(wc -c <"$2.bin")
sum=$(od -A n -v -t u1 "$2.bin" |
	awk '{ for (i = 1; i <= NF; i++) sum += $i } END { print sum % 256 }')
cp "$2.bin" "$out"
# shellcheck disable=SC2059 # an octal escape
printf "\\$(printf %03o $(((256 - sum) % 256)))" |
	dd of="$out" bs=1 seek=$((size - 1)) conv=notrunc 2>/dev/null
