#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Labs: scripts/labs/N-name has in README.md what to do, in `functions` the file
# and the name of each function that is the student's to write, in `tests` the
# checks that must pass, and in wrong/ solutions that must not.
#
#   lab.sh make N		a copy of the tree in build/labs/N without the bodies of
#			those functions; FORCE=1 replaces one that is there
#   lab.sh check N	run the lab's tests in that copy; the verdict in KTAP
#   lab.sh solution N	what that copy has, and what the tree has
#   lab.sh prove GLOB	of each lab whose name matches: its tests fail without the
#			bodies, pass with them, and fail with each wrong solution
#
# `make lab`, `lab-check`, `lab-solution` and `labs` call it, with B, the build
# directory, and the environment of scripts/qemu.sh. Copies share objects with
# the tree: make builds only what a change of the source changes.
#
# In `tests` a line is a check, and the lines after it, each behind a tab, are
# what it must report:
#
#	host TEST		tests/host/TEST.c
#	bare WORD...		a boot with these words on the kernel's command
#				line; also monitor, xen, vmi-calls and vmi-native
#	attack GLOB		the guest of tests/monitor on the monitor
#	shell HV TEXT		a boot to the shell, where TEXT is typed; what it
#				must report are lines of the console (ERE)
#
# HV=xen runs on Xen what is for the monitor. Exit status: 0, all is well; 1, a
# test failed; 2, there is no such lab.
set -u

: "${B:=build}" "${XEN:=build/xen/xen}" "${HV:=}" "${FORCE:=}" "${JOBS:=}"
: "${TIMEOUT:=}"
top=$PWD
DIRS='arch kernel pv include tests scripts'
OBJECTS='arch kernel pv tests user root host monitor monitor-vmi'
proofs=$B/labs-proof
unset MAKELEVEL

die()
{
	echo "lab: $*" >&2
	exit 2
}

# "N-name  title" of each lab.
list()
{
	for lab in scripts/labs/[0-9]*-*; do
		[ -d "$lab" ] || die "this is the copy of a lab: run that in the tree it is of"
		printf '  %-12s %s\n' "${lab##*/}" \
			"$(sed -n '1s/^# Lab [0-9]*: //p' "$lab/README.md")"
	done
}

# NUMBER: sets lab, its directory.
find_lab()
{
	for lab in "$top/scripts/labs/$1"-*; do
		case $1 in
		*[!0-9]*) ;;
		*) [ ! -d "$lab" ] || return 0 ;;
		esac
	done
	labs=$(list) || exit
	die "N=$1: no such lab; there are
$labs"
}

functions()
{
	grep -v '^#' "$lab/functions"
}

files()
{
	functions | cut -f 1 | sort -u
}

# DIRECTORY: a copy of the tree and its objects, made whole or not at all.
copy()
{
	rm -rf "$1" "$1.new"
	mkdir -p "$1.new/$B"
	# shellcheck disable=SC2086 # lists of words
	cp -Rp Makefile README.md $DIRS "$1.new"
	rm -rf "$1.new/scripts/labs"
	for dir in $OBJECTS; do
		cp -Rp "$B/$dir" "$1.new/$B"
	done
	find "$B" -maxdepth 1 -type f ! -name '*.log' -exec cp -p {} "$1.new/$B" \;
	[ ! -d build/xen ] || ln -s "$top/build/xen" "$1.new/build/xen"
	mv "$1.new" "$1"
}

# FROM TO [OTHER]: each file of the lab, from one tree to the other, without
# the bodies or with those of OTHER, a file or a tree.
rewrite()
{
	number=${lab##*/}
	for file in $(files); do
		names=$(functions | awk -v f="$file" '$1 == f { print $2 }')
		other=${3:-}
		[ ! -d "$other" ] || other=$other/$file
		awk -v lab="${number%%-*}" -v names="$names" \
			-f "$top/scripts/lab.awk" "$1/$file" ${other:+"$other"} \
			>"$2/lab.new" || return
		cmp -s "$2/lab.new" "$2/$file" || cat "$2/lab.new" >"$2/$file"
		rm "$2/lab.new"
	done
}

# ---- the tests, in a copy --------------------------------------------------

compile()
{
	timeout --foreground 600 make "-j${JOBS:-$(nproc)}" "$@" && return
	echo "lab: it does not build"
	return 1
}

# LOG TEXT: types it as soon as the shell asks.
type_it()
{
	until grep -aq '^/ # ' "$1"; do
		sleep 0.2
	done
	printf '%s\r' "$2"
}

# KIND WORDS LOG: builds what the check is about, and runs it.
run()
{
	kind=$1 words=$2
	[ "$HV$kind" != xenmonitor ] || kind=xen
	case $kind in
	host)
		compile "$B/host/test-$words" &&
			timeout --foreground 60 "$B/host/test-$words" ;;
	attack)
		compile "$B/monitor.elf" "$B/attack.elf" &&
			HV=monitor KERNEL=$B/attack.elf INITRD=none \
			CMDLINE="attack=$words" sh scripts/qemu.sh headless ;;
	shell)
		on=${words%% *}
		[ "$HV$on" != xenmonitor ] || on=xen
		compile all || return
		rm -f "$B/lab.in" && mkfifo "$B/lab.in"
		type_it "$3" "${words#* }" >"$B/lab.in" &
		# The kernel does not know of the port; a guest that dies ends QEMU.
		HV=$on EXIT_PORT='' CMDLINE='' TIMEOUT=30 MONFLAGS=debugexit=0xf4 \
			QEMUFLAGS='-device isa-debug-exit,iobase=0xf4,iosize=4' \
			sh scripts/qemu.sh run <"$B/lab.in"
		kill $! 2>/dev/null ;;
	*)
		compile all && HV=${kind#bare} CMDLINE=$words \
			sh scripts/qemu.sh headless ;;
	esac
}

# CHECK NUMBER LOG: the results of the tests of one check.
results()
{
	awk -v check="$1" -v mine="$2" '
	FNR == 1 { file++ }
	file == 1 && /^[a-z]/ { checks++ }
	file == 1 && /^\t/ && checks == mine { want[++wants] = substr($0, 2) }
	file == 1 { next }

	{ sub(/\r+$/, ""); sub(/^ +/, "") }
	check == "shell" {
		for (i = 1; i <= wants; i++)
			if ($0 ~ "^(" want[i] ")$")
				result[want[i]] = "ok"
	}
	/^(not )?ok [0-9]+ / {
		passed = $1 == "ok" && !/ # SKIP /
		name = $0
		sub(/^(not )?ok [0-9]+ (- )?/, "", name)
		sub(/ # SKIP .*/, "", name)
		result[name] = passed ? "ok" : "not ok"
		why[name] = / # SKIP / ? "# skipped\n" : said
		said = ""
		next
	}
	/^# / && split(said, line, "\n") <= 5 { said = said $0 "\n" }
	/(panic:|kernel bug:|[Ee]rror: |^monitor: .*(fault|dies|ends))/ &&
		reasons++ < 3 { reason = reason "# " $0 "\n" }
	/^lab: / { broken = "# " $0 "\n" }
	$0 != "" { last = $0 }

	END {
		for (i = 1; i <= wants; i++) {
			name = want[i]
			if (!(name in result)) {
				result[name] = "not ok"
				why[name] = "# no result\n"
				silent++
			}
			print result[name] " " name
			if (result[name] != "ok")
				printf "%s", why[name]
		}
		if (silent)
			printf "%s", reason broken ? reason broken : "# " last "\n"
	}' "$lab/tests" "$3"
}

# Each check of the lab, in this copy.
verdicts()
{
	case $XEN in
	/*) ;;
	*) XEN=$top/$XEN ;;
	esac
	unset KERNEL INITRD MONITOR LOG
	export B XEN
	export TIMEOUT="${TIMEOUT:-120}"
	grep '^[a-z]' "$lab/tests" >"$B/lab.checks"
	n=0
	while read -r check words; do
		n=$((n + 1))
		run "$check" "$words" "$B/lab-$n.log" >"$B/lab-$n.log" 2>&1 \
			</dev/null
		results "$check" $n "$B/lab-$n.log"
	done <"$B/lab.checks"
}

# Whoever has to grade it wants to know what else is changed in the copy.
check()
{
	where=$B/labs/$1
	[ -d "$where" ] || die "$where is not there yet (make lab N=$1)"
	cd "$where" || exit
	plan=$(grep -c '^	' "$lab/tests")
	printf 'KTAP version 1\n1..%d\n# lab %s\n' "$plan" "${lab##*/}"
	# shellcheck disable=SC2046 # names of files
	sed -n "s/.*lab $1: \(.*\) is yours to write.*/# still to write: \1/p" \
		$(files)
	for dir in $DIRS Makefile; do
		diff -rq -x labs "$top/$dir" "$dir"
	done | grep -Fv "$(files | sed 's/.*/ & /')" |
		sed "s,$top/,,g; s/^/# not of this lab: /"
	verdicts | awk -v plan="$plan" '
		/^(not )?ok / { sub(/ok /, "ok " ++n " ") }
		/^ok / { passed++ }
		{ print; fflush() }
		END {
			printf "%d passed, %d failed\n", passed, plan - passed
			exit passed != plan
		}'
}

# ---- for who makes labs ------------------------------------------------------

# STATE WHICH [TEXT]: runs the tests of this copy, and says in a line whether
# `all` fail, `none` fails, or those that the text of a wrong solution names, by
# how the name begins. That has to build.
state()
{
	verdicts >"$B/lab.verdict"
	awk -v title="${lab##*/}, $1" -v which="$2" '
	part == "text" {
		if (sub(/^.*Fails: /, ""))
			named[++names] = $0
		next
	}
	{ log_text = log_text "    " $0 "\n" }
	/^# lab: it does not build/ { broken++ }
	/^ok / { passed++ }
	/^not ok / {
		failed++
		for (i = 1; i <= names; i++)
			if (index($0, "not ok " named[i]) == 1)
				seen[i]
	}
	END {
		for (i = 1; i <= names; i++)
			unseen += !(i in seen)
		good = which == "all" ? !passed && failed : \
			which == "none" ? passed && !failed : \
			names && !unseen && !broken
		printf "%-7s %s: %d passed, %d failed\n", \
			good ? "ok" : "NOT ok", title, passed, failed
		if (!good)
			printf "%s", log_text
	}' part=text "${3:-/dev/null}" part=log "$B/lab.verdict"
}

# Sources and objects of this copy that changed are the tree's again, with their
# old times: nothing has to be built again.
restore()
{
	find . -newer "$B/lab.stamp" -type f | while read -r file; do
		rm -f "$file"
		[ ! -f "$top/$file" ] || cp -p "$top/$file" "$file"
	done
}

prove_one()
{
	lab=$top/scripts/labs/$1
	copy "$proofs/$1"
	cd "$proofs/$1" || exit
	touch "$B/lab.stamp"
	TIMEOUT=20
	rewrite . . && state 'without bodies' all
	rewrite . . "$top"
	for file in $(files); do
		cmp "$top/$file" "$file" || echo "NOT ok  $1: $file is another"
	done
	restore
	(TIMEOUT=120 && state 'with bodies' none)
	for wrong in "$lab"/wrong/*; do
		restore
		rewrite . . "$wrong" && state "wrong/${wrong##*/}" named "$wrong"
	done
	cd "$top" && rm -rf "${proofs:?}/$1"
}

prove()
{
	rm -rf "$proofs"
	mkdir -p "$proofs"
	for lab in scripts/labs/[0-9]*-*; do
		# shellcheck disable=SC2254 # it is a pattern
		case ${lab##*/} in
		$1) echo "${lab##*/}" ;;
		esac
	done >"$proofs/chosen"
	[ -s "$proofs/chosen" ] || die "no lab has a name that matches $1"
	export TIMEOUT='' JOBS=1
	xargs -P "$(nproc)" -n 1 sh "$0" prove-one <"$proofs/chosen" |
		tee "$proofs/log"
	awk -v labs="$(grep -c . "$proofs/chosen")" '
		/^ok / { passed++ }
		/^NOT ok / { failed++ }
		END {
			# Without bodies, with them, and three that are wrong.
			if (passed + failed < 5 * labs)
				failed += 5 * labs - passed - failed
			printf "%d passed, %d failed\n", passed, failed
			exit failed || !passed
		}' "$proofs/log"
}

case ${1:-} in
make)
	find_lab "$2"
	where=$B/labs/$2
	[ ! -e "$where" ] || [ "$FORCE" = 1 ] ||
		die "$where is there already: FORCE=1 throws it away and begins again"
	copy "$where"
	rewrite . "$where" || exit 1
	echo "$where is a copy of this tree. Yours to write there:"
	functions | awk '{ printf "  %-28s %s\n", $1, $2 }'
	echo "What to do: ${lab#"$top"/}/README.md. Done? make lab-check N=$2"
	;;
check)
	find_lab "$2"
	check "$2"
	;;
solution)
	find_lab "$2"
	where=$B/labs/$2
	[ -d "$where" ] || die "$where is not there yet (make lab N=$2)"
	for file in $(files); do
		diff -u "$where/$file" "$file" || :
	done
	;;
prove) prove "$2" ;;
prove-one) prove_one "$2" ;;
*) die "make, check, solution or prove?" ;;
esac
