#include "attack.h"
const struct test fuzz_tests[] = { { } };
