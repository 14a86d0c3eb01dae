#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# initrd.sh OUT ROOT MKBADELF PROGRAM...
#
# Packs the stripped programs that lie under ROOT into the cpio archive OUT
# and adds what the kernel and its tests expect around them. The same
# programs give the same archive, byte for byte, whoever may read them here.
set -eu

out=$PWD/$1 root=$2 mkbadelf=$3
shift 3

tmp=$out.tree
rm -rf "$tmp"
mkdir -p "$tmp/bin" "$tmp/dev" "$tmp/etc" "$tmp/proc" "$tmp/tests"

for prog; do
	cp "$root/$prog" "$tmp/$prog"
done
ln -s bin/init "$tmp/init"
ln -s null "$tmp/tests/link"
cat >"$tmp/etc/motd" <<EOF
Welcome to pv86. Try: ls /bin, cat /proc/pv/sites, echo hi | wc, poweroff
EOF
if [ -n "$mkbadelf" ]; then
	mkdir "$tmp/tests/badelf"
	"$mkbadelf" "$tmp/bin/true" "$tmp/tests/badelf"
fi

chmod -R u=rwX,go=rX "$tmp"
find "$tmp" -exec touch -h -d @0 {} +
(cd "$tmp" && find . -mindepth 1 | sed 's,^\./,,' | LC_ALL=C sort |
	cpio -o --quiet -H newc --reproducible -R +0:+0) >"$out"
rm -rf "$tmp"
