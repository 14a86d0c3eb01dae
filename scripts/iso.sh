#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# iso.sh OUT KERNEL INITRD
#
# Makes a CD image, or disk image, that boots KERNEL through GRUB's multiboot
# loader with the words of CMDLINE; if HV=monitor, as the guest of MONITOR, whose
# own words are MONFLAGS: on a PC BIOS and by UEFI of 64 and 32 bits,
# as far as GRUB's modules for them are installed. GRUB talks on the serial line
# too, so the image works without a screen. Exits with 77 if a tool is missing.
set -eu

out=$1 kernel=$2 initrd=$3

for tool in grub-mkrescue xorriso mformat; do
	if ! command -v $tool >/dev/null; then
		echo "iso: $tool not found (make deps installs it)" >&2
		exit 77
	fi
done

tree=$out.tree
rm -rf "$tree"
mkdir -p "$tree/boot/grub"
cp "$kernel" "$tree/boot/pv86.elf"
[ "$initrd" = none ] || cp "$initrd" "$tree/boot/initrd.cpio"
# GRUB leaves the file's name out of the words; the monitor expects one.
if [ "${HV:-}" = monitor ]; then
	cp "${MONITOR:-${B:-build}/monitor.elf}" "$tree/boot/monitor.elf"
	boot="multiboot /boot/monitor.elf monitor.elf ${MONFLAGS:-}
module /boot/pv86.elf pv86.elf ${CMDLINE:-}"
else
	boot="multiboot /boot/pv86.elf ${CMDLINE:-}"
fi
[ "$initrd" = none ] || boot="$boot
module /boot/initrd.cpio"
cat >"$tree/boot/grub/grub.cfg" <<EOF
serial --unit=0 --speed=115200
terminal_input serial console
terminal_output serial console
$boot
boot
EOF

if ! grub-mkrescue -o "$out" "$tree" \
	>"$out.log" 2>&1; then
	cat "$out.log" >&2
	exit 1
fi
rm -rf "$tree" "$out.log"
