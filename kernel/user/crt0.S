/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Program entry and the system call stubs.  Arguments are on the stack, as C
 * on i386 passes them; the kernel wants them in registers.  A stub therefore
 * only loads its number and joins the common path, which loads all six
 * argument registers, needed or not.  What comes back is the kernel's own
 * answer: a negative error number, never errno.  Prototypes are in lib.h.
 */

	.section .text.start, "ax"
	.globl	_start
_start:
	xorl	%ebp, %ebp
	movl	(%esp), %eax		/* argc */
	leal	4(%esp), %ecx		/* argv */
	leal	4(%ecx, %eax, 4), %edx	/* envp, after argv's NULL */
	andl	$-16, %esp
	pushl	%ebp
	pushl	%edx
	pushl	%ecx
	pushl	%eax
	call	main
	pushl	%eax
	call	exit

/* long syscall(long nr, ...): for any number, with up to six arguments. */
	.section .text.syscall, "ax"
	.globl	syscall
syscall:
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushl	%ebp
	leal	24(%esp), %ebp		/* the first argument after nr */
	movl	20(%esp), %eax
	jmp	1f
stub:					/* number in %eax, arguments as in C */
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushl	%ebp
	leal	20(%esp), %ebp
1:	movl	0(%ebp), %ebx
	movl	4(%ebp), %ecx
	movl	8(%ebp), %edx
	movl	12(%ebp), %esi
	movl	16(%ebp), %edi
	movl	20(%ebp), %ebp
	int	$0x80
	popl	%ebp
	popl	%edi
	popl	%esi
	popl	%ebx
	ret

/*
 * The child of vfork runs on its parent's stack and overwrites the return
 * address, so each of the two keeps it in a register and puts it back.
 */
	.section .text.vfork, "ax"
	.globl	vfork
vfork:
	popl	%ecx
	movl	$190, %eax
	int	$0x80
	pushl	%ecx
	ret

	.macro	sys name, nr
	.section .text.\name, "ax"
	.globl	\name
\name:	movl	$\nr, %eax
	jmp	stub
	.endm

	sys	exit, 252		/* exit_group */
	sys	fork, 2
	sys	read, 3
	sys	write, 4
	sys	open, 5
	sys	close, 6
	sys	waitpid, 7
	sys	execve, 11
	sys	chdir, 12
	sys	lseek, 19
	sys	getpid, 20
	sys	access, 33
	sys	kill, 37
	sys	dup, 41
	sys	pipe, 42
	sys	brk, 45
	sys	ioctl, 54
	sys	dup2, 63
	sys	getppid, 64
	sys	gettimeofday, 78
	sys	readlink, 85
	sys	reboot, 88
	sys	munmap, 91
	sys	iopl, 110
	sys	wait4, 114
	sys	uname, 122
	sys	modify_ldt, 123
	sys	mprotect, 125
	sys	writev, 146
	sys	sched_yield, 158
	sys	nanosleep, 162
	sys	rt_sigaction, 174
	sys	rt_sigprocmask, 175
	sys	getcwd, 183
	sys	mmap2, 192
	sys	stat64, 195
	sys	lstat64, 196
	sys	fstat64, 197
	sys	getdents64, 220
	sys	gettid, 224
	sys	set_thread_area, 243
	sys	set_tid_address, 258
	sys	clock_gettime, 265

	.section .note.GNU-stack, "", @progbits
