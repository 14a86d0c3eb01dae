# SPDX-License-Identifier: GPL-2.0-or-later
#
# Which instructions are sensitive: what traps outside of ring 0 and, worse, what
# does not trap there but answers differently. For audit.awk and audit-rom.awk,
# which take the words of objdump.

function words(list, set,    part, i)
{
	for (i = split(list, part, " "); i > 0; i--)
		set[part[i]] = 1
}

BEGIN {
	# Section 10 of the VMI reference and its like on later CPUs. Moves
	# of special registers are told by their operands, in sensitive().
	words("pushf popf iret cli sti hlt clts lmsw smsw sgdt sidt sldt str" \
	      " lgdt lidt lldt ltr lar lsl verr verw arpl lss in out ins outs" \
	      " rdmsr wrmsr rdpmc rdtsc rdtscp cpuid xsetbv invd wbinvd" \
	      " wbnoinvd invlpg sysenter sysexit syscall sysret monitor mwait" \
	      " ljmp lcall lret int int1", is_sensitive)
	# What does the same in every ring, and what traps through a gate that
	# any ring may use. An instruction in neither list is a finding:
	# somebody has to look it up first.
	words("lea push pop pusha popa xchg cmpxchg cmpxchg8b xadd bswap xlat" \
	      " cwtl cltd cbtw cwtd lahf sahf enter leave" \
	      " add adc sub sbb inc dec neg" \
	      " not and or xor cmp test mul imul div idiv shl shr sar rol ror" \
	      " rcl rcr shld shrd bt bts btr btc bsf bsr popcnt cld std clc" \
	      " stc cmc stos lods scas cmps loop loope loopne jecxz jmp call" \
	      " tzcnt lzcnt ret ud2 int3 into bound nop pause lfence mfence" \
	      " sfence wait fwait emms ldmxcsr stmxcsr", is_harmless)
	words("rep repz repnz lock notrack data16 addr16 cs ds es fs gs ss",
	      is_prefix)
}

# Without the suffix for the size of the operand, if that makes it a known one.
function base(m, set,    short)
{
	short = substr(m, 1, length(m) - 1)
	return m in set ? m : m ~ /[bwl]$/ && short in set ? short : ""
}

# The kind of a sensitive or unknown instruction, "" for a harmless one.
function sensitive(m, operands)
{
	if (m ~ /^(mov|push|pop)[bwl]?$/) {
		if (operands ~ /%(cr|db|dr|tr)[0-9]/) {
			match(operands, /%(cr|db|dr|tr)/)
			return "mov " substr(operands, RSTART, 3)
		}
		if (operands ~ /^%[c-gs]s(,|$)/ && m !~ /^pop/ ||
		    operands ~ /^%[cs]s$/ && m ~ /^pop/)
			return substr(m, 1, length(m) - (m ~ /[wl]$/)) " " \
				substr(operands, 1, 3)
		if (operands ~ /,%[cs]s$/)
			return "mov to " substr(operands, length(operands) - 2)
		return ""
	}
	if (base(m, is_sensitive) != "")
		return base(m, is_sensitive)
	if (base(m, is_harmless) != "" ||
	    m ~ /^(mov[sz]?[bwl]?[bwl]?|j[a-z]+|set[a-z]+|cmov[a-z]+|f[a-z0-9]+)$/)
		return ""
	return m
}
