#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fuzz.sh N [SEED]
#
# N random hypercalls of the guest GUEST (tests/monitor/fuzz.c of attack, or
# tests/vmi/fuzz.c of vmi-test, of two levels and with PAE in turn) on HV, 20,000 a
# boot, each boot with a seed of its own, from SEED (default 1) on. The first
# that fails ends it: the fewest calls of that seed that still fail are looked
# for by bisection, and how to make them again is printed. Environment: that of
# scripts/qemu.sh, and B, the build directory. The last line is
# `N passed, N failed`.
set -u

: "${B:=build}" "${HV:=monitor}" "${GUEST:=attack}"
calls=${1:?} seed=${2:-1} boot=20000 passed=0
export B HV KERNEL="$B/$GUEST.elf" INITRD=none LOG="$B/fuzz.log"

# SEED: what else is on the command line.
words()
{
	[ "$GUEST" = attack ] || [ $(($1 % 2)) -eq 1 ] || echo 'pae '
}

# SEED N: one boot, which has to come to a good end.
good()
{
	CMDLINE="$(words "$1")fuzz=$1,$2" sh scripts/selftest.sh >"$B/fuzz.out" 2>&1
}

# SEED N: that fails. The fewest calls that do.
shortest()
{
	works=0 fails=$2
	while [ $((fails - works)) -gt 1 ]; do
		n=$(((works + fails) / 2))
		if good "$1" $n; then
			works=$n
		else
			fails=$n
		fi
	done
	good "$1" "$fails"
	echo "$fails"
}

while [ "$calls" -gt 0 ]; do
	n=$((calls < boot ? calls : boot))
	if ! good "$seed" $n; then
		cat "$B/fuzz.out"
		n=$(shortest "$seed" $n)
		tail -n 20 "$LOG"
		echo "fuzz: seed $seed fails. Shortest replay:"
		echo "make run HV=$HV KERNEL=$KERNEL INITRD=none CMDLINE='$(words "$seed")fuzz=$seed,$n'"
		echo "$passed passed, 1 failed"
		exit 1
	fi
	passed=$((passed + 1)) calls=$((calls - n)) seed=$((seed + 1))
done
echo "$passed passed, 0 failed"
