#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# One headless boot that runs the command RUN with the trace on, which records
# what FILTER names (default: all), and switches off. What RUN printed comes here.
# Writes B/trace.txt, the lines of /proc/pv/trace, and B/trace.json, which
# Perfetto and chrome://tracing open. One instruction is one tick, and 1 ns there.
# Environment: that of scripts/qemu.sh, and B, the build directory.
set -eu

: "${B:=build}" "${HV:=}" "${KVM:=}" "${RUN:=true}" "${FILTER:=all}"
: "${INITRD:=$B/initrd.cpio}" "${CMDLINE:=}" "${QEMUFLAGS:=}"
: "${TRACE:=$B/trace}"	# the files that are made begin with this
work=$TRACE.work
[ "$KVM" = 1 ] || QEMUFLAGS="-icount shift=0 $QEMUFLAGS"

die()
{
	echo "trace: $*" >&2
	exit 1
}

case $FILTER in
*[!a-z0-9_\ -]*) die "FILTER=$FILTER: names, with a - before what is left out" ;;
esac
mkdir -p "$work"
rm -rf "$work/etc" "$TRACE.txt" "$TRACE.json"
mkdir "$work/etc"

# The name of the backend in use ends the trace. All is one line, since the shell
# reads a line by many system calls.
case $HV in
'') backend=native ;;
xen | monitor) backend=xen ;;
*) backend=vmi ;;
esac
cat >"$work/etc/trace" <<END
#!/bin/sh
echo '$FILTER' >/proc/pv/trace || poweroff
echo @run; echo trace >/proc/pv/backend || poweroff; $RUN; echo $backend >/proc/pv/backend
echo @trace
cat /proc/pv/trace
echo @end
poweroff
END
chmod +x "$work/etc/trace"
(cd "$work" && echo etc/trace | cpio -o --quiet -H newc -R +0:+0) |
	cat "$INITRD" - >"$work/initrd.cpio"

status=0
INITRD=$work/initrd.cpio CMDLINE="init=/etc/trace $CMDLINE" QEMUFLAGS=$QEMUFLAGS \
	LOG='' sh scripts/qemu.sh headless >"$work/log" 2>&1 || status=$?
tr -d '\r' <"$work/log" >"$work/text"
sed -n '/^@run$/,/^@trace$/{ /^@/d; p; }' "$work/text"
[ $status -eq 0 ] && grep -q '^@end$' "$work/text" ||
	{ tail -n 20 "$work/text" >&2; die "the boot failed, see $work/log"; }
sed -n '/^@trace$/,/^@end$/{ /^@/d; s/ *$//; p; }' "$work/text" >"$TRACE.txt"

grep -v '^#' "$TRACE.txt" | sort -n -k 2,2 -k 1,1 |
	awk -v entries="$(grep -c ' enter ' "$TRACE.txt")" \
		-f scripts/trace.awk include/kernel/syscalls.def - |
	LC_ALL=C sort -k 1,1n -k 2,2nr | cut -f 3- >"$work/events"
{
	echo '{"displayTimeUnit":"ns","traceEvents":['
	n=0
	for track in user kernel operation hypercall monitor; do
		n=$((n + 1))
		printf '{"ph":"M","pid":1,"tid":%s,"name":"thread_name","args":{"name":"%s"}},\n' $n $track
	done
	sed '$!s/$/,/' "$work/events"
	echo ']}'
} >"$TRACE.json"
sed -n '1s/^# \(.*\):.*/\1/p' "$TRACE.txt"
echo "$TRACE.txt, $TRACE.json: for https://ui.perfetto.dev or chrome://tracing"

