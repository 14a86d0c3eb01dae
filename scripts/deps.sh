#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Looks for the tools that the Makefile and its scripts use. Installs the
# packages of the missing ones where there is apt-get and a way to use it,
# else prints their names (as Debian calls them) and fails. Says and does
# nothing when all are there. `deps.sh xen`: those that building Xen needs.
set -u

: "${CC:=gcc}" "${HOSTCC:=gcc}"
need='' want=''

have()
{
	command -v "$1" >/dev/null 2>&1
}

# TOOL PACKAGE: without it, nothing works.
needs()
{
	have "$1" || need="$need $2"
}

# TOOL PACKAGE: only one target uses it, and that one says so.
wants()
{
	have "$1" || want="$want $2"
}

# FILE PACKAGE: the same of a tool that is no command.
wants_file()
{
	[ -e "$1" ] || want="$want $2"
}

# Compilers are packaged under their own names: gcc, gcc-12, clang-16, ccache.
for word in $CC $HOSTCC; do
	case $word in
	-*) ;;
	*) needs "$word" "$(basename "$word")" ;;
	esac
done
[ -f /usr/include/stdio.h ] || need="$need libc6-dev"
needs ld binutils
needs make make

if [ "${1:-}" = xen ]; then
	needs flex flex
	needs bison bison
	needs python3 python3
	needs dpkg-source dpkg-dev
else
	needs cpio cpio
	needs qemu-system-i386 qemu-system-x86

	wants gdb gdb
	wants xorriso xorriso
	wants mformat mtools
	wants grub-mkrescue grub-common
	wants_file /usr/lib/grub/i386-pc grub-pc-bin
	wants_file /usr/lib/grub/i386-xen grub-xen-bin
	wants_file /usr/lib/grub/x86_64-efi grub-efi-amd64-bin
	wants_file /usr/lib/grub/i386-efi grub-efi-ia32-bin
	wants_file /usr/share/OVMF/OVMF_CODE_4M.fd ovmf
	wants_file /usr/share/OVMF/OVMF32_CODE_4M.secboot.fd ovmf-ia32
	wants_file /usr/lib/ISOLINUX/isolinux.bin isolinux
	wants_file /usr/lib/syslinux/modules/bios/mboot.c32 syslinux-common
	wants bochs bochs
	wants_file /usr/lib/*/bochs/plugins/libbx_term_gui.so bochs-term
	wants_file /usr/share/bochs/BIOS-bochs-latest bochsbios
	wants_file /usr/share/bochs/VGABIOS-lgpl-latest vgabios
fi

[ -n "$need$want" ] || exit 0

if [ "$(id -u)" = 0 ]; then
	root=''
elif have sudo && sudo -n true 2>/dev/null; then
	root='sudo -n'
else
	root=none
fi

install()
{
	# shellcheck disable=SC2086 # root is nothing or two words
	$root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -q --no-install-recommends "$@"
}

if have apt-get && [ "$root" != none ]; then
	$root apt-get update -q
	# shellcheck disable=SC2086
	if [ -z "$need" ] || install $need; then
		need=''
	fi
	# shellcheck disable=SC2086
	if [ -z "$want" ] || install $want; then
		want=''
	fi
fi

[ -z "$want" ] || echo "deps: optional, for make gdb, make iso and rows of the matrix:$want" >&2
if [ -n "$need" ]; then
	echo "deps: please install:$need" >&2
	exit 1
fi
