#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Boots the kernel with `bench` once for each way to reach the native
# operations and compares: sites inlined, called directly, called through the
# table, and the unhooked build (OFF_KERNEL), which has no sites. QEMU with -icount shift=0 executes one instruction a virtual
# nanosecond and the TSC shows it, so the figures are instructions and the
# same on every host. With KVM=1 they are cycles of this host instead.
#
# Prints a table of means and writes B/bench.csv. "cost" is what the hooks add
# inline to the unhooked build. The reference is Linux 2.6.32 (i386, PAE, no
# paravirt), the same kind of program under the same QEMU options.
set -eu

csv=$B/bench.csv
metrics='getpid fork_exit_wait fork_exec_exit_wait pipe_roundtrip
	mmap_touch_munmap_256 mmap_munmap page_fault context_switch'

if [ "${KVM:-}" = 1 ]; then
	unit=cycles
else
	unit=instructions
	QEMUFLAGS="${QEMUFLAGS:-} -icount shift=0"
	export QEMUFLAGS
fi

# ENVIRONMENT WORDS: one boot, its figures appended to the CSV.
measure()
{
	log=$B/bench-$1.log
	echo "bench: $1" >&2
	if ! CMDLINE="bench $2 $CMDLINE" LOG='' sh scripts/qemu.sh headless >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		echo "bench: the boot for $1 failed, see $log" >&2
		return 1
	fi
	awk -v env="$1" -v unit=$unit -v metrics="$metrics" '
		{ sub(/\r+$/, "") }
		/^BENCH [a-z_0-9]+ [0-9.]+ [0-9.]+$/ {
			print env "," $2 "," $4 "," unit
			seen[$2]++
			ops += $2 ~ /^op_/
		}
		END {
			n = split(metrics, m)
			for (i = 1; i <= n; i++)
				if (seen[m[i]] != 1) {
					print "bench: " env ": " m[i] " reported " \
						seen[m[i]] + 0 " times" >"/dev/stderr"
					bad = 1
				}
			if (!ops) {
				print "bench: " env ": no op_ metric" >"/dev/stderr"
				bad = 1
			}
			exit bad
		}' "$log" >>"$csv.tmp"
}

echo 'environment,metric,value,unit' >"$csv.tmp"
measure native-inline pv.patch=inline
measure native-direct pv.patch=direct
measure native-table pv.patch=off
KERNEL=$OFF_KERNEL measure off ''
mv "$csv.tmp" "$csv"

awk -F, -v unit=$unit '
	BEGIN {
		linux["getpid"] = 87
		linux["fork_exit_wait"] = 26517
		linux["fork_exec_exit_wait"] = 81700
		linux["pipe_roundtrip"] = 4831
		linux["mmap_touch_munmap_256"] = 637600
		linux["mmap_munmap"] = 4900
		printf "%-22s %9s %9s %9s %9s %8s %9s %6s\n", unit, "off",
			"inline", "direct", "table", "cost", "Linux", "ratio"
	}
	NR > 1 {
		if (!($2 in row)) {
			row[$2] = ++n
			name[n] = $2
		}
		value[$1, $2] = $3
	}
	function cell(env, m) {
		return (env, m) in value ? value[env, m] : "-"
	}
	END {
		for (i = 1; i <= n; i++) {
			m = name[i]
			inline = value["native-inline", m]
			off = value["off", m]
			printf "%-22s %9s %9s %9s %9s", m, cell("off", m),
				inline, cell("native-direct", m),
				cell("native-table", m)
			if (m !~ /^op_/ && off)
				printf " %7.2f%%", (inline - off) * 100 / off
			if (m in linux && unit == "instructions")
				printf " %9d %6.2f", linux[m], inline / linux[m]
			printf "\n"
		}
	}' "$csv"
echo "bench: ratio is inline to Linux; figures also in $csv" >&2
