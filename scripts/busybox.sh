#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes build/busybox/initrd.cpio: Debian's busybox-static for i386 as a system
# that nobody here has compiled, and in /tests BusyBox's own tests, from its
# source package. init=/tests/run runs them.
#
# scripts/apt.sh fetches both. All is done in build/busybox/work; the initrd
# appears when it is complete.
set -eu

package=busybox
. scripts/apt.sh

version=1:1.35		# the tests of another one are others

# One version of both: busybox.deb, and the source in tree/.
fetch()
{
	private_apt deb deb-src
	found=$(source_versions busybox | grep "^$version" | head -n 1)
	[ -n "$found" ] ||
		die "no repository of this system has BusyBox $version; see $log"
	mkdir fetched
	(cd fetched && apt-get -q download busybox-static:i386 &&
		apt-get -q source --only-source --download-only "busybox=$found")
	dpkg-deb -x fetched/*.deb binary
	dpkg-source -x fetched/*.dsc tree
}

# At boot busybox gives itself all of its names.
commands()
{
	mkdir -p root/bin root/etc root/tmp root/proc root/dev root/root
	cp binary/bin/busybox root/bin
	ln -s busybox root/bin/sh
	ln -s bin/busybox root/init
	echo 'root:x:0:0:root:/root:/bin/sh' >root/etc/passwd
	echo 'root:x:0:' >root/etc/group
	cat >root/etc/inittab <<-END
	::sysinit:/bin/busybox --install -s /bin
	::respawn:-/bin/sh
	END
	echo 'export PATH=/bin HOME=/root TERM=vt100' >root/etc/profile
}

# The programs that the shell's tests come with are for a compiler. Only one of
# them is used, and there is a command like it.
tests()
{
	mkdir root/tests root/tests/suite
	cp tree/debian/config/pkg/static root/tests/suite/.config
	cp -r tree/testsuite root/tests/suite
	ln -s /bin/busybox root/tests/suite/busybox
	cp -r tree/shell/ash_test root/tests/ash
	cp root/tests/suite/.config root/tests/ash
	ln -s /bin/busybox root/tests/ash/ash
	for name in printenv recho zecho; do
		printf '#!/bin/sh\nenv\n' >root/tests/ash/$name
		chmod +x root/tests/ash/$name
	done
	cat >root/tests/run <<-'END'
	#!/bin/sh
	# All tests but those that calculate or fork, for minutes.
	export PATH=/bin HOME=/root TERM=vt100 LANG=C.UTF-8
	/bin/busybox --install -s /bin
	cd /tests/suite/testsuite
	for name in $(busybox --list); do
		case $name in
		bc | factor) ;;
		*) [ ! -e $name ] && [ ! -e $name.tests ] || ./runtest $name ;;
		esac
	done
	cd /tests/ash
	./run-all ash-[a-y]*
	poweroff -f
	END
	chmod +x root/tests/run
}

pack()
{
	find root -exec touch -h -d @0 {} +
	(cd root && find . -mindepth 1 | sed 's,^\./,,' | LC_ALL=C sort |
		cpio -o --quiet -H newc --reproducible -R +0:+0) >../initrd.new
	mv ../initrd.new ../initrd.cpio
}

begin
command -v apt-get >/dev/null || die "no apt-get here"
command -v dpkg-source >/dev/null || die "no dpkg-source here (dpkg-dev)"

enter_work
say "fetching busybox-static and its source"
stage='fetching busybox'
fetch
stage='packing'
commands
tests
pack
rm -rf "$work"
say "$dir/initrd.cpio"
stage=''
