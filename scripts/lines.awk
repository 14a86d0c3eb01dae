# SPDX-License-Identifier: GPL-2.0-or-later
#
# How many lines of C or assembly are code: neither blank nor comment.
{
	while ((i = index($0, "/*")) && (j = index(substr($0, i + 2), "*/")))
		$0 = substr($0, 1, i - 1) substr($0, i + j + 3)
	if (inside && (i = index($0, "*/"))) {
		$0 = substr($0, i + 2)
		inside = 0
	}
	if (!inside && (i = index($0, "/*"))) {
		inside = 1
		$0 = substr($0, 1, i - 1)
	} else if (inside) {
		next
	}
	sub(/\/\/.*/, "")
}
/[^ \t]/ { n++ }
END { print n + 0 }
