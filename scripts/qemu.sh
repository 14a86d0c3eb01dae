#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# qemu.sh run|headless|gdb
#
# The one place that knows how to start QEMU. Whatever differs between runs
# comes in the environment, from the Makefile or from a test:
#
#   KERNEL INITRD CMDLINE MEM CPU KVM HV XEN XENFLAGS MONFLAGS   as in `make help`
#   MONITOR    the hypervisor of HV=monitor
#   LOADER     words for build/loader.elf (tests/loader/), which QEMU then boots
#              instead and which starts KERNEL as they say
#   ROMS       with LOADER: a file for its word roms=
#   QEMU       qemu-system-i386 or qemu-system-x86_64
#   ISO, DISK  boot this CD or disk image instead of KERNEL and INITRD
#   EXIT_PORT  of the device below; empty: there is none, and the kernel has to
#              end the machine itself
#   SERIAL     what COM1 is connected with, as in `-serial`; none: no COM1
#   LOG        also write the console to this file
#   TIMEOUT    seconds; a headless run without one gets 300
#   TCG        properties of `-accel tcg`
#   ANY_CPU    1: a hypervisor gets also a CPU on which it cannot run
#   QEMUFLAGS  more options
#
# The kernel ends QEMU through the isa-debug-exit device, whose status is
# 2v+1 for a value v: 33 all well, 35 a test failed, 37 panic. This script
# exits with 0, 1 and 2 for these, 124 for a hang, 1 for anything else.
#
# On Xen and the monitor the kernel is dom0, which may do I/O, so it ends QEMU in
# the same way; the monitor itself ends it with the status of a panic. A dom0 that crashes makes Xen reset the machine: no verdict.
set -eu

mode=$1
: "${KERNEL:=build/pv86.elf}" "${INITRD:=build/initrd.cpio}" "${CMDLINE:=}"
: "${MEM:=128M}" "${CPU:=max}" "${KVM:=}" "${HV:=}" "${ISO:=}" "${DISK:=}" "${LOG:=}"
: "${XEN:=build/xen/xen}" "${XENFLAGS:=}" "${MONITOR:=${B:-build}/monitor.elf}" "${MONFLAGS:=}" "${QEMUFLAGS:=}" "${TCG:=}"
: "${TIMEOUT:=}" "${LOADER:=}" "${ROMS:=}" "${QEMU:=qemu-system-i386}"
: "${EXIT_PORT=0xf4}" "${SERIAL:=chardev:com1}" "${ANY_CPU:=}"

die()
{
	echo "qemu.sh: $*" >&2
	exit 1
}

# COMMAND...: the machine, with the input of this script; its status in $status.
# It ends when this script does or whoever started that, by a signal or not.
guarded()
{
	status=0
	exec 3<&0
	"$@" <&3 3<&- &
	machine=$!
	(
		while kill -0 $$ && kill -0 $PPID; do
			sleep 0.5
		done
		kill $machine
	) >/dev/null 2>&1 3<&- &
	guard=$!
	wait $machine || status=$?
	kill $guard 2>/dev/null || :
}

# QEMU splits -initrd at single commas.
commas()
{
	printf '%s' "$1" | sed 's/,/,,/g'
}

# SIZE as QEMU takes it, in MiB.
mebibytes()
{
	n=${1%[MmGg]}
	case $n in
	'' | 0* | *[!0-9]* | ???????*) die "MEM=$1: not a number of M or G" ;;
	esac
	case $1 in
	*[Gg]) echo $((n * 1024)) ;;
	*) echo "$n" ;;
	esac
}

# What both 64-bit hypervisors need.
under_64bit()
{
	QEMU=qemu-system-x86_64
	case $CPU in
	486* | pentium* | coreduo* | n270* | athlon* | qemu32* | kvm32*)
		[ -n "$ANY_CPU" ] ||
			die "CPU=$CPU: not 64-bit, as HV=$HV has to have it" ;;
	esac
	case $KERNEL$INITRD in
	*' '*) die "HV=$HV: no blank can be in the name of a module" ;;
	esac
}

case $HV in
'')
	ram=$MEM
	;;
xen)
	under_64bit
	[ -z "$ISO$DISK" ] || die "HV=xen: an image boots without Xen only"
	[ -f "$XEN" ] || die "XEN=$XEN: no such file (make xen builds one)"
	# Xen takes for itself about 16M and 1% of all.
	dom0=$(mebibytes "$MEM")
	ram=$((dom0 + dom0 / 64 + 64))M
	xen_gives_up='^\(XEN\) .*(rebooting machine in 5|Reboot in five) seconds'
	;;
monitor)
	under_64bit
	[ -f "$MONITOR" ] || die "MONITOR=$MONITOR: no such file (run make)"
	# Itself, its tables, the modules until they are copied, and some spare.
	guest=$(mebibytes "$MEM")
	ram=$((guest + guest / 64 + 16))
	[ ! -f "$INITRD" ] || ram=$((ram + $(wc -c <"$INITRD") / 1048576))
	ram=${ram}M
	;;
vmi-native | vmi-calls)
	ram=$MEM
	rom=${B:-build}/$HV.rom
	[ -f "$rom" ] || die "$rom: no such file (run make)"
	QEMUFLAGS="-option-rom $rom $QEMUFLAGS"
	;;
vmi)
	# The monitor takes some of it, and no other CPU: it says so and is quiet.
	ram=$MEM
	QEMU=qemu-system-x86_64
	rom=${B:-build}/vmi.rom
	[ -f "$rom" ] || die "$rom: no such file (run make)"
	QEMUFLAGS="-option-rom $rom $QEMUFLAGS"
	;;
*)
	die "HV=$HV: no such hypervisor (xen, monitor, vmi, vmi-native, vmi-calls, or empty for bare hardware)"
	;;
esac

set -- -m "$ram" -cpu "$CPU" -display none -vga none -nic none -no-reboot \
	-device pc-testdev
[ -z "$EXIT_PORT" ] ||
	set -- "$@" -device "isa-debug-exit,iobase=$EXIT_PORT,iosize=4"
if [ "$KVM" = 1 ]; then
	[ -w /dev/kvm ] || die "KVM=1: no access to /dev/kvm"
	set -- "$@" -accel kvm
else
	set -- "$@" -accel "tcg${TCG:+,$TCG}"
fi

if [ -n "$ISO" ]; then
	set -- "$@" -cdrom "$ISO"
elif [ -n "$DISK" ]; then
	set -- "$@" -drive "format=raw,file=$(commas "$DISK")"
else
	[ -f "$KERNEL" ] || die "$KERNEL: no such file (run make)"
	[ "$INITRD" = none ] || [ -f "$INITRD" ] ||
		die "INITRD=$INITRD: no such file"
	CMDLINE="$CMDLINE${EXIT_PORT:+ debugexit=$EXIT_PORT}"
	modules=''
	case $HV in
	xen)
		modules=$(commas "$KERNEL $CMDLINE")
		KERNEL=$XEN CMDLINE="console=com1 dom0_mem=${dom0}M $XENFLAGS" ;;
	monitor)
		modules=$(commas "$KERNEL $CMDLINE")
		CMDLINE="mem=${guest}M${EXIT_PORT:+ debugexit=$EXIT_PORT} $MONFLAGS"
		KERNEL=$MONITOR ;;
	esac
	if [ -n "$LOADER" ]; then
		modules=$(commas "$KERNEL $CMDLINE")${modules:+,$modules}
		KERNEL=${B:-build}/loader.elf CMDLINE=$LOADER
	fi
	[ "$INITRD" = none ] ||
		modules=${modules:+$modules,}$(commas "$INITRD")
	[ -z "$ROMS" ] || modules=$modules,$(commas "$ROMS")
	set -- "$@" -kernel "$KERNEL" -append "$CMDLINE"
	[ -z "$modules" ] || set -- "$@" -initrd "$modules"
fi

# signal=off: Ctrl-C belongs to the guest. Ctrl-a x ends QEMU.
case $mode in
run) serial=stdio,id=com1,signal=off,mux=on ;;
headless) serial=stdio,id=com1 ;;
gdb) serial=pty,id=com1 ;;
*) die "unknown mode $mode" ;;
esac
if [ "$mode$HV" = runxen ] && [ -z "$LOG" ]; then
	LOG=$(mktemp)
	trap 'rm -f "$LOG"' EXIT
fi
set -- "$@" -chardev "$serial${LOG:+,logfile=$LOG,logappend=off}" \
	-serial "$SERIAL" -monitor none
# shellcheck disable=SC2086 # QEMUFLAGS is a list of words
set -- $QEMU "$@" $QEMUFLAGS

case $mode in
gdb)
	guarded "$@"
	exit $status
	;;
run)
	guarded ${TIMEOUT:+timeout --foreground -k 5 "$TIMEOUT"} "$@"
	# Nothing but the user's C-a x or a reset ends QEMU with 0. A reset is
	# no good end if Xen announced it: dom0 crashed, or Xen itself did.
	[ $status -ne 0 ] ||
		{ [ "$HV" = xen ] && grep -Eaq "$xen_gives_up" "$LOG"; } ||
		exit 0
	;;
headless)
	: "${TIMEOUT:=300}"
	guarded timeout --foreground -k 5 "$TIMEOUT" "$@" </dev/null
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
