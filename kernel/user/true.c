// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * true: succeeds.  With false.c it shows exit statuses in the shell.
 */
int main(void)
{
	return 0;
}
