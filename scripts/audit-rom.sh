#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# audit-rom.sh ROM ELF
#
# Reads the code of a VMI ROM, which runs as if it were the kernel's own: ELF is
# what ROM was made of, with symbols. A client's audit and check-core.sh end where
# it calls the ROM, so this has to show that
#   - ROM is ELF, but for the sum in the last byte;
#   - all code is instructions that somebody has looked up (sensitive.awk), each
#     branch leads to one of them, and nothing but RET goes where data says: so the
#     ROM never enters its client, nor a site of it;
#   - no instruction names an address;
#   - a call whose caller saves nothing, 29 to 34 of include/abi/vmi.def, changes
#     no register but its result, and reaches memory by the stack alone: on the way
#     of IRET, DS and ES are the user's;
#   - VMI_Init and GetRelocationInfo have no sensitive instruction.
#
# Exit status: 0 if all that holds, 1 if not, 2 if the image could not be read.
set -eu

rom=${1:?audit-rom.sh: which ROM?} elf=${2:?audit-rom.sh: which image?}
here=${0%audit-rom.sh}
: "${OBJDUMP:=objdump}" "${NM:=nm}" "${OBJCOPY:=objcopy}"
for f in "$rom" "$elf"; do
	[ -r "$f" ] || { echo "audit: cannot read $f" >&2; exit 2; }
done
"$OBJCOPY" -O binary -j .rom "$elf" "$elf.audit"
size=$(($(wc -c <"$rom") - 1))
same=0
cmp -s -n $size "$rom" "$elf.audit" || same=1
rm -f "$elf.audit"

# NAME: its address.
at()
{
	"$NM" "$elf" | awk -v name="$1" '$3 == name { print "0x" $1 }'
}

# FROM TO: the instructions from one address to another.
listing()
{
	"$OBJDUMP" -D -w -b binary -m i386 --no-show-raw-insn \
		--start-address="$1" --stop-address="$2" "$rom" |
		sed -n '/^ *[0-9a-f]*:	/p'
}

{
	echo @calls
	sed -n 's/^VMI_CALL( *\([0-9]*\), \([A-Za-z]*\),.*/\1 \2/p' include/abi/vmi.def
	echo @symbols
	"$NM" "$elf"
	echo @code
	listing 0x80 0x85
	listing 0x88 0x8a
	listing "$(at get_reloc)" "$(at table)"
	listing "$(at rom_code)" "$(at rom_end)"
	echo @end
} | awk -v rom="$rom" -v same=$same -f "${here}sensitive.awk" -f "${here}audit-rom.awk"
