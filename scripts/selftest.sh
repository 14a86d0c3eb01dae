#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# One headless boot with `selftest` on the command line, in QEMU or in what
# MACHINE names (see qemu.sh and bochs.sh for the environment; LOG is needed).
# The kernel's verdict has to agree with what it printed: a run that stops in
# the middle passes neither way.
# Last line: `N passed, N failed, N skipped`. Exits with 77 without a MACHINE.
set -u

status=0
rm -f "$LOG"
sh "scripts/${MACHINE:-qemu}.sh" headless || status=$?
[ $status -ne 77 ] || exit 77
[ -f "$LOG" ] || exit 1
awk -f scripts/ktap.awk "$LOG" || [ $status -ne 0 ] || status=1
exit $status
