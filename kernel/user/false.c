// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * false: fails.  With true.c it shows exit statuses in the shell.
 */
int main(void)
{
	return 1;
}
