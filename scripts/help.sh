#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Prints the `##` comments of the Makefile and of the test matrix, where
# targets, variables and rows are described at the place that defines them.

awk '
	/^##@ / { title[++n] = substr($0, 5) ":"; next }
	/^[A-Z]+ *:?=.*##/ {
		name = $1 "="
		text = $0; sub(/^[^#]*##[ \t]*/, "", text)
		value = $0; sub(/^[^=]*= */, "", value); sub(/ *##.*/, "", value)
		if (value != "")
			text = text " [" value "]"
		line[n] = line[n] sprintf("  %-12s %s\n", name, text)
	}
	/^[a-z-]+:.*##/ {
		name = $1; sub(/:$/, "", name)
		text = $0; sub(/.*## */, "", text)
		line[n] = line[n] sprintf("  %-12s %s\n", name, text)
	}
	END {
		for (i = n; i > 0; i--)
			printf "%s\n%s\n", title[i], line[i]
	}' Makefile
echo "Rows of the test matrix:"
sh tests/matrix --list
