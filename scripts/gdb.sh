#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Boots with the CPU stopped before its first instruction and attaches gdb,
# with symbols. gdb has this terminal; the console is a pseudo-terminal whose
# name is printed (open it with screen or picocom in a second terminal), and
# a copy of its output goes to gdb.log in the build directory.
set -eu

for tool in gdb setsid; do
	if ! command -v $tool >/dev/null; then
		echo "gdb: $tool not found (make deps installs it)" >&2
		exit 1
	fi
done

sock=$B/gdb.sock
rm -f "$sock"

# A session of its own: Ctrl-C interrupts the guest, by way of gdb, and must
# not reach QEMU. That ends with this process, which becomes gdb.
LOG=$B/gdb.log QEMUFLAGS="${QEMUFLAGS:-} -S -gdb unix:$sock,server=on,wait=off" \
	setsid sh scripts/qemu.sh gdb >"$B/gdb.out" 2>&1 &
qemu=$!

tries=0
until [ -S "$sock" ]; do
	tries=$((tries + 1))
	if [ $tries -gt 50 ] || ! kill -0 $qemu 2>/dev/null; then
		cat "$B/gdb.out" >&2
		exit 1
	fi
	sleep 0.1
done
sed -n 's/^char device redirected to \([^ ]*\).*/console: \1/p' "$B/gdb.out"

# QEMU's 64-bit machine has registers to match, whatever mode the CPU is in.
# gdb then takes the kernel's code for 64-bit code: x/i misreads some of it.
set --
case ${HV:-} in xen | monitor) set -- -ex "set architecture i386:x86-64" ;; esac
exec gdb -q "$@" -ex "target remote $sock" "$KERNEL"
