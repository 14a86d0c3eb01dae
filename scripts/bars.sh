#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the hook layer costs its readers, and how large the kernel and the monitor
# are, in numbers, and the bars that keep them small. What the hook layer costs
# the kernel has its bars in scripts/bench.sh.
#
#   code      lines without blanks and comments, with the native backend
#   depth     from an operation's function to the bytes of its site: the longest
#             chain of macros, each of which stands in the text of the one before
#   spelled   how often one native instruction is written down: the most of all
#             operations that have a row in insn.h
#   tests     lines of the tests of the hook layer
#   kernel, monitor   lines of code, as above
#   words     of the two READMEs
#   unused    names that include/abi defines and nobody uses: a foreign interface
#             is described as far as something here needs it
#
# Exit status: 0 if all bars hold. The last line is `N passed, N failed`.
set -eu

passed=0 failed=0
headers='include/pv/pv.h include/pv/site.h pv/native/insn.h'

# WHAT NUMBER BAR
row()
{
	if [ "$2" -le "$3" ] && { [ "$2" -gt 0 ] || [ "$3" = 0 ]; }; then
		verdict=PASS passed=$((passed + 1))
	else
		verdict=FAIL failed=$((failed + 1))
	fi
	printf '%-44s %7s  <= %5s  %s\n' "$1" "$2" "$3" $verdict
}

# A name that is pasted together, PV_TEXT_##class, may be any that begins so.
# No macro is expanded inside itself.
depth()
{
	awk '
	function chain(m,    i, n, called, longest, d)
	{
		open[m] = 1
		n = split(calls[m], called, " ")
		for (i = 1; i <= n; i++) {
			d = called[i] in open ? 0 : chain(called[i])
			if (d > longest)
				longest = d
		}
		delete open[m]
		return longest + 1
	}

	/^#define/ {
		name = $2
		sub(/\(.*/, "", name)
		sub(/^#define[ \t]+[A-Za-z0-9_]+(\([^)]*\))?/, "")
		define = 1
	}
	define {
		define = sub(/\\$/, "")
		text[name] = text[name] $0
	}
	END {
		for (m in text) {
			t = text[m]
			while (match(t, /[A-Za-z0-9_]+(##)?/)) {
				word = substr(t, RSTART, RLENGTH)
				t = substr(t, RSTART + RLENGTH)
				if (word in text && word != m)
					calls[m] = calls[m] " " word
				if (sub(/##$/, "", word) && word != "")
					for (other in text)
						if (index(other, word) == 1)
							calls[m] = calls[m] " " other
			}
		}
		print chain("PV_OP")
	}' $headers
}

# Without blanks, percent signs and ends of strings an instruction looks the same
# everywhere: in a macro, in an asm statement, in assembly.
spelled()
{
	awk '
	function bare(s)
	{
		gsub(/\\n|\\t|[ \t%"\\]/, "", s)
		return s
	}

	FILENAME ~ /insn\.h$/ && /^#define NATIVE_/ {
		op = $2
		sub(/^#define[ \t]+[A-Za-z0-9_]+[ \t]*/, "")
		if ($0 !~ /^(NATIVE_.*)?$/)
			native[op] = bare($0)
	}
	{ sub(/#define[ \t]+NATIVE_[a-z0-9_]+[ \t]*/, "") }
	{ line[NR] = bare($0) }
	END {
		for (op in native) {
			n = 0
			for (i in line)
				n += line[i] == native[op] || \
					index(line[i], "(" native[op] ":") || \
					index(line[i], "(" native[op] ")")
			if (n > most)
				most = n
		}
		print most + 0
	}' pv/native/insn.h include/pv/* pv/*.[cS] pv/native/*.c pv/native/native.h
}

# A use is in another line than the definition.
unused()
{
	awk '
	FILENAME ~ /^include\/abi\// && /^#define/ && $2 !~ /_H$/ {
		name = $2
		sub(/\(.*/, "", name)
		defined[name]
	}
	{
		gsub(/[^A-Za-z0-9_]+/, " ")
		n = split($0, word, " ")
		for (i = 1; i <= n; i++)
			if (last[word[i]] != NR) {
				last[word[i]] = NR
				lines[word[i]]++
			}
	}
	END {
		for (name in defined)
			if (lines[name] < 2) {
				print "bars: unused: " name >"/dev/stderr"
				names++
			}
		print names + 0
	}' $(find arch kernel pv include tests -name '*.[chS]' -o -name '*.def')
}

row 'code: include/pv, pv/*.[cS], pv/native' \
	"$(cat include/pv/* pv/*.[cS] pv/native/* | awk -f scripts/lines.awk)" 1720
row 'depth: macros from an operation to bytes' "$(depth)" 4
row 'spelled: one native instruction' "$(spelled)" 1
row 'tests: tests/host/patch*, tests/kernel/pv*' \
	"$(cat tests/host/patch* tests/kernel/pv* | wc -l)" 3800
row 'kernel: kernel/*.c, arch/i386' \
	"$(cat kernel/*.c arch/i386/*.[cS] | awk -f scripts/lines.awk)" 8850
row 'monitor: by Xen'\''s ABI, with arch/x86_64' \
	"$(cat pv/monitor/*.[ch] pv/monitor/xen/*.[chS] arch/x86_64/* |
		awk -f scripts/lines.awk)" 5770
row 'monitor: by VMI, beyond that' \
	"$(cat pv/monitor/vmi/*.[chS] pv/monitor/rom/guest.* \
		pv/monitor/rom/launch.S pv/monitor/rom/hide.c \
		pv/monitor/rom/int15.S | awk -f scripts/lines.awk)" 3070
row 'words: README.md, pv/README.md' "$(cat README.md pv/README.md | wc -w)" 4050
row 'unused: names of include/abi' "$(unused)" 0
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
