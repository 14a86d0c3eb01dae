#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Writes B/report.html, one file that shows what this kernel is: the costs that
# `make bench` found, sites before and after in each environment that it found
# costs of, a page fault and a fork step by step, and the layout of the image.
# It needs no network and no script, and is well-formed XML too.
#
#   report.sh          boots each environment, with QEMU's -icount shift=0, and
#                      leaves its console in B/report/; then writes the file
#   report.sh draw     writes the file from the consoles that are there
#
# All figures come from CSV (B/bench.csv), from /proc/pv in the booted kernels,
# and from KERNEL: the awk programs scripts/report-*.awk only place them.
# B KERNEL INITRD XEN: as in scripts/qemu.sh. OUT: another file to write.
set -eu

: "${B:=build}" "${KERNEL:=$B/pv86.elf}" "${INITRD:=$B/initrd.cpio}"
: "${XEN:=build/xen/xen}" "${CC:=gcc}" "${CSV:=$B/bench.csv}" "${NM:=nm}"
export B KERNEL XEN
out=${OUT:-$B/report.html}
dir=${out%.html}		# consoles, and what is on the way from them

die()
{
	echo "report: $*" >&2
	exit 1
}

check_csv()
{
	[ -s "$CSV" ] || die "no figures in $CSV: run make bench first"
	! grep -q ',cycles$' "$CSV" ||
		die "$CSV counts cycles (KVM=1), this shows instructions: run make bench"
	awk -F, '
		NR == 1 { bad = $0 != "environment,metric,value,unit"; next }
		NF != 4 || $1 !~ /^[a-z-]+$/ || $3 !~ /^[0-9]+(\.[0-9]+)?$/ { bad = 1 }
		{ seen[$1] }
		END { exit bad || !("native-inline" in seen) }' "$CSV" ||
		die "$CSV is damaged or cut off: run make bench again"
}

# Each environment of the figures that has sites; bare hardware has no name in
# HV, and is there once.
environments()
{
	awk -F, 'NR > 1 && $1 !~ /^(off|linux)$|-eager$/ {
		sub(/^native-.*/, "native", $1)
		if (!seen[$1]++)
			print $1
	}' "$CSV" | while read -r env; do
		[ "$env" = xen ] && [ ! -e "$XEN" ] || echo "$env"
	done
}

# ENVIRONMENT: boots it, to show /proc/pv.
boot()
{
	case $1 in
	xen | monitor) backend=xen ;;
	vmi*) backend=vmi ;;
	*) backend=native ;;
	esac
	HV=${1#native} KVM='' INITRD=$dir/initrd.cpio CMDLINE=init=/report-$backend \
		LOG='' QEMUFLAGS='-icount shift=0' \
		sh scripts/qemu.sh headless >"$dir/$1.log" 2>&1 || {
		tail -n 5 "$dir/$1.log" >&2
		die "the boot for $1 failed, see $dir/$1.log"
	}
}

# One for each backend, whose name ends the trace. What is traced is one line,
# since the shell reads a line by many system calls.
make_initrd()
{
	for backend in native vmi xen; do
		cat >"$dir/report-$backend" <<-EOF
			#!/bin/sh
			cat /proc/pv/ops /proc/pv/sites
			cd /proc/pv; echo trace >backend; true; true; echo $backend >backend
			cat /proc/pv/trace
			poweroff
		EOF
		chmod +x "$dir/report-$backend"
	done
	cat "$INITRD"
	(cd "$dir" && printf '%s\n' report-* | cpio -o --quiet -H newc -R +0:+0)
}

# All at once: what takes long is Xen alone.
boot_all()
{
	rm -rf "$dir"
	mkdir -p "$dir"
	make_initrd >"$dir/initrd.cpio"
	boots=''
	for env in $(environments); do
		boot "$env" &
		boots="$boots $!"
	done
	for pid in $boots; do
		wait "$pid" || exit 1
	done
}

# The sections of the page, by awk from all that there is. The monitor's events
# come behind the kernel's: the order in time is that of the second column.
body()
{
	"$NM" -n "$KERNEL" >"$dir/symbols"
	readelf -SW "$KERNEL" >"$dir/sections"
	objdump -s -j .data.ro -j .rodata "$KERNEL" >"$dir/bytes"
	set -- part=csv "$CSV" part=symbols "$dir/symbols" \
		part=sections "$dir/sections" part=bytes "$dir/bytes" part=console
	for env in $(environments); do
		tail -n 3 "$dir/$env.log" | grep -q '^pv86: power off' ||
			die "$dir/$env.log ends early: run make report again"
		{
			sed '/^# trace/q' "$dir/$env.log"
			sed '1,/^# trace/d' "$dir/$env.log" | grep -v '^#' | sort -n -k 2,2
		} >"$dir/$env.txt"
		set -- "$@" "env=$env" "$dir/$env.txt"
	done
	no_xen='' no_boot=''
	[ -e "$XEN" ] || no_boot="No Xen: there is no $XEN to boot (make xen builds one)."
	grep -q '^xen,' "$CSV" || no_xen="No Xen: $CSV has no figures of it. make xen builds one; then make bench and make report."
	LC_ALL=C awk -v dir="$dir" -v no_xen="$no_xen" -v no_boot="${no_xen:-$no_boot}" \
		-v disassemble="as --32 -o $dir/sites.o $dir/sites.s &&
			objdump -d --no-show-raw-insn $dir/sites.o" \
		-f scripts/report.awk -f scripts/report-draw.awk "$@"
}

check_csv
[ "${1:-}" = draw ] || boot_all
{
	cat scripts/report.head
	echo "<p>$KERNEL, $($CC --version | head -n 1 | tr -d '<&>')</p>"
	body
	echo '</body></html>'
} >"$out.tmp"
mv "$out.tmp" "$out"
echo "report: $out, $(wc -c <"$out") bytes"
