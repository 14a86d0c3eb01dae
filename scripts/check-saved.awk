# SPDX-License-Identifier: GPL-2.0-or-later
#
# The judge of scripts/check-saved.sh, which says what is shown. It reads the
# rows of ops.def, the words of each backend's table, and a disassembly.
#
# A value is "=REG", what REG had at the entry; "s:N", the address N bytes above
# that of the return address; "aADDRESS:N", the same of a stack that the
# instruction there aligned; "return"; or "?", anything else. reg[] and stack[],
# by the address of a word, are the state; "?" is not kept in stack[].

BEGIN {
	registers = split("eax ecx edx ebx esi edi ebp esp", name, " ")
	split("eax ecx edx ebx esp ebp esi edi", pushed, " ")
	for (i = 1; i <= registers; i++)
		whole["%" name[i]] = name[i]
	for (i = 1; i <= 4; i++) {
		whole["%" substr(name[i], 2)] = name[i]
		whole["%" substr(name[i], 2, 1) "l"] = name[i]
		whole["%" substr(name[i], 2, 1) "h"] = name[i]
	}
	whole["%si"] = "esi"
	whole["%di"] = "edi"
	whole["%bp"] = "ebp"
	# What is written besides, or instead of, the last operand.
	also["rdtsc"] = also["rdmsr"] = also["cpuid"] = "eax edx"
	also["cpuid"] = "eax ebx ecx edx"
	also["mul"] = also["div"] = also["idiv"] = "eax edx"
	also["cmpxchg8b"] = also["cltd"] = "eax edx"
	also["cmpxchg"] = also["cwtl"] = also["lahf"] = also["xlat"] = "eax"
	also["lods"] = also["outs"] = "esi"
	also["stos"] = also["ins"] = also["scas"] = "edi"
	also["movs"] = also["cmps"] = "esi edi"
	also["rep"] = also["repz"] = also["repnz"] = also["loop"] = "ecx"
	arguments["P1"] = arguments["R1"] = "eax"
	arguments["P2"] = arguments["PQ"] = "eax edx"
	arguments["P3"] = arguments["PE"] = arguments["RE"] = "eax edx ecx"
	arguments["PD"] = "eax edx"
	n = split("test cmp bt nop out outs lgdt lidt lldt ltr invlpg clts cli" \
		" sti hlt wbinvd wrmsr cld std clc stc cmc sahf pause fwait" \
		" stos ins scas cmps movs loop int", list, " ")
	for (i = 1; i <= n; i++)
		reads_only[list[i]] = 1
}

/^@/ { part = $1; table = $2; slot = 0; next }

# "OP GROUP NAME CLASS ... RESULT P?(...", or "JUMP GROUP NAME ...".
part == "@operations" {
	result[++operations] = $1 == "OP" && $5 != "void" ? $5 : ""
	operation[operations] = $1 == "OP" ? $3 : $2
	class[operations] = $1 == "OP" ? $4 : "JUMP"
	# A thunk without a result saves what a C call may lose.
	lost[operations] = $4 == "ANY" && $5 == "void" ? arguments["P3"] : \
		arguments[substr($6, 1, 2)]
}

part == "@table" && class[++slot] ~ /^(INSN|ANY)$/ && $1 !~ /^0+$/ {
	root[++roots] = $1
	root_slot[roots] = slot
	root_table[roots] = table
	may_lose[$1] = results(roots) " " lost[slot]
}

part == "@code" && /^[0-9a-f]+ <.*>:$/ {
	label[f = $1] = substr($2, 2, length($2) - 3)
}

part == "@code" && /^ *[0-9a-f]+:\t/ {
	at = $1
	sub(/:$/, "", at)
	next_to[before] = at
	before = at
	function_of[at] = f
	sub(/^ *[0-9a-f]+:[ \t]*/, "")
	sub(/ *(<.*|#.*)$/, "")
	n = split($0, word, " ")
	for (i = 1; i < n && word[i] ~ /^([c-gs]s|lock|notrack|data16|rep[nz]*)$/; i++)
		if (word[i] ~ /^rep/)
			prefix[at] = word[i]
	mnemonic[at] = word[i]
	operands[at] = word[i + 1] word[i + 2]
	if (word[i] ~ /^i?ret/)
		comes_back[f] = 1
	if (word[i] ~ /^jmp/)
		jumps[f] = jumps[f] " " word[i + 1]
}

# The registers of a function's result.
function results(r,    type)
{
	type = result[root_slot[r]]
	return type == "" ? "" : type ~ /^(u64|pteval_t)$/ ? "eax edx" : "eax"
}

# ---- values ---------------------------------------------------------------

function number(hex,    i, n, sign)
{
	sign = sub(/^-/, "", hex) ? -1 : 1
	sub(/^0x/, "", hex)
	for (i = 1; i <= length(hex); i++)
		n = n * 16 + index("123456789abcdef", substr(hex, i, 1))
	return sign * n
}

function is_stack(v) { return v ~ /^[sa][0-9a-f]*:/ }

function moved(v, by,    p)
{
	split(v, p, ":")
	return p[1] ":" p[2] + by
}

# "DISPLACEMENT(%REG)" as an address of the stack; "": it is none.
function address(operand,    p)
{
	sub(/^%[c-gs]s:/, "", operand)
	if (operand !~ /^(-?0x[0-9a-f]+)?\(%e[a-z]+\)$/)
		return ""
	split(operand, p, /[()]/)
	p[2] = reg[whole[p[2]]]
	return is_stack(p[2]) ? moved(p[2], number(p[1])) : ""
}

function load(operand,    a)
{
	if (operand in whole)
		return operand ~ /^%e/ ? reg[whole[operand]] : "?"
	a = address(operand)
	return a != "" && a in stack ? stack[a] : "?"
}

function put(a, v)
{
	if (v == "?")
		delete stack[a]
	else
		stack[a] = v
}

function store(operand, v,    a)
{
	if (operand in whole)
		reg[whole[operand]] = operand ~ /^%e/ ? v : "?"
	else if ((a = address(operand)) != "")
		put(a, v)
}

function push(v)
{
	reg["esp"] = moved(reg["esp"], -4)
	put(reg["esp"], v)
}

function pop(    v)
{
	v = reg["esp"] in stack ? stack[reg["esp"]] : "?"
	delete stack[reg["esp"]]
	reg["esp"] = moved(reg["esp"], 4)
	return v
}

function lose(list,    r, n)
{
	for (n = split(list, r, " "); n > 0; n--)
		reg[r[n]] = "?"
}

# ---- one instruction --------------------------------------------------------

# Splits at the commas outside parentheses; returns how many there are.
function split_operands(s, into,    i, c, depth, n)
{
	n = s != ""
	into[1] = ""
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		depth += (c == "(") - (c == ")")
		if (c == "," && !depth)
			into[++n] = ""
		else
			into[n] = into[n] c
	}
	return n
}

# The name without the suffix for the size.
function base(m)
{
	return m ~ /^(i?mul|i?div|test|cmp|bt|and|add|sub|mov|push|pop|xchg|stos|lods|movs|cmps|scas|ins|outs|cmpxchg|out)[bwl]$/ ? \
		substr(m, 1, length(m) - 1) : m
}

function arithmetic(m, from, to, at,    by)
{
	by = from ~ /^\$/ ? number(substr(from, 2)) : "?"
	if (by > 2147483647)
		by -= 4294967296
	if ((m == "add" || m == "sub") && is_stack(load(to)) && by != "?")
		store(to, moved(load(to), m == "add" ? by : -by))
	else if (m == "and" && to == "%esp")
		reg["esp"] = "a" at ":0"
	else
		store(to, "?")
}

function call(to)
{
	lose(to in may_lose ? may_lose[to] : "eax ecx edx")
}

# Carries out what is not a branch.
function execute(at,    m, o, n, v)
{
	m = base(mnemonic[at])
	n = split_operands(operands[at], o)
	if (m ~ /^pusha/) {
		v = reg["esp"]
		for (n = 1; n <= registers; n++)
			push(pushed[n] == "esp" ? v : reg[pushed[n]])
	} else if (m ~ /^popa/) {
		for (n = registers; n; n--) {
			v = pop()
			if (pushed[n] != "esp")
				reg[pushed[n]] = v
		}
	} else if (m ~ /^pushf?l?$/)
		push(m == "push" ? load(o[1]) : "?")
	else if (m ~ /^popf/)
		pop()
	else if (m == "pop") {
		v = pop()
		store(o[1], v)
	} else if (m == "leave") {
		reg["esp"] = reg["ebp"]
		reg["ebp"] = pop()
	} else if (m == "mov")
		store(o[2], load(o[1]))
	else if (m == "lea")
		store(o[2], address(o[1]) == "" ? "?" : address(o[1]))
	else if (m == "xchg") {
		v = load(o[1])
		store(o[1], load(o[2]))
		store(o[2], v)
	} else if (m ~ /^(add|sub|and)$/)
		arithmetic(m, o[1], o[2], at)
	else if (m == "call")
		call(o[1])
	else {
		lose(m == "imul" && n == 1 ? "eax edx" : also[m] " " also[prefix[at]])
		if (!(m in reads_only) && n)
			store(o[n], "?")
	}
}

# ---- all paths of a function -------------------------------------------------

# The state as one word: registers, then the stack by address.
function pack(    i, j, n, s, key, k)
{
	for (i = 1; i <= registers; i++)
		s = s reg[name[i]] " "
	for (k in stack) {
		for (j = ++n; j > 1 && key[j - 1] > k; j--)
			key[j] = key[j - 1]
		key[j] = k
	}
	for (i = 1; i <= n; i++)
		s = s key[i] " " stack[key[i]] " "
	return s
}

function unpack(s,    w, i, n)
{
	n = split(s, w, " ")
	for (i in stack)
		delete stack[i]
	for (i = 1; i <= registers; i++)
		reg[name[i]] = w[i]
	for (; i < n; i += 2)
		stack[w[i]] = w[i + 1]
}

function wrong(r, why)
{
	why = label[root[r]] ", " operation[root_slot[r]] ": " why
	if (!(why in told))
		print "check-saved: " why
	told[why] = 1
	bad[r] = 1
}

# `top`: where the stack must be, on what the caller pushed.
function check_return(r, top,    i, v)
{
	returns[r] = 1
	for (i = 1; i < registers; i++) {
		v = reg[name[i]]
		if (index(results(r), name[i])) {
			if (v == "=" name[i])
				wrong(r, "its result in " name[i] " is lost")
		} else if (v != "=" name[i] && !index(lost[root_slot[r]], name[i]))
			wrong(r, "changes " name[i])
	}
	if (reg["esp"] != top || stack[reg["esp"]] != "return")
		wrong(r, "returns to something else")
}

function never_returns(f,    n, to, i)
{
	if (f in comes_back || !(f in label))
		return 0
	n = split(jumps[f], to, " ")
	for (i = 1; i <= n; i++)
		if (function_of[to[i]] != f)
			return 0
	return 1
}

function later(at, state)
{
	if (!((at, state) in seen)) {
		seen[at, state] = 1
		todo[++pending] = at " " state
	}
}

# From one instruction to the next until the path ends.
function walk(r, at,    m, to)
{
	for (; at != "" && !(label[at] == "xen_upcall"); at = next_to[at]) {
		m = mnemonic[at]
		to = operands[at]
		if (m ~ /^(jmp|ljmp)/) {
			if (to ~ /^\*0x/) {	# a call, then a return
				call(to)
				check_return(r, "s:0")
			} else if (to !~ /^[0-9a-f]+$/)
				wrong(r, "jumps to where " to " says")
			else
				later(to, pack())
			return
		}
		if (m ~ /^(j|loop)/) {
			lose(also[m])
			later(to, pack())
			later(next_to[at], pack())
			return
		}
		if (m ~ /^i?ret/) {
			check_return(r, m ~ /^i/ ? "s:-8" : "s:0")
			return
		}
		if (m ~ /^ud2/ || m == "call" && never_returns(to))
			return
		execute(at)
		steps++
		if (!is_stack(reg["esp"])) {
			wrong(r, "has lost its stack at " at)
			return
		}
	}
}

function follow(r,    i, s)
{
	for (i = 1; i < registers; i++)
		s = s "=" name[i] " "
	later(root[r], s "s:0 s:0 return")
	while (pending) {
		s = todo[pending--]
		unpack(substr(s, index(s, " ") + 1))
		walk(r, substr(s, 1, index(s, " ") - 1))
	}
	for (i in seen)
		delete seen[i]
	if (!(r in returns))
		wrong(r, "does not return")
}

END {
	if (!roots || !(root[1] in mnemonic)) {
		print "check-saved: no table, or no code"
		exit 2
	}
	for (r = 1; r <= roots; r++)
		follow(r)
	for (r in bad)
		wrongs++
	printf "check-saved: %d functions, %d steps: %s\n", roots, steps, \
		wrongs ? wrongs " wrong" : "each keeps what it must"
	exit wrongs > 0
}
