#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# qemu.sh run|headless|gdb
#
# The one place that knows how to start QEMU. Whatever differs between runs
# comes in the environment, from the Makefile or from a test:
#
#   KERNEL INITRD CMDLINE MEM CPU KVM HV   as in `make help`
#   ISO        boot this CD image instead of KERNEL and INITRD
#   LOG        also write the console to this file
#   TIMEOUT    seconds; a headless run without one gets 120
#   TCG        properties of `-accel tcg`
#   QEMUFLAGS  more options
#
# The kernel ends QEMU through the isa-debug-exit device, whose status is
# 2v+1 for a value v: 33 all well, 35 a test failed, 37 panic. This script
# exits with 0, 1 and 2 for these, 124 for a hang, 1 for anything else.
set -eu

mode=$1
: "${KERNEL:=build/pv86.elf}" "${INITRD:=build/initrd.cpio}" "${CMDLINE:=}"
: "${MEM:=128M}" "${CPU:=max}" "${KVM:=}" "${HV:=}" "${ISO:=}" "${LOG:=}"
: "${QEMUFLAGS:=}" "${TCG:=}" "${TIMEOUT:=}"

die()
{
	echo "qemu.sh: $*" >&2
	exit 1
}

case $HV in
'') ;;
*) die "HV=$HV: no such hypervisor (leave HV empty for bare hardware)" ;;
esac

set -- -m "$MEM" -cpu "$CPU" -display none -vga none -nic none -no-reboot \
	-device isa-debug-exit,iobase=0xf4,iosize=4 -device pc-testdev
if [ "$KVM" = 1 ]; then
	[ -w /dev/kvm ] || die "KVM=1: no access to /dev/kvm"
	set -- "$@" -accel kvm
else
	set -- "$@" -accel "tcg${TCG:+,$TCG}"
fi

if [ -n "$ISO" ]; then
	set -- "$@" -cdrom "$ISO"
else
	[ -f "$KERNEL" ] || die "$KERNEL: no such file (run make)"
	set -- "$@" -kernel "$KERNEL" -append "$CMDLINE debugexit=0xf4"
	if [ "$INITRD" != none ]; then
		[ -f "$INITRD" ] || die "INITRD=$INITRD: no such file"
		set -- "$@" -initrd "$INITRD"
	fi
fi

# signal=off: Ctrl-C belongs to the guest. Ctrl-a x ends QEMU.
case $mode in
run) serial=stdio,id=com1,signal=off,mux=on ;;
headless) serial=stdio,id=com1 ;;
gdb) serial=pty,id=com1 ;;
*) die "unknown mode $mode" ;;
esac
set -- "$@" -chardev "$serial${LOG:+,logfile=$LOG,logappend=off}" \
	-serial chardev:com1 -monitor none
# shellcheck disable=SC2086 # QEMUFLAGS is a list of words
set -- qemu-system-i386 "$@" $QEMUFLAGS

status=0
case $mode in
gdb) exec "$@" ;;
run)
	${TIMEOUT:+timeout --foreground -k 5 "$TIMEOUT"} "$@" || status=$?
	# Nothing but the user's C-a x or a reset ends QEMU with 0.
	[ $status -ne 0 ] || exit 0
	;;
headless)
	: "${TIMEOUT:=120}"
	timeout --foreground -k 5 "$TIMEOUT" "$@" </dev/null || status=$?
	;;
esac

case $status in
33) exit 0 ;;
35) echo "qemu.sh: a test failed" >&2 ;;
37)
	echo "qemu.sh: the kernel panicked or refused to boot" >&2
	exit 2
	;;
124 | 137)
	echo "qemu.sh: time limit of $TIMEOUT s reached, QEMU stopped" >&2
	exit 124
	;;
0) echo "qemu.sh: the machine was reset or switched off without a verdict" >&2 ;;
*) echo "qemu.sh: QEMU failed with status $status" >&2 ;;
esac
exit 1
