#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the hooks cost: boots the kernel with `bench` in each environment below
# and compares. QEMU with -icount shift=0 executes one instruction a virtual
# nanosecond and the TSC shows it, so the figures are instructions, the same on
# every host and in every run: each environment runs twice, and any difference
# is an error. With KVM=1 they are cycles of this host instead, taken once.
#
#   off            the unhooked build, OFF_KERNEL: bare instructions
#   native-inline  sites rewritten; native-direct: to direct calls only;
#                  native-table: left as compiled
#   vmi-native     by a VMI ROM on bare hardware that leaves it to the kernel, and
#   vmi-calls      by one that answers for all calls; how many those are, a boot
#                  of its own counts, with vmi.count
#   monitor        on our own hypervisor
#   vmi            on the same by the ROM that has it inside; its hypercalls are all
#                  world switches
#   xen            on Xen, where it is there (XEN) and KERNEL can run on it;
#                  xen-eager: with batching switched off
#   linux          Linux, measured once: scripts/linux.csv
#
# A boot with bench=longest gives the unit "longest": the most instructions that
# a call takes before it lets others run, that interrupts are off, and that a
# pass of the patcher takes, during which they are off too. It depends on when an
# alarm comes, so it is taken once and has a bar, no figure. The rest is means.
#
# Prints the tables, leaves them in B/bench.txt, and writes B/bench.csv:
# environment,metric,value,unit, a value being the mean of one operation. PASS
# and FAIL say whether a row is within its bar; with BAR=check a row outside
# makes the exit status 1. The cycles that COST (tests/cost/) takes on this host
# are only shown.
set -eu

: "${BAR:=}" "${KVM:=}" "${XEN:=build/xen/xen}"
HV=''				# but for the rows of Xen
# % of instructions, native-inline over off; another compiler's.
[ "$B" = build ] && bar=0.30 || bar=0.35
bar=${BAR_PERCENT:-$bar}
mean_bar=0.15			# the same, the mean of all rows
# Instructions, native-direct; another compiler's: % over off.
direct_bar='fork_exit_wait 5800'
[ "$B" = build ] || direct_bar='fork_exit_wait 11 %'
# %, vmi-calls over native-inline, and for rows; another compiler's.
vmi_bar='6 getpid 7.2 fork_exit_wait 8.3 context_switch 13.8'
[ "$B" = build ] || vmi_bar="$vmi_bar pipe_roundtrip 6.7 context_switch 16.6"
text_bar=2			# % of bytes of kernel/ and arch/
hypercalls='getpid 0 context_switch 1 page_fault 1 mmap_touch_munmap_256 264
	fork_exit_wait 12 fork_exec_exit_wait 30 op_irq_disable 0
	op_irq_enable 0 op_save_fl 0 op_restore_fl 0'	# at most, on Xen
switches='getpid 2 context_switch 2 page_fault 2 op_irq_disable 0
	op_irq_enable 0 op_save_fl 0 op_restore_fl 0'	# at most, of vmi
# Instructions, xen over native-inline. To Linux 4.19 Xen adds 313000 and 642000.
xen_adds='fork_exit_wait 30000 fork_exec_exit_wait 40000'

metrics='getpid fork_exit_wait fork_exec_exit_wait pipe_roundtrip
	mmap_touch_munmap_256 mmap_munmap page_fault context_switch'
longest='no_schedule 1000000 irqs_off 100000 patch_pass 1000000'	# at most
csv=$B/bench.csv

if [ "$KVM" = 1 ]; then
	unit=cycles all_runs=1
else
	unit=instructions all_runs='1 2'
	QEMUFLAGS="${QEMUFLAGS:-} -icount shift=0"
	export QEMUFLAGS
fi

die()
{
	echo "bench: $*" >&2
	exit 1
}

# ENVIRONMENT RUN WORDS: one boot; its figures in bench-ENVIRONMENT.RUN as
# metric,value,unit. Metrics or units that are missing are an error.
boot()
{
	out=$B/bench-$1.$2
	if ! CMDLINE="$3 $CMDLINE" LOG='' \
		sh scripts/qemu.sh headless >"$out.log" 2>&1; then
		tail -n 20 "$out.log" >&2
		die "the boot for $1 failed, see $out.log"
	fi
	awk -v env="$1" -v metrics="$metrics" -v units="$units" \
		-v unit=$unit '
		{ sub(/\r+$/, "") }
		/^BENCH [a-z_0-9]+ [0-9.]+ [0-9.]+$/ { add($2, $4, unit) }
		/^HYPERCALLS [a-z_0-9]+ [0-9.]+$/ { add($2, $3, "hypercalls") }
		/^COST [a-z_0-9]+ [0-9.]+$/ { add($2, $3, "cost") }
		/^LONGEST [a-z_0-9]+ [0-9]+$/ {
			add($2, $3, "longest")
			if ($2 !~ /^(irqs_off|patch_pass)$/ && $3 > most)
				most = $3
		}
		function add(metric, value, unit)
		{
			if (!index(" " units " ", " " unit " "))
				return
			print metric "," value "," unit
			seen[metric, unit]++
			ops[unit] += metric ~ /^op_/
		}
		END {
			if (most)
				add("no_schedule", most, "longest")
			split(units, u)
			for (k = 1; k in u; k++) {
				if (u[k] == "cost")
					metrics = "fault_bounce"
				if (u[k] == "longest")
					metrics = "no_schedule irqs_off " \
						"patch_pass"
				n = split(metrics, m)
				for (i = 1; i <= n; i++)
					if (seen[m[i], u[k]] != 1)
						bad = bad "bench: " env ": " \
							u[k] " of " m[i] \
							" are not there once\n"
				if (u[k] !~ /longest|cost/ && !ops[u[k]])
					bad = bad "bench: " env ": no " \
						u[k] " of an operation\n"
			}
			printf "%s", bad >"/dev/stderr"
			exit bad != ""
		}' "$out.log" >"$out"
}

# ENVIRONMENT WORDS UNITS: all its boots at once, its figures to the CSV.
measure()
{
	env=$1 words=$2 units=$3 boots='' status=0 runs=$all_runs
	[ "$units" != longest ] || runs=1
	echo "bench: $env" >&2
	for run in $runs; do
		boot "$env" "$run" "$words" &
		boots="$boots $!"
	done
	trap "kill $boots; exit 1" HUP INT TERM	# QEMU ends with who started it
	for pid in $boots; do
		wait "$pid" || status=1
	done
	[ $status -eq 0 ] || exit 1
	set --
	for run in $runs; do
		set -- "$@" "$B/bench-$env.$run"
	done
	awk -F, -v env="$env" '
		NR == FNR { print env "," $0 }
		{ value[$1 " in " $3, FILENAME] = $2; row[$1 " in " $3] }
		function shown(v) { return v == "" ? "nothing" : v }
		END {
			one = ARGV[1]
			two = ARGV[ARGC - 1]
			for (r in row)
				if (value[r, one] "" != value[r, two] "") {
					printf "bench: %s: %s: %s in one run, " \
						"%s in the other\n", env, r, \
						shown(value[r, one]), \
						shown(value[r, two]) \
						>"/dev/stderr"
					bad = 1
				}
			exit bad
		}' "$@" >>"$csv.tmp" || exit 1
}

# ENVIRONMENT KERNEL: bytes from the link map, without tests/. text: code of
# kernel/ and arch/; text_init: their code that is freed after boot; text_pv
# and data_pv: pv/ itself, with backends; text_thunks: what sites call to move
# their registers; data_sites: the records.
sizes()
{
	awk -v env="$1" -v top="${2%/*}/" '
		function hex(s,   n, i)
		{
			for (i = 3; i <= length(s); i++)
				n = n * 16 + index("0123456789abcdef", \
					substr(s, i, 1)) - 1
			return n
		}
		/^Linker script and memory map/ { map = 1 }
		!map { next }
		/^ \.[^ ]+$/ { section = $1; next }
		/^ \.[^ ]+ +0x/ { section = $1; sub(/^ \.[^ ]+/, "") }
		$1 !~ /^0x0*[1-9a-f]/ || $2 !~ /^0x/ || NF < 3 { next }
		{
			if (index($3, top) != 1)
				next
			room = substr($3, length(top) + 1)
			sub(/\/.*/, "", room)
			code = section ~ /^\.(text|boot|multiboot|init\.text)/
			data = section ~ /^\.(rodata|data|bss|init\.data|pv_)/
			if (room == "tests" || !code && !data)
				next
			what = section == ".pv_thunks" ? "text_thunks" : \
				section == ".pv_sites" ? "data_sites" : \
				room == "pv" ? (code ? "text_pv" : "data_pv") : \
				section == ".init.text" ? "text_init" : \
				code ? "text" : "data"
			size[what] += hex($2)
		}
		END {
			n = split("text text_init text_pv data_pv " \
				"text_thunks data_sites", m)
			for (i = 1; i <= n; i++)
				print env "," m[i] "," size[m[i]] + 0 ",bytes"
			exit !size["text"]
		}' "$2.map" >>"$csv.tmp" || die "no sizes in $2.map"
}

echo 'environment,metric,value,unit' >"$csv.tmp"
KERNEL=$OFF_KERNEL measure off bench $unit
measure native-inline 'bench pv.patch=inline' "$unit cost"
measure native-direct 'bench pv.patch=direct' $unit
measure native-table 'bench pv.patch=off' $unit
[ "$KVM" = 1 ] || measure native bench=longest longest
sizes off "$OFF_KERNEL"
sizes native-inline "$KERNEL"

for HV in vmi-native vmi-calls; do
	export HV
	measure $HV bench $unit
done
[ "$KVM" = 1 ] || measure vmi-calls 'bench vmi.count' hypercalls
for HV in monitor vmi; do
	[ "$KVM" = 1 ] || measure $HV bench "$unit hypercalls cost"
done
HV=''

if [ "$KVM" = 1 ]; then
	echo "bench: Xen left out, it counts instructions" >&2
elif [ ! -e "$XEN" ]; then
	echo "bench: Xen left out, there is no $XEN" >&2
elif ! readelf -n "$KERNEL" 2>/dev/null | grep -q Xen; then
	echo "bench: Xen left out, $KERNEL has no note for it" >&2
else
	HV=xen
	export HV XEN
	measure xen bench "$unit hypercalls cost"
	measure xen-eager 'bench xen.lazy=off' "$unit hypercalls"
	measure xen bench=longest longest
fi
[ "$KVM" = 1 ] || grep '^linux,' scripts/linux.csv >>"$csv.tmp"
mv "$csv.tmp" "$csv"

status=0
awk -F, -v unit=$unit -v bar="$bar" -v text_bar=$text_bar \
	-v mean_bar=$mean_bar -v direct_bar="$direct_bar" \
	-v vmi_bar="$vmi_bar" -v hypercalls="$hypercalls" -v longest="$longest" \
	-v xen_adds="$xen_adds" -v switches="$switches" \
	-v verdict="$B/bench.verdict" '
	BEGIN {
		n = split(hypercalls " " longest, h, " ")
		for (i = 1; i < n; i += 2)
			most[h[i]] = h[i + 1]
	}
	NR > 1 {
		if (!(($2, $4) in value))
			name[$4, ++rows[$4]] = $2
		value[$2, $4] = 1
		value[$1, $2, $4] = $3
		have[$1] = 1
	}
	function cell(env, m, u)
	{
		return (env, m, u) in value ? value[env, m, u] : "-"
	}
	function judge(ok)
	{
		inside += ok
		outside += !ok
		return ok ? "PASS" : "FAIL"
	}
	# Value in both builds, and what the hooked one adds.
	function compare(m, u, percent,   off, on)
	{
		off = cell("off", m, u)
		on = cell("native-inline", m, u)
		printf "%-22s %9s %9s %9s %9s", m, off, on, \
			u == "bytes" ? "" : cell("native-direct", m, u), \
			u == "bytes" ? "" : cell("native-table", m, u)
		if (off > 0)
			printf " %8.4f", on / off
		else
			printf " %8s", "-"
		printf (m ~ /^op_/ ? " %+9.2f" : " %+9d"), on - off
		if (percent != "")
			printf "  %s", judge((on - off) * 100 <= off * percent)
	}
	# All rows together, and what the hooks cost where nothing is inlined.
	function mean(   i, m, n, sum, d)
	{
		for (i = 1; i <= rows[unit]; i++) {
			m = name[unit, i]
			if (m ~ /^op_/)
				continue
			sum += cell("native-inline", m, unit) / cell("off", m, unit)
			n++
		}
		printf "%-22s %48.4f %9s  %s  <=%s%%\n", "mean", sum / n, "", \
			judge((sum / n - 1) * 100 <= mean_bar), mean_bar
		split(direct_bar, d, " ")
		m = cell("native-direct", d[1], unit)
		fork_most = d[3] ? cell("off", d[1], unit) * (1 + d[2] / 100) : d[2]
		printf "%-22s %28d %29s  %s  <=%d\n", "fork, direct", m, "", \
			judge(m <= fork_most), fork_most
	}
	function head(u, on, direct, table, percent, last)
	{
		printf "%-22s %9s %9s %9s %9s %8s %9s  %s%s\n", u, "off", on, \
			direct, table, "to off", "extra", \
			percent == "" ? "" : "<=" percent "%", last
	}
	function xen(   i, m, n, added, a)
	{
		n = split(xen_adds, a, " ")
		for (i = 1; i < n; i += 2)
			most_added[a[i]] = a[i + 1]
		printf "\n%-22s %9s %9s   %s %9s  %23s\n", "on Xen", unit, \
			"eager", "hypercalls", "eager", "added"
		for (i = 1; i <= rows[unit]; i++) {
			m = name[unit, i]
			printf "%-22s %9s %9s    %9s %9s", m, \
				cell("xen", m, unit), \
				cell("xen-eager", m, unit), \
				cell("xen", m, "hypercalls"), \
				cell("xen-eager", m, "hypercalls")
			if (m in most)
				printf "  <= %3d  %s", most[m], judge( \
					cell("xen", m, "hypercalls") != "-" && \
					cell("xen", m, "hypercalls") + 0 <= \
					most[m])
			else
				printf "%14s", ""
			added = cell("xen", m, unit) - \
				cell("native-inline", m, unit)
			printf " %9d", added
			if (m in most_added)
				printf "  <= %5d  %s", most_added[m], judge( \
					cell("xen", m, unit) > 0 && \
					added <= most_added[m])
			printf "\n"
		}
	}
	# Means: an alarm may come in one of a hundred rounds.
	function same(a, b)
	{
		return a - b < 0.05 && b - a < 0.05
	}
	# What a hypervisor adds to bare hardware, or what a call of it costs:
	# the monitor has half of the real Xen for it, where that is there.
	function hypervisor_row(m, u,   base, ours, xens)
	{
		base = cell("native-inline", m, u)
		if (base == "-")
			base = 0
		ours = cell("monitor", m, u)
		xens = cell("xen", m, u)
		printf "%-22s %9s %9d", m, ours, ours - base
		if (xens != "-" && xens > base)
			printf " %9s %9d %8.4f  %s", xens, xens - base, \
				(ours - base) / (xens - base), \
				judge((ours - base) * 2 <= xens - base)
		if (u == unit && xens != "-")
			printf " %11s %9s  %s", cell("monitor", m, "hypercalls"), \
				cell("xen", m, "hypercalls"), \
				judge(same(cell("monitor", m, "hypercalls"), \
					   cell("xen", m, "hypercalls")))
		printf "\n"
	}
	function hypervisor(   i)
	{
		printf "\n%-22s %9s %9s %9s %9s %8s  %s %11s %9s\n", \
			"by a hypervisor", "monitor", "adds", "Xen", "adds", \
			"", "<=0.5", "hypercalls", "on Xen"
		for (i = 1; i <= rows[unit]; i++)
			if (name[unit, i] !~ /^op_/)
				hypervisor_row(name[unit, i], unit)
		for (i = 1; i <= rows["cost"]; i++)
			hypervisor_row(name["cost", i], "cost")
	}
	# Shadow paging may cost twice what direct paging does.
	function shadow_row(m,   direct, shadow)
	{
		direct = cell("monitor", m, unit)
		shadow = cell("vmi", m, unit)
		printf "%-22s %9s %9s %8.4f  %4s %14s", m, direct, shadow, \
			shadow / direct, m ~ /^op_/ ? "" : \
			judge(shadow > 0 && shadow <= 2 * direct), \
			cell("vmi", m, "hypercalls")
		if (m in most_switches)
			printf "  <= %3d  %s", most_switches[m], \
				judge(cell("vmi", m, "hypercalls") + 0 <= \
				      most_switches[m])
		printf "\n"
	}
	function shadow(   i, n, w)
	{
		n = split(switches, w, " ")
		for (i = 1; i < n; i += 2)
			most_switches[w[i]] = w[i + 1]
		printf "\n%-22s %9s %9s %8s  %4s %14s\n", "by shadow paging", \
			"monitor", "vmi", "", "<=2", "world switches"
		for (i = 1; i <= rows[unit]; i++)
			shadow_row(name[unit, i])
	}
	# The ROM that answers NONE has the bar of native itself.
	function vmi_row(m,   inline, native, calls, percent)
	{
		inline = cell("native-inline", m, unit)
		native = cell("vmi-native", m, unit)
		calls = cell("vmi-calls", m, unit)
		printf "%-22s %9s %9s %8.4f  %4s %9s %8.4f  ", m, inline, \
			native, native / inline, m ~ /^op_/ ? "" : \
			judge((native - inline) * 100 <= inline * bar), calls, \
			calls / inline
		percent = m in vmi_most ? vmi_most[m] : vmi_bar + 0
		if (m !~ /^op_/)
			printf "%4s  <=%4s%%", judge((calls - inline) * 100 <= \
				inline * percent), percent
		else
			printf "%12s", ""
		printf " %9s\n", cell("vmi-calls", m, "hypercalls")
	}
	function vmi(   i, n, w)
	{
		n = split(vmi_bar, w, " ")
		for (i = 2; i < n; i += 2)
			vmi_most[w[i]] = w[i + 1]
		printf "\n%-22s %9s %9s %8s  <=%s%% %8s %8s %19s\n", \
			"by a VMI ROM", "inline", "native", "", bar, "calls", \
			"", "ROM calls"
		for (i = 1; i <= rows[unit]; i++)
			vmi_row(name[unit, i])
	}
	# Bare hardware has the bar: on Xen some of it is Xen itself.
	function at_most(   i, m)
	{
		printf "\n%-22s %9s %9s\n", "longest", "native", "on Xen"
		for (i = 1; i <= rows["longest"]; i++) {
			m = name["longest", i]
			printf "%-22s %9s %9s", m, cell("native", m, "longest"), \
				cell("xen", m, "longest")
			if (m in most)
				printf "  <= %7d  %s", most[m], judge( \
					cell("native", m, "longest") <= most[m])
			printf "\n"
		}
	}
	END {
		exact = unit == "instructions"
		head(unit, "inline", "direct", "table", exact ? bar : "", \
		     exact ? "   Linux" : "")
		for (i = 1; i <= rows[unit]; i++) {
			m = name[unit, i]
			compare(m, unit, exact && m !~ /^op_/ ? bar : "")
			if (("linux", m, unit) in value)
				printf " %9d", cell("linux", m, unit)
			printf "\n"
		}
		if (exact)
			mean()
		printf "\n"
		head("bytes", "hooked", "", "", text_bar, "")
		for (i = 1; i <= rows["bytes"]; i++) {
			m = name["bytes", i]
			compare(m, "bytes", m == "text" ? text_bar : "")
			printf "\n"
		}
		if (exact)
			vmi()
		if (have["monitor"])
			hypervisor()
		if (have["vmi"])
			shadow()
		if (have["xen"])
			xen()
		if (have["native"])
			at_most()
		printf "%d within the bar, %d outside\n", inside, outside \
			>verdict
		exit outside > 0
	}' "$csv" >"$B/bench.txt" || status=1
cat "$B/bench.txt"

echo
cost=0
"$COST" 2>"$COST.err" || cost=$?
case $cost in
0) ;;
1) die "$COST: $(cat "$COST.err")" ;;
*) echo "bench: $COST left out: this host does not run i386 programs" >&2 ;;
esac
echo
cat "$B/bench.verdict"
echo "bench: figures also in $csv" >&2
[ "$BAR" != check ] || exit $status
