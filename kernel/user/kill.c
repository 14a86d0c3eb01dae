// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kill: sends a signal, SIGTERM or the one of -NUMBER, to processes.
 */
#include "lib.h"

int main(int argc, char **argv)
{
	int i = 1, sig = SIGTERM, failed = 0, err;

	if (argc > 1 && argv[1][0] == '-') {
		sig = atoi(argv[1] + 1);
		i++;
	}
	if (i >= argc)
		return complain("kill", "process number", EINVAL);
	for (; i < argc; i++) {
		err = kill(atoi(argv[i]), sig);
		if (err < 0)
			failed = complain("kill", argv[i], err);
	}
	return failed;
}
