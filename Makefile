# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds pv86 and its initrd, boots them, tests them, measures them.
# `make help` lists the targets and variables; QEMU's options are all in
# scripts/qemu.sh, the rows of the test matrix in tests/matrix.

##@ Variables
ifeq ($(origin CC),default)
CC := gcc##		compiler: gcc 11 or later, clang 14 or later
endif
OPT := -O2##		optimisation level
PV := on##		off: bare instructions instead of the hook layer
TESTS := on##		off: no self-tests in the image, no test programs in the initrd
DEBUG :=##		1: with assertions about what holds when tasks sleep and wake
HV :=##			hypervisor underneath: xen, monitor (default: none, bare hardware)
XEN := build/xen/xen##	the hypervisor of HV=xen
XENFLAGS :=##		more options for Xen's own command line
MONFLAGS :=##		words for the monitor's own command line
CMDLINE :=##		words for the kernel's command line
INITRD =##		cpio (newc) file to boot with; `none` boots without one
MEM := 128M##		memory of the machine, under a hypervisor of the guest
CPU := max##		CPU model, as in `qemu-system-i386 -cpu help`; 64-bit for a hypervisor
KVM :=##			1: run on the host's CPU through KVM
TIMEOUT :=##		seconds that a headless run may take (default 300)
MUTANTS :=##		which mutants to plant, e.g. 'xen-*' (default: all)
ROWS :=##		which rows of the test matrix to run, e.g. 'cpu-*'
RUN :=##			trace: the command that runs then, e.g. 'ls | wc'
FILTER :=##		trace: what is recorded, e.g. 'mmu irq -save_fl' (default: all)
STOP :=##			which stop of `make tour` to begin with
BAR :=##			check: a row of `make bench` outside its bar is an error
WERROR :=##		1: a warning is an error
V :=##			1: show the commands

HOSTCC := gcc
LD := ld
NM := nm
OBJCOPY := objcopy
STRIP := strip

# One directory a variant, so that variants never rebuild each other.
# Plain `make` uses build/ itself. No name has a blank: CC='ccache gcc'.
VARIANT := $(shell echo '$(notdir $(CC))$(OPT)' | tr -cs 'A-Za-z0-9.+\n-' _)
ifeq ($(VARIANT),gcc-O2)
VARIANT :=
endif
DEBUG_KERNEL := build/$(VARIANT:%=%-)debug/pv86.elf
ifeq ($(DEBUG),1)
VARIANT := $(VARIANT:%=%-)debug
endif
ifeq ($(PV),off)
VARIANT := $(if $(VARIANT),$(VARIANT)-)off
endif
ifeq ($(TESTS),off)
VARIANT := $(if $(VARIANT),$(VARIANT)-)product
ifneq ($(filter selftest bench report test test-xen mutants lab labs lab-check,$(MAKECMDGOALS)),)
$(error TESTS=off: there is nothing to run in this image)
endif
endif
ifneq ($(filter trace report,$(if $(filter off,$(PV)),$(MAKECMDGOALS))),)
$(error PV=off: there are no hooks, and so no trace and no report)
endif
B := build$(VARIANT:%=/%)

ifneq ($(V),1)
Q := @
endif
say = $(if $(Q),@printf '  %-7s %s\n' '$(1)' '$(2)')

# ---- flags ----------------------------------------------------------------

# The linker script, the audit and the patcher know code by the object it is in.
ifneq ($(findstring -flto,$(CC) $(OPT)),)
$(error -flto: this kernel can not be built with link-time optimisation)
endif

# Debug information calls the tree `.`: files are the same wherever that is.
ifneq ($(findstring clang,$(notdir $(CC))),)
STACK4 := -mstack-alignment=4
DEBUGINFO := -g -fdebug-compilation-dir=.
# A function that keeps all registers loses some by a tail call and, without
# optimisation, its own result: scripts/check-saved.sh.
KEEPS := -fno-optimize-sibling-calls \
	$(if $(filter-out -O0,$(lastword $(filter -O%,$(OPT)))),,-O1)
else
STACK4 := -mpreferred-stack-boundary=2
DEBUGINFO := -g "-fdebug-prefix-map=$(CURDIR)=."
# Padding inside functions is executed: it would make two builds differ.
NOALIGN := -fno-align-loops -fno-align-jumps -fno-align-labels
endif

WARN := -Wall -Wextra -Wno-unused-parameter -Wstrict-prototypes \
	-Wmissing-prototypes $(if $(filter 1,$(WERROR)),-Werror)
CODE := -m32 -march=i686 -mtune=generic -std=gnu11 -ffreestanding -fno-pic -fno-pie \
	-fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing -fwrapv -fno-common \
	-falign-functions=4 $(NOALIGN) \
	$(WARN) $(DEBUGINFO) $(OPT)
CPPFLAGS := -MMD -MP -Iinclude
KCPPFLAGS := $(CPPFLAGS) -Ipv $(if $(filter off,$(PV)),-DPV_OFF) \
	$(if $(filter 1,$(DEBUG)),-DDEBUG)
KCFLAGS := $(CODE) -mregparm=3 -mgeneral-regs-only -fno-omit-frame-pointer \
	-momit-leaf-frame-pointer -fno-delete-null-pointer-checks $(STACK4)
UCPPFLAGS := $(CPPFLAGS) -Ikernel/user
UCFLAGS := $(CODE) -ffunction-sections -fdata-sections
ASFLAGS := -m32 -march=i686 $(DEBUGINFO) -D__ASSEMBLY__
LDFLAGS := -m elf_i386 -z noexecstack
HOSTCFLAGS := -std=gnu11 -g -O1 -Wall -Wextra -Wno-unused-parameter \
	$(if $(filter 1,$(WERROR)),-Werror)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all

# ---- files ----------------------------------------------------------------

# Unhooked, nothing is left of pv/ but the native primitives.
PVSRC := $(if $(filter off,$(PV)),pv/native/*.c,pv/*.[cS] pv/native/*.[cS] pv/trace/*.[cS] pv/vmi/*.[cS] pv/xen/*.[cS])
TESTSRC := $(if $(filter off,$(TESTS)),,tests/kernel/*.c)
KSRC := $(sort $(wildcard arch/i386/*.[cS] kernel/*.c $(PVSRC) $(TESTSRC)))
KOBJ := $(patsubst %.c,$(B)/%.o,$(KSRC:%.S=$(B)/%.S.o))

ULIB := $(addprefix $(B)/kernel/user/,crt0.S.o lib.o edit.o)
UBIN := $(filter-out lib edit,$(patsubst kernel/user/%.c,%,$(wildcard kernel/user/*.c)))
UTEST := $(if $(filter off,$(TESTS)),,$(filter-out mkbadelf,$(patsubst tests/user/%.c,%,$(wildcard tests/user/*.c))))
UPROG := $(sort $(UBIN:%=$(B)/root/bin/%) $(UTEST:%=$(B)/root/tests/%))
UOBJ := $(ULIB) $(UBIN:%=$(B)/kernel/user/%.o) $(UTEST:%=$(B)/tests/user/%.o)
BADELF := $(if $(filter off,$(TESTS)),,$(patsubst tests/user/%.c,$(B)/host/%,$(wildcard tests/user/mkbadelf.c)))
TSCKHZ := $(B)/host/tsckhz

HOSTTEST := $(patsubst tests/host/%.c,$(B)/host/test-%,$(sort $(wildcard tests/host/*.c)))

# The option ROMs: one source, two sets of answers.
ROMS := $(B)/vmi-native.rom $(B)/vmi-calls.rom
ROMOBJ := $(patsubst %.c,$(B)/%.o,$(filter-out %/hide.c,$(wildcard pv/monitor/rom/*.c)))
ROMASM := $(B)/pv/monitor/rom/native.S.o $(B)/pv/monitor/rom/calls.S.o
VMITEST := $(B)/vmi-test.elf
VMITESTOBJ := $(patsubst %.c,$(B)/%.o,$(patsubst %.S,$(B)/%.S.o,$(wildcard tests/vmi/*.[cS])))

# Our hypervisor: 64-bit code, with the kernel's library and drivers.
MONITOR := $(B)/monitor.elf
MONDRIVERS := $(patsubst %,arch/i386/%.c,acpi calibrate cmos lapic lib loader pic pit power uart)
MONOBJ := $(patsubst %.c,$(B)/monitor/%.o,$(patsubst %.S,$(B)/monitor/%.S.o,\
	$(wildcard pv/monitor/*.c pv/monitor/xen/*.[cS]) arch/x86_64/desc.c arch/x86_64/paging.c \
	arch/x86_64/entry.S $(MONDRIVERS) \
	kernel/lib.c kernel/cmdline.c kernel/vsnprintf.c kernel/memmap.c kernel/printk.c))
MONBOOT := $(B)/monitor/arch/x86_64/boot.S.o $(B)/arch/i386/refuse.o
# Its other face, in a third option ROM that puts it under a running kernel.
VMIROM := $(B)/vmi.rom
VMIROMOBJ := $(patsubst %,$(B)/pv/monitor/rom/%.o,post hide int15.S launch.S)
VMIOBJ := $(patsubst %.c,$(B)/monitor-vmi/%.o,$(patsubst %.S,$(B)/monitor-vmi/%.S.o,\
	$(wildcard pv/monitor/*.c pv/monitor/vmi/*.[cS]) \
	pv/monitor/rom/time.c pv/monitor/rom/wallclock.c \
	arch/x86_64/desc.c arch/x86_64/paging.c arch/x86_64/entry.S \
	kernel/lib.c kernel/vsnprintf.c kernel/printk.c arch/i386/acpi.c arch/i386/lib.c arch/i386/uart.c))
BOUNCEROM := $(B)/bounce.rom
INT15 := $(B)/int15.bin
BOUNCEOBJ := $(addprefix $(B)/monitor-vmi/,pv/monitor/vmi/launch.o pv/monitor/vmi/start.S.o \
	tests/launch/bounce.o arch/x86_64/paging.o kernel/lib.o arch/i386/lib.o)
# A guest that attacks it, or the real Xen.
ATTACK := $(B)/attack.elf
ATTACKOBJ := $(patsubst %.c,$(B)/%.o,$(patsubst %.S,$(B)/%.S.o,$(wildcard tests/monitor/*.[cS])))
ATTACKLIB := $(addprefix $(B)/,kernel/lib.o kernel/vsnprintf.o arch/i386/lib.o)

# One that looks at what it was started with, in each form that kernels have.
START := $(patsubst %,$(B)/start-%.elf,notes pfn legacy)
STARTOBJ := $(B)/tests/start/start.o $(patsubst %,$(B)/tests/start/entry-%.o,notes pfn legacy)

KERNEL := $(B)/pv86.elf
ifeq ($(strip $(INITRD)),)
override INITRD := $(B)/initrd.cpio
endif

# ---- building -------------------------------------------------------------

##@ Targets
.PHONY: all
all: $(KERNEL) $(B)/initrd.cpio $(ROMS) $(MONITOR) $(VMIROM) ## build the kernel and its initrd (the default)

.SECONDARY:
.DELETE_ON_ERROR:
.SUFFIXES:

# `make -j deps all` has to install the compiler before it is used.
ifneq ($(filter deps,$(MAKECMDGOALS)),)
$(KOBJ) $(ROMOBJ) $(ROMASM) $(VMITESTOBJ) $(UOBJ) $(B)/nosyms.S.o $(BADELF) \
		$(HOSTTEST) build/xen/xen gnu-ld: | deps
endif

# What no time stamp tells: other flags, and sources that went away.
$(B)/flags: NOW := $(subst $(CURDIR),.,$(CC) $(KCPPFLAGS) $(KCFLAGS) $(KEEPS) $(UCPPFLAGS) $(UCFLAGS) \
	$(ASFLAGS) $(LD) $(LDFLAGS) $(NM) $(OBJCOPY) $(STRIP) $(HOSTCC) $(HOSTCFLAGS))
$(B)/files: NOW := $(KSRC) $(ROMOBJ) $(VMITESTOBJ) $(MONOBJ) $(VMIROMOBJ) $(VMIOBJ) $(BOUNCEOBJ) $(ATTACKOBJ) $(UPROG) $(BADELF)
$(B)/flags $(B)/files: FORCE
	@mkdir -p $(@D)
	@echo '$(NOW)' | cmp -s - $@ || echo '$(NOW)' >$@
.PHONY: FORCE gnu-ld

$(B)/flags: | gnu-ld
gnu-ld:
	@$(LD) -v | grep -q '^GNU ld' || \
		{ echo 'LD=$(LD): this is not GNU ld' >&2; exit 1; }

$(KOBJ) $(UOBJ) $(B)/kallsyms.S.o $(B)/nosyms.S.o: Makefile $(B)/flags

$(B)/kernel/user/%.o: kernel/user/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UCPPFLAGS) $(UCFLAGS) -c -o $@ $<

$(B)/tests/user/%.o: tests/user/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UCPPFLAGS) $(UCFLAGS) -c -o $@ $<

$(B)/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KCPPFLAGS) $(KCFLAGS) -c -o $@ $<

$(filter $(B)/pv/% %/count.o,$(KOBJ)): KCFLAGS += $(KEEPS)

# Tests are many and run once, reports are for people, on Xen most operations
# are a hypercall: small beats fast. Not so the benchmark and Xen's page tables.
$(filter-out %/bench.o,$(filter $(B)/tests/%,$(KOBJ))): KCFLAGS += -Os
$(filter-out %/mmu.o %/hypercall.o,$(filter $(B)/pv/xen/%,$(KOBJ))): KCFLAGS += -Os
$(B)/pv/report.o $(B)/pv/setup.o: KCFLAGS += -Os
# What is two instructions needs no frame.
$(B)/pv/native/setup.o $(B)/pv/vmi/cpu.o $(B)/pv/vmi/mmu.o: KCFLAGS += -fomit-frame-pointer
# What is a few instructions around a call is the same at each level.
$(B)/pv/vmi/cpu.o $(B)/pv/vmi/mmu.o: KCFLAGS += -O2

# It runs on the CPUs that it refuses, which lack CMOV.
$(B)/arch/i386/refuse.o: KCFLAGS += -march=i386

$(B)/%.S.o: %.S
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KCPPFLAGS) $(ASFLAGS) -c -o $@ $<

# The symbol table for backtraces needs the addresses that linking gives:
# link with an empty table, read the addresses, link again with the real one.
LINK = $(LD) $(LDFLAGS) --nmagic -Map=$@.map -T arch/i386/pv86.ld -o $@ $(KOBJ)

$(B)/nosyms.S: scripts/kallsyms.sh
	@mkdir -p $(@D)
	$(Q)sh scripts/kallsyms.sh >$@

$(B)/kallsyms.S: $(B)/pass1.elf scripts/kallsyms.sh
	$(call say,SYMS,$@)
	$(Q)NM='$(NM)' sh scripts/kallsyms.sh $< >$@

$(B)/kallsyms.S.o $(B)/nosyms.S.o: $(B)/%.S.o: $(B)/%.S
	$(Q)$(CC) $(ASFLAGS) -c -o $@ $<

$(B)/pass1.elf: $(KOBJ) $(B)/nosyms.S.o arch/i386/pv86.ld $(B)/files Makefile
	$(Q)$(LINK) $(B)/nosyms.S.o

$(KERNEL): $(B)/pass1.elf $(B)/kallsyms.S.o scripts/sums.sh
	$(call say,LD,$@)
	$(Q)$(LINK) $(B)/kallsyms.S.o
	$(Q)NM='$(NM)' sh scripts/kallsyms.sh $(B)/pass1.elf $@
	$(Q)NM='$(NM)' sh scripts/sums.sh $@

# ---- option ROMs ----------------------------------------------------------

# They run on any CPU, at any address.
$(ROMOBJ) $(VMIROMOBJ) $(ROMASM): Makefile $(B)/flags
$(ROMOBJ) $(VMIROMOBJ): KCFLAGS := $(CODE) -Os -march=i386 -mregparm=3 -mgeneral-regs-only \
	-fomit-frame-pointer -fno-jump-tables -ffunction-sections $(STACK4)
$(B)/pv/monitor/rom/calls.S.o: KCPPFLAGS += -DVMI_CALLS

$(ROMASM): pv/monitor/rom/rom.S
	$(call say,AS,$< $(@F:.S.o=))
	@mkdir -p $(@D)
	$(Q)$(CC) $(KCPPFLAGS) $(ASFLAGS) -c -o $@ $<

$(ROMS): $(B)/vmi-%.rom: $(B)/pv/monitor/rom/%.S.o $(ROMOBJ) \
		pv/monitor/rom/rom.ld scripts/rom.sh $(B)/files
	$(call say,ROM,$@)
	$(Q)for base in 0 0x12345000; do \
		$(LD) $(LDFLAGS) --gc-sections --defsym rom_base=$$base \
			--defsym rom_limit=8192 \
			-T pv/monitor/rom/rom.ld -o $<.$$base.elf \
			$< $(ROMOBJ) || exit; done
	$(Q)OBJCOPY='$(OBJCOPY)' sh scripts/rom.sh $@ $<.0.elf $<.0x12345000.elf

# A kernel that uses them as Linux did: one of the tests.
$(VMITESTOBJ): Makefile $(B)/flags
$(VMITESTOBJ): KCFLAGS := $(CODE) -Os -march=i386 -mregparm=3 \
	-mgeneral-regs-only -fno-delete-null-pointer-checks $(STACK4)

$(VMITEST): $(VMITESTOBJ) tests/vmi/vmi.ld $(B)/files
	$(call say,LD,$@)
	$(Q)$(LD) $(LDFLAGS) --nmagic -T tests/vmi/vmi.ld -o $@ $(VMITESTOBJ)

# ---- the monitor -----------------------------------------------------------

MCODE := -m64 -march=x86-64 -mcmodel=kernel -mno-red-zone -mgeneral-regs-only \
	$(filter-out -m32 -march=i686,$(CODE)) -fomit-frame-pointer
$(MONOBJ) $(MONBOOT): Makefile $(B)/flags
$(B)/monitor/%.o: %.c
	$(call say,CC,$< (64-bit))
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Iarch -Ipv -Ipv/monitor/xen $(MCODE) \
		$(if $(filter arch/i386/% kernel/printk.c,$<),-include arch/x86_64/bare.h) -c -o $@ $<

$(B)/monitor/%.S.o: %.S
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Iarch -Ipv -Ipv/monitor/xen -m64 $(DEBUGINFO) -D__ASSEMBLY__ -c -o $@ $<

$(B)/monitor/monitor.64: $(MONOBJ) arch/x86_64/monitor.ld $(B)/files
	$(Q)$(LD) -m elf_x86_64 -z noexecstack --nmagic -T arch/x86_64/monitor.ld \
		-o $@ $(MONOBJ)

# A loader takes 32-bit files: the 64-bit image is data in one.
$(B)/monitor/monitor.bin: $(B)/monitor/monitor.64
	$(Q)$(OBJCOPY) -O binary $< $@

$(B)/monitor/arch/x86_64/boot.S.o: arch/x86_64/boot.S $(B)/monitor/monitor.bin
	$(call say,AS,$<)
	$(Q)$(CC) $(CPPFLAGS) -Iarch -Ipv $(ASFLAGS) \
		-DMONITOR_BIN='"$(B)/monitor/monitor.bin"' -c -o $@ $<

$(MONITOR): $(MONBOOT) arch/x86_64/boot.ld $(B)/monitor/monitor.64
	$(call say,LD,$@)
	$(Q)$(LD) $(LDFLAGS) --nmagic -T arch/x86_64/boot.ld -o $@ $(MONBOOT) \
		--defsym monitor_size=0x$$($(NM) $(B)/monitor/monitor.64 | \
		awk '$$3 == "monitor_size" { print substr($$1, 9) }')

# ---- the monitor in a ROM ---------------------------------------------------

$(VMIOBJ) $(BOUNCEOBJ): Makefile $(B)/flags
$(B)/monitor-vmi/%.o: %.c
	$(call say,CC,$< (VMI face))
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Iarch -Ipv -Ipv/monitor/vmi $(MCODE) $(if $(filter %shadow.c %walk.c %pool.c %vmi/mmu.c %monitor/traps.c %vmi/traps.c,$<),,-Os) \
		$(if $(filter arch/i386/% kernel/printk.c,$<),-include arch/x86_64/bare.h) -c -o $@ $<

$(B)/monitor-vmi/%.S.o: %.S
	$(call say,AS,$< (VMI face))
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Iarch -Ipv -Ipv/monitor/vmi -m64 $(DEBUGINFO) -D__ASSEMBLY__ -c -o $@ $<

# What is in the ROM vmi.rom, or in the one that only tests the way there.
$(B)/monitor-vmi/vmi.64: $(VMIOBJ)
$(B)/monitor-vmi/bounce.64: $(BOUNCEOBJ)
$(B)/monitor-vmi/%.64: arch/x86_64/monitor.ld $(B)/files
	$(Q)$(LD) -m elf_x86_64 -z noexecstack --nmagic --gc-sections \
		-e vmi_start -T arch/x86_64/monitor.ld -o $@ $(filter %.o,$^)

$(B)/monitor-vmi/%.bin: $(B)/monitor-vmi/%.64
	$(Q)$(OBJCOPY) -O binary $< $@

$(B)/pv/monitor/rom/vmi.S.o $(B)/pv/monitor/rom/bounce.S.o: \
		$(B)/pv/monitor/rom/%.S.o: pv/monitor/rom/rom.S $(B)/monitor-vmi/%.bin
	$(call say,AS,$< $*)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KCPPFLAGS) $(ASFLAGS) -DVMI_MONITOR \
		-DMONITOR_BIN='"$(B)/monitor-vmi/$*.bin"' -c -o $@ $<

# blob_sum: of the bytes of the monitor, which POST checks.
$(VMIROM) $(BOUNCEROM): $(B)/%.rom: $(B)/pv/monitor/rom/%.S.o $(VMIROMOBJ) \
		pv/monitor/rom/rom.ld scripts/rom.sh
	$(call say,ROM,$@)
	$(Q)sum=$$(od -A n -v -t u1 $(B)/monitor-vmi/$*.bin | awk \
		'{ for (i = 1; i <= NF; i++) sum += $$i } END { print sum + 0 }') && \
	for base in 0 0x12345000; do \
		$(LD) $(LDFLAGS) --gc-sections --defsym rom_base=$$base \
			--defsym rom_limit=98304 --defsym blob_sum=$$sum \
			-T pv/monitor/rom/rom.ld -o $<.$$base.elf \
			$< $(VMIROMOBJ) || exit; done
	$(Q)OBJCOPY='$(OBJCOPY)' sh scripts/rom.sh $@ $<.0.elf $<.0x12345000.elf

# A boot sector that asks the BIOS how much memory there is.
$(INT15): tests/launch/int15.S Makefile
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ASFLAGS) -c -o $@.o $<
	$(Q)$(LD) $(LDFLAGS) -Ttext 0x7c00 --oformat binary -e _start -o $@ $@.o

$(ATTACKOBJ) $(STARTOBJ): Makefile $(B)/flags
$(ATTACKOBJ) $(STARTOBJ): KCFLAGS := $(CODE) -Os -mregparm=3 -mgeneral-regs-only \
	-fno-delete-null-pointer-checks $(STACK4)

$(ATTACK): $(ATTACKOBJ) $(ATTACKLIB) tests/monitor/guest.ld $(B)/files
	$(call say,LD,$@)
	$(Q)$(LD) $(LDFLAGS) --nmagic -T tests/monitor/guest.ld -o $@ \
		$(ATTACKOBJ) $(ATTACKLIB)

$(B)/tests/start/entry-%.o: tests/start/entry.S
	$(call say,AS,$< $*)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KCPPFLAGS) $(ASFLAGS) -DFORM_$* -c -o $@ $<

$(START): $(B)/start-%.elf: $(STARTOBJ) $(ATTACKLIB) tests/start/start.ld
	$(call say,LD,$@)
	$(Q)$(LD) $(LDFLAGS) --nmagic -T tests/start/start.ld -o $@ \
		--defsym base=$(if $(filter legacy,$*),0,0xc0000000) \
		$(B)/tests/start/entry-$*.o $(B)/tests/start/start.o $(ATTACKLIB)

# ---- user programs and the initrd -----------------------------------------

ULINK = $(LD) $(LDFLAGS) -z noseparate-code --gc-sections -T kernel/user/user.ld -o $@ $(filter %.o,$^)

$(B)/user/bin/%: $(B)/kernel/user/%.o $(ULIB) kernel/user/user.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(ULINK)

$(B)/user/tests/%: $(B)/tests/user/%.o $(ULIB) kernel/user/user.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(ULINK)

# A static PIE, for the test of that.
# Its start code calls before it has relocated itself: no level may add a call.
$(B)/tests/user/pie.o: UCFLAGS += -fpie -O1
$(B)/user/tests/pie: ULINK = $(LD) $(LDFLAGS) -pie --no-dynamic-linker -z text -o $@ $<

$(B)/root/%: $(B)/user/%
	@mkdir -p $(@D)
	$(Q)$(STRIP) -o $@ $<

$(BADELF): $(B)/host/%: tests/user/%.c Makefile $(B)/flags
	$(call say,HOSTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -MMD -MP -MF $@.d -Iinclude -o $@ $<

$(B)/initrd.cpio: $(UPROG) $(BADELF) $(B)/files scripts/initrd.sh
	$(call say,CPIO,$@)
	$(Q)sh scripts/initrd.sh $@ $(B)/root '$(BADELF)' \
		$(UPROG:$(B)/root/%=%)

# ---- host-side tests ------------------------------------------------------

# A test names the kernel sources it is linked with in a line of its head:
# /* link: pv/encode.c */
linked = $(shell sed -n 's,^[/ ]\* link: *\([^*]*\).*,\1,p' tests/host/$(1).c)
define host_test
$(B)/host/test-$(1): SRC := tests/host/$(1).c $(call linked,$(1))
$(B)/host/test-$(1): tests/host/$(1).c $(call linked,$(1)) Makefile $(B)/flags
	$$(call say,HOSTCC,$$<)
	@mkdir -p $$(@D)
	$$(Q)for s in $$(SRC); do \
		o=$$@-$$$$(echo $$$$s | tr / -); \
		$$(HOSTCC) $$(HOSTCFLAGS) $$(SANITIZE) -MMD -MP -MT $$@ \
		-MF $$$$o.d -Iinclude -Iarch -Ipv -c -o $$$$o.o $$$$s || exit; done
	$$(Q)$$(HOSTCC) $$(SANITIZE) -o $$@ \
		$$(foreach s,$$(SRC),$$@-$$(subst /,-,$$s).o)
endef
$(foreach t,$(HOSTTEST:$(B)/host/test-%=%),$(eval $(call host_test,$(t))))

$(TSCKHZ): tests/clock/tsckhz.c Makefile $(B)/flags
	$(call say,HOSTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -o $@ $<

.PHONY: host-tests
host-tests: $(HOSTTEST) $(TSCKHZ) $(ROMS) $(VMIROM)

# What sites cost on the host's CPU: a user program of our own, since that
# needs no 32-bit library of the host. Its records are found by the names that
# ld gives the ends of a section with a C name.
COST := $(B)/cost/cost
COSTSRC := tests/cost/cost.c tests/cost/backend.S pv/thunks.S pv/core.c \
	pv/decode.c
$(COST): $(COSTSRC) $(ULIB) kernel/user/user.ld Makefile $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)for s in $(COSTSRC); do \
		o=$@-$$(basename $$s); \
		case $$s in \
		*.S) set -- $(ASFLAGS) ;; \
		*) set -- $(CODE) -O2 -mgeneral-regs-only ;; \
		esac; \
		$(CC) $(UCPPFLAGS) -Ipv "$$@" -MT $@ -MF $$o.d -c -o $$o.o $$s || \
			exit; done
	$(Q)for o in $@-cost.c.o $@-thunks.S.o; do \
		$(OBJCOPY) --rename-section .pv_sites=pv_sites \
		--rename-section .pv_native=pv_native \
		--rename-section .pv_thunks=pv_thunks $$o || exit; done
	$(Q)$(LD) $(LDFLAGS) -z noseparate-code -T kernel/user/user.ld -o $@ \
		$(ULIB) $(patsubst %,$@-%.o,$(notdir $(COSTSRC)))

# A loader to boot the kernel with in odd ways. QEMU puts its modules after it,
# the kernel lies below it.
LOADER := $(B)/loader.elf
$(LOADER): $(B)/tests/loader/entry.S.o $(B)/tests/loader/loader.o $(B)/kernel/lib.o $(B)/arch/i386/lib.o
	$(call say,LD,$@)
	$(Q)$(LD) $(LDFLAGS) -Ttext=0x2000000 -e loader_entry -o $@ $^

# ---- running --------------------------------------------------------------

# What the scripts know of this build and this run.
COMMAND := $(RUN)
override RUN = exec env B='$(B)' CC='$(CC)' KERNEL='$(KERNEL)' INITRD='$(INITRD)' MEM='$(MEM)' \
	CPU='$(CPU)' KVM='$(KVM)' HV='$(HV)' XEN='$(XEN)' \
	XENFLAGS='$(XENFLAGS)' MONITOR='$(MONITOR)' MONFLAGS='$(MONFLAGS)' \
	TIMEOUT='$(TIMEOUT)'

.PHONY: run selftest test test-xen fuzz-monitor fuzz-vmi mutants bench figures bars audit trace gdb iso
run: all ## boot to a shell on this terminal (`poweroff`, or C-a x, ends it)
	@$(RUN) CMDLINE='$(CMDLINE)' sh scripts/qemu.sh run

selftest: all ## boot once, headless, and run the tests inside the kernel
	@$(RUN) CMDLINE='$(if $(filter selftest selftest=%,$(CMDLINE)),,selftest )$(CMDLINE)' \
		LOG='$(B)/selftest.log' sh scripts/selftest.sh

TEST = $(RUN) CMDLINE='$(CMDLINE)' DEBUG_KERNEL='$(DEBUG_KERNEL)'

test: all host-tests $(LOADER) $(VMITEST) $(BOUNCEROM) $(INT15) $(ATTACK) $(START) ## host tests and the whole matrix of boots below
	@$(MAKE) --no-print-directory DEBUG=1 PV=on $(DEBUG_KERNEL)
	@$(TEST) ROWS='$(ROWS)' sh tests/matrix

test-xen: all xen ## only the rows for Xen, xen-*, which `make test` skips without it
	@$(MAKE) --no-print-directory DEBUG=1 PV=on $(DEBUG_KERNEL)
	@$(TEST) ROWS='$(or $(ROWS),xen-*)' sh tests/matrix

fuzz-monitor: $(ATTACK) $(MONITOR) ## random hypercalls: N of them, from seed SEED on
	@exec env B='$(B)' HV='$(or $(HV),monitor)' XEN='$(XEN)' sh scripts/fuzz.sh \
		$(or $(N),1000000) $(SEED)

fuzz-vmi: $(VMITEST) $(VMIROM) ## the same by VMI calls, to the monitor in the ROM
	@exec env B='$(B)' HV=vmi GUEST=vmi-test sh scripts/fuzz.sh $(or $(N),1000000) $(SEED)

mutants: all host-tests $(LOADER) $(ATTACK) $(VMITEST) ## plant small faults, one a time: a test has to catch each
	@exec env B='$(B)' KERNEL='$(KERNEL)' XEN='$(XEN)' MUTANTS='$(MUTANTS)' \
		sh tests/mutants

OFF_KERNEL := build/$(if $(VARIANT),$(VARIANT)-)off/pv86.elf

bench: all $(COST) ## count instructions; table here and in build/bench.csv
	@$(MAKE) --no-print-directory PV=off
	@$(RUN) CMDLINE='$(CMDLINE)' OFF_KERNEL='$(OFF_KERNEL)' BAR='$(BAR)' \
		COST='$(COST)' sh scripts/bench.sh

figures: $(KERNEL) ## write README.md's figures, after `make bench`; CHECK=1: compare
	@$(RUN) sh scripts/figures.sh $(if $(CHECK),check)

.PHONY: report
report: all ## build/report.html: costs, sites, a page fault and a fork, the image
	@[ -n "$$(find $(B)/bench.csv -newer $(KERNEL) 2>/dev/null)" ] || \
		$(MAKE) --no-print-directory bench
	@$(RUN) sh scripts/report.sh

bars: ## how big hook layer, kernel and monitor may be, in numbers
	@sh scripts/bars.sh

audit: $(KERNEL) $(ROMS) ## prove that no sensitive instruction escapes the hook layer
	@sh scripts/audit.sh $(KERNEL)
	@for rom in native calls; do sh scripts/audit-rom.sh $(B)/vmi-$$rom.rom \
		$(B)/pv/monitor/rom/$$rom.S.o.0.elf || exit; done
	@NM='$(NM)' sh scripts/check-core.sh $(KERNEL)
	@NM='$(NM)' sh scripts/check-saved.sh $(KERNEL)

# A command may have quotes of its own.
trace: export COMMAND := $(COMMAND)
trace: all ## run the command RUN, e.g. 'ls | wc', with the trace on: build/trace.json
	@$(RUN) CMDLINE='$(CMDLINE)' RUN="$$COMMAND" FILTER='$(FILTER)' sh scripts/trace.sh

gdb: all ## boot stopped, with gdb attached
	@$(RUN) CMDLINE='$(CMDLINE)' sh scripts/gdb.sh

iso: all ## build/pv86.iso, which boots through GRUB
	$(call say,ISO,$(B)/pv86.iso)
	$(Q)$(RUN) CMDLINE='$(CMDLINE)' \
		sh scripts/iso.sh $(B)/pv86.iso $(KERNEL) $(INITRD)

.PHONY: tour
tour: all ## ten stops through pv86 on this terminal; with none, checks them
	$(if $(filter off,$(PV) $(TESTS)),$(error PV=off, TESTS=off: the tour needs both))
	@$(RUN) STOP='$(STOP)' sh scripts/tour.sh

# One Xen serves all variants. It is not built because a run wants it: that
# takes a network.
.PHONY: xen
xen: $(XEN) ## build the hypervisor, from Debian's source package, once

build/xen/xen: scripts/xen.sh
	@sh scripts/xen.sh

# `make -j xen run HV=xen` has to build it before it boots it.
ifneq ($(filter xen,$(MAKECMDGOALS)),)
run selftest test bench gdb: | xen
endif

.PHONY: busybox
busybox: build/busybox/initrd.cpio ## fetch Debian's busybox: make run INITRD=build/busybox/initrd.cpio

build/busybox/initrd.cpio: scripts/busybox.sh scripts/apt.sh
	@sh scripts/busybox.sh

# ---- labs -------------------------------------------------------------------

LAB = exec env B='$(B)' XEN='$(XEN)' HV='$(HV)' TIMEOUT='$(TIMEOUT)' \
	FORCE='$(FORCE)' sh scripts/lab.sh

.PHONY: lab lab-check lab-solution labs
lab: all host-tests $(ATTACK) ## build/labs/N, to solve lab N in (scripts/labs); FORCE=1: anew
	@$(LAB) make '$(N)'

lab-check: ## run its tests there, and say what is missing
	@$(LAB) check '$(N)'

lab-solution: ## what is there, and what the tree has
	@$(LAB) solution '$(N)'

labs: all host-tests $(ATTACK) ## prove each lab (LABS='5-*'): right passes, wrong fails
	@$(LAB) prove '$(or $(LABS),*)'

.PHONY: deps clean distclean help
deps: ## install the tools that are missing, or print their names
	@CC='$(CC)' HOSTCC='$(HOSTCC)' sh scripts/deps.sh

clean: ## remove everything generated but Xen and the labs
	$(Q)[ ! -d build ] || \
		find build -mindepth 1 -maxdepth 1 ! -name xen ! -name labs -exec rm -rf {} +

distclean: ## remove everything generated
	$(Q)rm -rf build

help: ## this text
	@sh scripts/help.sh

-include $(KOBJ:.o=.d) $(UOBJ:.o=.d) $(ROMOBJ:.o=.d) $(VMIROMOBJ:.o=.d) $(VMIOBJ:.o=.d) \
	$(BOUNCEOBJ:.o=.d) $(B)/pv/monitor/rom/vmi.S.d $(B)/pv/monitor/rom/bounce.S.d \
	$(ROMASM:.o=.d) $(VMITESTOBJ:.o=.d) $(MONOBJ:.o=.d) \
	$(ATTACKOBJ:.o=.d) $(STARTOBJ:.o=.d) \
	$(wildcard $(B)/tests/loader/*.d $(B)/host/*.d) \
	$(patsubst %,$(COST)-%.d,$(notdir $(COSTSRC)))
