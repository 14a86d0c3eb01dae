// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sleep: waits for so many seconds; a fraction may follow ("sleep 0.25").
 */
#include "lib.h"

int main(int argc, char **argv)
{
	struct timespec ts = { 0, 0 };
	int unit = 100000000, err;
	const char *p;

	if (argc < 2)
		return complain("sleep", "seconds", EINVAL);
	ts.tv_sec = atoi(argv[1]);
	p = strchr(argv[1], '.');
	while (p && *++p >= '0' && *p <= '9') {
		ts.tv_nsec += (*p - '0') * unit;
		unit /= 10;
	}
	err = nanosleep(&ts, NULL);
	return err < 0 ? complain("sleep", argv[1], err) : 0;
}
