# SPDX-License-Identifier: GPL-2.0-or-later
#
# Reads a file of JSON whole, and checks it as the trace: each event of a track
# begins no earlier than the one before, and lies within the events that have not
# ended yet. Exit status: 0 if that holds and there are events, else 1, with a
# line that says where.

{ text = text $0 "\n" }
