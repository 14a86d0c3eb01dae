#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bochs.sh
#
# Boots a CD image in Bochs, without a screen. Bochs checks what QEMU's TCG does
# not: limits of segments, null selectors, x87 exceptions that wait. In the
# environment:
#
#   ISO        the image
#   LOG        where the serial line goes
#   BOCHSCPU   a model of `bochs --help cpu`
#   TIMEOUT    seconds
#
# Bochs has no device for a verdict: the kernel switches the machine off, and
# what it has come to is in LOG. Exits with 0 for that, with 2 if the kernel
# stopped after a panic, with 124 for a hang, 77 without Bochs, 1 for anything
# else.
set -u

: "${ISO:?}" "${LOG:?}" "${BOCHSCPU:=corei5_lynnfield_750}" "${TIMEOUT:=1800}"

if ! command -v bochs >/dev/null; then
	echo "no bochs (make deps installs it)"
	exit 77
fi

cat >"$LOG.rc" <<END
config_interface: textconfig
display_library: term
romimage: file=\$BXSHARE/BIOS-bochs-latest
vgaromimage: file=\$BXSHARE/VGABIOS-lgpl-latest
megs: 64
cpu: model=$BOCHSCPU, ips=20000000, reset_on_triple_fault=0
clock: sync=none, time0=utc
ata0-master: type=cdrom, path="$ISO", status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev="$LOG"
log: $LOG.bochs
panic: action=fatal
END
echo continue >"$LOG.debug"	# for a Bochs with its debugger built in
debug=''
! bochs --help 2>&1 | grep -q '^ *-rc ' || debug="-rc $LOG.debug"

# With the debugger Bochs makes a terminal of its own for the screen, and stands
# still when nobody reads what is shown there.
read_screen()
{
	screen=$(sed -n 's/.*connected to screen "\(.*\)".*/\1/p' "$LOG.out")
	[ -z "$screen" ] || {
		stty raw -echo <"$screen"
		cat "$screen" >/dev/null &
		reader=$!
	}
} 2>/dev/null

# What the machine has come to; 1: nothing yet.
outcome()
{
	if grep -q 'ACPI control: soft power off' "$LOG.bochs"; then
		status=0
	elif grep -q '^pv86: stopped' "$LOG"; then
		status=2
	elif [ $seconds -ge "$TIMEOUT" ]; then
		status=124
	fi
} 2>/dev/null

# shellcheck disable=SC2086 # debug is nothing or two words
TERM=vt100 bochs -q -f "$LOG.rc" $debug </dev/null >"$LOG.out" 2>&1 &
bochs=$!
reader=''
trap 'kill -9 $bochs $reader 2>/dev/null' EXIT
trap 'exit 1' HUP INT TERM
status=1 seconds=0
while [ $status -eq 1 ] && kill -0 $bochs 2>/dev/null; do
	sleep 1
	seconds=$((seconds + 1))
	[ -n "$reader" ] || read_screen
	outcome
done
outcome

case $status in
1) echo "bochs.sh: Bochs ended by itself" && tail -n 20 "$LOG.bochs" ;;
2) echo "bochs.sh: the kernel panicked or refused to boot" ;;
124) echo "bochs.sh: time limit of $TIMEOUT s reached, Bochs stopped" ;;
esac >&2
[ ! -f "$LOG" ] || { cat "$LOG" && echo; }
if grep -q 'display library.*not available' "$LOG.out"; then
	echo "bochs has no display 'term' (make deps installs it)"
	status=77
fi
rm -f "$LOG.rc" "$LOG.debug" "$LOG.out" "$LOG.bochs"
exit $status
