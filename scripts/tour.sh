#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Leads through pv86, stop by stop. A stop is a file of TOUR (scripts/tour), which
# can be read without this; tour.awk says how it is laid out. Its commands are
# shown, then run: those of `host$` here, the others in pv86, which is booted for
# each stop in each PLACE that it names: native, or a HV of qemu.sh. A machine's
# console is left in B/tour/PLACE.log.
#
# On a terminal it waits for a key where something is to be read. Else it says for
# each stop whether all its commands print what its file says, and ends with
# `N passed, N failed`.
#
# STOP is where to start. The rest of the environment is that of qemu.sh.
set -u

: "${B:=build}" "${TOUR:=scripts/tour}" "${STOP:=1}" "${XEN:=build/xen/xen}"
: "${INITRD:=$B/initrd.cpio}"
dir=$B/tour now=$B/tour/now
bold='' plain='' terminal='' saved='' started='' passed=0 failed=0 wrong=0

# ---- the person at the terminal -------------------------------------------

if [ -t 0 ] && [ -t 1 ]; then
	terminal=1 saved=$(stty -g)
	[ "${TERM:-dumb}" = dumb ] || bold=$(printf '\033[1m') plain=$(printf '\033[m')
	trap 'stty "$saved"' EXIT
	trap 'exit 130' INT TERM HUP
fi

# FILE: its text, with bold headings.
show()
{
	[ -z "$terminal" ] ||
		sed "s/^##* \(.*\)/$bold\1$plain/" "$1"
}

# WHAT: wait for a key before that. Status 1: on with the next stop.
key()
{
	[ -n "$terminal" ] || return 0
	printf '%s' "$bold-- any key: $1, n: next stop, q: end --$plain"
	stty -icanon -echo min 1 time 0
	pressed=$(dd bs=16 count=1 2>/dev/null; echo .)
	stty "$saved"
	printf '\r%79s\r' ''
	case $pressed in
	q* | Q* | .) exit $((failed + wrong > 0)) ;;
	n* | N*) return 1 ;;
	esac
}

# ---- commands --------------------------------------------------------------

# PLACE: boot it, run its commands of this stop and put apart what they print. Of
# one that was not reached that is the end of what the machine said.
boot()
{
	hv=$1 root=$dir/$1.root log=$dir/$1.log
	[ "$hv" != native ] || hv=''
	rm -rf "$root"
	mkdir -p "$root"
	(cd "$root" && cpio -id --quiet) <"$INITRD"
	echo '#!/bin/sh' >"$root/tour"
	i=1 mine=''
	while [ -f "$now/$i.place" ]; do
		if [ "$(cat "$now/$i.place")" = "$1" ]; then
			mine="$mine $i"
			echo "echo ==$i" | cat - "$now/$i.cmd" >>"$root/tour"
		fi
		i=$((i + 1))
	done
	printf 'echo ==\npoweroff\n' >>"$root/tour"
	chmod +x "$root/tour"
	(cd "$root" && find . | cpio -o --quiet -H newc) >"$root.cpio"
	HV=$hv CMDLINE=init=/tour INITRD=$root.cpio MONFLAGS=stats LOG='' \
		sh scripts/qemu.sh headless 2>&1 | tr -d '\r' >"$log"
	rm -rf "$root" "$root.cpio"
	awk -v now="$now" '
		/^==[0-9]*$/ {
			out = $0 == "==" ? "" : now "/" substr($0, 3) ".got"
			if (out)
				printf "" >out
			next
		}
		out { print >out }' "$log"
	for i in $mine; do
		[ -f "$now/$i.got" ] || tail -n 9 "$log" >"$now/$i.got"
	done
}

# ---- stops -----------------------------------------------------------------

# FILE N: show command N of the stop, run it, and judge what it prints.
step()
{
	place=$(cat "$now/$2.place") text=$(cat "$now/$2.cmd") sign='#'
	[ "$place" != host ] || sign='$'
	[ -z "$terminal" ] || printf '%s\n' "$bold$place$sign $text$plain"
	if [ "$place" = xen ] && [ ! -f "$XEN" ]; then
		echo "# not run, no Xen here (make xen): $text"
		[ -z "$terminal" ] || cat "$now/$2.want"
		return
	fi
	if [ "$place" = host ]; then
		LC_ALL=C sh -c "$text" >"$now/$2.got" 2>&1
	elif [ ! -f "$now/$2.got" ]; then
		boot "$place"
	fi
	[ -z "$terminal" ] || cat "$now/$2.got"
	awk -v judge=1 -f scripts/tour.awk "$now/$2.want" "$now/$2.got" && return
	wrong=1
	echo "# that is not what $1 says that it prints:"
	[ -n "$terminal" ] || { printf '%s\n' "$place$sign $text"; cat "$now/$2.got"; } |
		sed 's/^/# /'
	sed 's/^/# instead of: /' "$now/$2.want"
}

# FILE: from its heading to what it says to read next.
stop()
{
	rm -rf "$now"
	mkdir -p "$now"
	sed "s,build/,$B/,g" "$1" | awk -v dir="$now" -f scripts/tour.awk
	n=1
	if [ ! -f "$now/1.cmd" ] || [ ! -s "$now/rest" ]; then
		echo "# $1: nothing to run, no answer or nothing to read next"
		wrong=1
	fi
	while [ -f "$now/$n.cmd" ]; do
		if [ -f "$now/$n.text" ]; then
			show "$now/$n.text"
			key 'run it' || return
		fi
		step "$1" $n
		n=$((n + 1))
	done
	show "$now/$n.text"
	key 'the answer' || return
	show "$now/answer"
	show "$now/rest"
}

# FILE: its number.
number()
{
	number=${1##*/}
	number=${number%%-*}
	echo "${number#0}"
}

first=''
for file in "$TOUR"/[0-9]*.md; do
	[ "$(number "$file")" != "${STOP#0}" ] || first=$file
done
if [ -z "$first" ]; then
	echo "tour: STOP=$STOP: no such stop. There are:" >&2
	awk 'FNR == 1 { sub(/^# /, "\t"); print }' "$TOUR"/[0-9]*.md >&2
	exit 1
fi

for file in "$TOUR"/[0-9]*.md; do
	[ "$file" = "$first" ] && started=1
	[ -n "$started" ] || continue
	title=$(sed -n '1s/^# *[0-9. ]*//p' "$file")
	[ $((passed + failed)) -eq 0 ] || key "on to $title"
	wrong=0
	stop "$file"
	if [ $wrong -eq 0 ]; then
		passed=$((passed + 1)) ok=ok
	else
		failed=$((failed + 1)) ok='not ok'
	fi
	[ -n "$terminal" ] || echo "$ok $(number "$file") - $title"
done
[ -n "$terminal" ] || echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
