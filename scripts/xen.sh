#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds the Xen hypervisor, and nothing else of Xen, from Debian's source
# package into build/xen/xen. Debian's own binary does not do: 32-bit
# paravirtual guests are compiled out of it.
#
# scripts/apt.sh fetches the source. All is done in build/xen/work;
# build/xen/xen appears when it is complete.
set -eu

package=xen
. scripts/apt.sh

# ---- the source ----------------------------------------------------------

# Leaves the newest version that can be had in tree/. One that is listed may
# be gone.
fetch()
{
	private_apt deb-src
	versions=$(source_versions xen)
	[ -n "$versions" ] ||
		die "no repository of this system has Xen's source; see $log"
	for version in $versions; do
		rm -rf fetched
		mkdir fetched
		if (cd fetched && apt-get -q source --only-source \
			--download-only "xen=$version"); then
			dpkg-source -x fetched/*.dsc tree
			return
		fi
	done
	die "Xen's source is listed but cannot be downloaded; see $log"
}

# ---- the hypervisor -------------------------------------------------------

# Shadow stacks and branch tracking exclude 32-bit guests on a CPU that has
# them. What else is off, a guest without tools never uses.
config()
{
	cat <<-END
	CONFIG_EXPERT=y
	CONFIG_PV32=y
	# CONFIG_XEN_SHSTK is not set
	# CONFIG_XEN_IBT is not set
	# CONFIG_HVM is not set
	# CONFIG_SHADOW_PAGING is not set
	# CONFIG_KEXEC is not set
	# CONFIG_LIVEPATCH is not set
	# CONFIG_HYPFS is not set
	# CONFIG_XENOPROF is not set
	# CONFIG_TRACEBUFFER is not set
	# CONFIG_GDBSX is not set
	# CONFIG_DEBUG_INFO is not set
	END
}

# A clean environment: neither the caller's CC and MAKEFLAGS nor the name of
# the machine or the time of day get into the hypervisor.
xen_make()
{
	env -i PATH="$PATH" HOME="${HOME:-/}" LC_ALL=C \
		XEN_WHOAMI='' XEN_DOMAIN='' XEN_BUILD_HOST='' \
		XEN_BUILD_DATE="$version" XEN_BUILD_TIME='' \
		make -C tree/xen -j "$(nproc)" XEN_TARGET_ARCH=x86_64 "$@"
}

build()
{
	config >tree/xen/.config
	xen_make olddefconfig
	grep '^CONFIG_PV32=y' tree/xen/.config ||
		die "Xen $version has no 32-bit guests any more; see $log"
	xen_make
}

begin
command -v apt-get >/dev/null ||
	die "no apt-get here: use a Xen with CONFIG_PV32 that you have, XEN=path"
CC=gcc HOSTCC=gcc sh scripts/deps.sh xen

enter_work
say "fetching the source"
stage='fetching the source'
fetch
say "building $version"
stage="building $version"
build

cp tree/xen/xen ../xen.new
mv ../xen.new ../xen
rm -rf "$work"
say "$dir/xen"
stage=''
