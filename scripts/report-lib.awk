# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the parts of build/report.html (scripts/report.sh) share: text as XML,
# numbers in hexadecimal, names of addresses.

function esc(s)
{
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	gsub(/"/, "\\&quot;", s)
	return s
}

function hex(s,   n, i)
{
	s = tolower(s)
	sub(/^0x/, "", s)
	for (i = 1; i <= length(s); i++)
		n = n * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
	return n
}

# An address of the image, as a distance from where the kernel's half begins:
# some awks have no keys and no %d above 2^31.
function va(s)
{
	return hex(s) - 3221225472
}

function digits(addr)
{
	return sprintf("%08x", addr + 3221225472)
}

# Little-endian, of 4 bytes in hex digits.
function word(s)
{
	return hex(substr(s, 7, 2) substr(s, 5, 2) substr(s, 3, 2) substr(s, 1, 2))
}

# A line of `nm -n`. Of two names of an address the last one stays: the first
# may be the end of what is before it.
function add_symbol(addr, type, name)
{
	if (type ~ /[aA]/)
		return
	addr = va(addr)
	if (!symbols || symbol_at[symbols] != addr)
		symbol_at[++symbols] = addr
	symbol_name[symbols] = name
}

# name+0xoffset for an address in the image, else its digits.
function named(addr,   low, high, mid)
{
	low = 1
	high = symbols
	if (addr < symbol_at[low] || addr >= symbol_at[high])
		return digits(addr)
	while (low < high - 1) {
		mid = int((low + high) / 2)
		if (symbol_at[mid] <= addr)
			low = mid
		else
			high = mid
	}
	addr -= symbol_at[low]
	return symbol_name[low] (addr ? sprintf("+0x%x", addr) : "")
}
