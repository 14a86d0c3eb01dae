# SPDX-License-Identifier: GPL-2.0-or-later
#
# One sensitive instruction, or unknown one, in each function plant_*: the
# audit has to find them all. Code that only looks alike is in clean.s.

	.macro plant_jump name, instruction:vararg
	.type plant_\name, @function
plant_\name:
	\instruction
	.size plant_\name, . - plant_\name
	.endm

	.macro plant name, instruction:vararg
	plant_jump \name, \instruction
	ret
	.size plant_\name, . - plant_\name
	.endm

	.text
	plant pushf, pushf
	plant pushfw, pushfw
	plant popf, popf
	plant popfw, popfw
	plant_jump iret, iret
	plant_jump iretw, iretw
	plant cli, cli
	plant cli_padded, .byte 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0xfa
	plant cli_cs, .byte 0x2e, 0xfa
	plant sti, sti
	plant hlt, hlt
	plant clts, clts
	plant lmsw, lmsw %ax
	plant lmsw_memory, lmsw (%eax)
	plant smsw, smsw %eax
	plant smsw_word, smsw %ax
	plant smsw_memory, smsw (%eax)
	plant sgdt, sgdt (%eax)
	plant sgdt_word, data16 sgdt (%eax)
	plant sidt, sidt (%eax)
	plant sldt, sldt %eax
	plant sldt_memory, sldt (%eax)
	plant str, str %eax
	plant str_memory, str (%eax)
	plant lgdt, lgdt (%eax)
	plant lidt, lidt (%eax)
	plant lldt, lldt %ax
	plant ltr, ltr %ax
	plant lar, lar %eax, %ebx
	plant lsl, lsl %eax, %ebx
	plant verr, verr %ax
	plant verw, verw %ax
	plant arpl, arpl %ax, %bx
	plant lss, lss (%eax), %ecx
	plant in_port, in $0x60, %al
	plant in_byte, in %dx, %al
	plant in_word, in %dx, %ax
	plant in_long, in %dx, %eax
	plant out_port, out %al, $0x80
	plant out_byte, out %al, %dx
	plant out_word, out %ax, %dx
	plant out_long, out %eax, %dx
	plant insb, insb
	plant insw, insw
	plant insl, insl
	plant rep_insl, rep insl
	plant outsb, outsb
	plant outsw, outsw
	plant outsl, outsl
	plant rep_outsl, rep outsl
	plant rdmsr, rdmsr
	plant wrmsr, wrmsr
	plant rdpmc, rdpmc
	plant rdtsc, rdtsc
	plant rdtscp, rdtscp
	plant cpuid, cpuid
	plant xsetbv, xsetbv
	plant invd, invd
	plant wbinvd, wbinvd
	plant wbnoinvd, wbnoinvd
	plant invlpg, invlpg (%eax)
	plant sysenter, sysenter
	plant sysexit, sysexit
	plant syscall, syscall
	plant sysret, sysret
	plant monitor, monitor
	plant mwait, mwait
	plant_jump ljmp, ljmp $0x60, $plant_ljmp
	plant_jump ljmp_memory, ljmp *(%eax)
	plant lcall, lcall $0x60, $plant_lcall
	plant lcall_memory, lcall *(%eax)
	plant_jump lret, lret
	plant_jump lret_pop, lret $8
	plant_jump lretw, lretw
	plant int_0x80, int $0x80
	plant int_3_long, .byte 0xcd, 3
	plant int1, int1
	plant mov_from_cs, mov %cs, %eax
	plant mov_from_ss, mov %ss, %eax
	plant mov_from_ds, mov %ds, %eax
	plant mov_from_es, mov %es, %eax
	plant mov_from_fs, mov %fs, %eax
	plant mov_from_gs, mov %gs, %eax
	plant mov_from_cs_word, mov %cs, %ax
	plant mov_from_cs_memory, mov %cs, (%eax)
	plant mov_to_ss, mov %eax, %ss
	plant mov_to_ss_memory, mov (%eax), %ss
	plant push_cs, push %cs
	plant push_ss, push %ss
	plant push_ds, push %ds
	plant push_es, push %es
	plant push_fs, push %fs
	plant push_gs, push %gs
	plant push_cs_word, pushw %cs
	plant pop_ss, pop %ss
	plant mov_from_cr0, mov %cr0, %eax
	plant mov_to_cr0, mov %eax, %cr0
	plant mov_from_cr2, mov %cr2, %eax
	plant mov_from_cr3, mov %cr3, %eax
	plant mov_to_cr3, mov %eax, %cr3
	plant mov_from_cr4, mov %cr4, %eax
	plant mov_to_cr4, mov %eax, %cr4
	plant mov_from_dr7, mov %dr7, %eax
	plant mov_to_dr7, mov %eax, %dr7
	plant unknown_vmcall, vmcall
	plant unknown_rsm, rsm
	plant unknown_encoding, .byte 0x0f, 0x04

	.section .note.GNU-stack, "", @progbits
