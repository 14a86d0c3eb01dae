// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uname: the name of the kernel; -a adds all else that it says of itself.
 */
#include "lib.h"

int main(int argc, char **argv)
{
	struct utsname u;
	int err = uname(&u);

	if (err < 0)
		return complain("uname", "uname", err);
	if (argc > 1 && !strcmp(argv[1], "-a"))
		printf("%s %s %s %s %s\n", u.sysname, u.nodename, u.release,
		       u.version, u.machine);
	else
		printf("%s\n", u.sysname);
	return 0;
}
