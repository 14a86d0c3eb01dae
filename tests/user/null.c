// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The smallest program: it ends at once.  bench.c and process.c execute it to
 * see what starting and ending a program costs and leaves behind.
 */
int main(void)
{
	return 0;
}
