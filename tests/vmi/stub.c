#include "attack.h"
const struct test deaths[] = { { } };
const struct test fuzz_tests[] = { { } };
