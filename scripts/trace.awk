# SPDX-License-Identifier: GPL-2.0-or-later
#
# Turns lines of /proc/pv/trace, sorted by time, into events of the Trace Event
# format: one a line, after its start and its duration for sorting. The first
# file is the list of system calls. Tracks: 1 user, 2 kernel, 3 operation,
# 4 hypercall, 5 monitor.
#
# User and kernel are made from entries and IRETs. The two of one frame belong
# together, so a task's entries nest as its frames do. When another task runs,
# the slices of the one before end, and those of the other go on.

FNR == NR {
	if (match($0, /^[A-Z0-9]+\([0-9]+, *[a-z_0-9]+/)) {
		split(substr($0, index($0, "(") + 1, RLENGTH), call, /[, )]+/)
		syscall[call[1]] = call[2]
	}
	next
}

function number(hex,    i, n)
{
	for (i = 1; i <= length(hex); i++)
		n = n * 16 + index("123456789abcdef", substr(hex, i, 1))
	return n + 0
}

function quoted(s)
{
	gsub(/["\\]/, "\\\\&", s)
	return "\"" s "\""
}

function slice(track, name, from, to, args)
{
	if (track < 3 && !entries)
		return
	from -= base
	to -= base
	printf "%.0f\t%.0f\t{\"ph\":\"X\",\"pid\":1,\"tid\":%d," \
		"\"ts\":%.3f,\"dur\":%.3f,\"name\":%s,\"args\":{%s}}\n",
		from, to - from, track, from / 1000, (to - from) / 1000, \
		quoted(name), args
}

# The kernel's slices of a task, from level n + 1 on: they end, or go on.
function end_kernel(task, n, t,    i)
{
	for (i = depth[task]; i > n; i--)
		slice(2, name[task, i], begun[task, i], t, \
			"\"task\":" quoted(label[task]))
	depth[task] = n
}

function push(task, what, frame, t)
{
	name[task, ++depth[task]] = what
	frames[task, depth[task]] = frame
	begun[task, depth[task]] = t
}

function end_user(t)
{
	if (user != "")
		slice(1, label[user], user_from, t, \
			"\"task\":" quoted(label[user]))
	user = ""
}

function switch_to(task, t,    i)
{
	end_user(t)
	i = depth[now]
	end_kernel(now, 0, t)
	depth[now] = i
	if (!depth[task])
		push(task, "kernel", "", t)
	for (i = 1; i <= depth[task]; i++)
		begun[task, i] = t
	now = task
}

function enter(    what)
{
	what = $7
	if (what == "syscall") {
		what = number($11)
		what = what in syscall ? syscall[what] : "syscall " what
	}
	end_user($2)
	push(now, what, $10, $2)
}

# To user mode nothing stays; else what this frame began ends.
function leave(    i, to_user)
{
	to_user = number($10) % 4 == 3
	for (i = depth[now]; i > 0 && frames[now, i] != $11; i--)
		;
	if (i || to_user)
		end_kernel(now, to_user ? 0 : i - 1, $2)
	if (to_user) {
		user = now
		user_from = $2
	}
}

{
	if (!began++)
		base = $2
	last = $2 + ($3 == "-" ? 0 : $3)
	pid = $4
	sub(/:.*/, "", pid)
	if ($6 != "mon" && pid != now)
		switch_to(pid, $2)
	label[pid] = $4			# exec changes it
	if ($6 == "enter") {
		enter()
		next
	}
	args = result = ""
	for (i = 9; i <= NF && $i != "="; i++)
		args = args (i > 9 ? " " : "") $i
	if (i < NF)
		result = $NF
	slice($6 == "op" ? 3 : $6 == "call" ? 4 : 5, $7, $2, last, \
		"\"task\":" quoted($4) ",\"caller\":" quoted($8) \
		",\"args\":" quoted(args) ",\"result\":" quoted(result) \
		",\"number\":" $1 + 0)
	if ($7 == "iret")
		leave()
}

END {
	end_user(last)
	end_kernel(now, 0, last)
}
