#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check-saved.sh [ELF]
#
# Functions of operations of class INSN, and of ANY with a result, keep every
# register but those of result and arguments (include/pv/ops.def); of ANY without
# one, all but EAX, EDX and ECX. The compiler promises that by an attribute, or
# as of any C function; this looks whether it did it. In every backend (an object
# *_ops of the table's size) each such function is followed through the
# disassembly, along all its paths, with what each register and each word of its
# stack holds: a value that it had at the entry, an address of the stack, or
# something else. At each return all must be as at the entry, and a result must
# not. Registers of arguments may be lost, as clang understands the attribute.
#
# What is believed: a called function keeps what the ABI says, or, if it is one
# of these, everything; one without a return does not come back; xen_upcall is
# an interrupt, which keeps all; a store through a pointer into other memory
# does not reach the function's own stack.
#
# Exit status: 0 if that holds, 1 if not, 2 if the image could not be read.
set -eu

elf=${1:-build/pv86.elf} ops=${OPS:-include/pv/ops.def}
: "${NM:=nm}" "${OBJDUMP:=objdump}"

[ -f "$elf" ] || { echo "check-saved: $elf: no such file" >&2; exit 2; }

# "TABLE ADDRESS SIZE" of each backend's table.
tables()
{
	"$NM" -S "$elf" | awk '
		$4 == "pv_ops" { bytes = $2 }
		$4 ~ /_ops$/ && $4 != "pv_ops" { at[$4] = $1; size[$4] = $2 }
		END {
			for (t in at)
				if (size[t] == bytes)
					print t, at[t], bytes
		}'
}

{
	echo @operations
	sed -e ':join' -e '/^PV.*,$/{N;s/\n */ /;b join' -e '}' "$ops" |
		sed -n 's/^PV_\(OP\|JUMP\)(/\1 /p' | tr -d ','
	tables | while read -r table at bytes; do
		echo "@table $table"
		"$OBJDUMP" -s --start-address=$((0x$at)) \
			--stop-address=$((0x$at + 0x$bytes)) "$elf" |
			sed -n 's/^ [0-9a-f]* \(.\{35\}\).*/\1/p' | tr ' ' '\n' |
			sed -n 's/^\(..\)\(..\)\(..\)\(..\)$/\4\3\2\1/p'
	done
	echo @code
	"$OBJDUMP" -d --no-show-raw-insn "$elf"
} | awk -f "${0%.sh}.awk"
