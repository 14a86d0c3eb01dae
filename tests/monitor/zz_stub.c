#include "guest.h"
void fuzz(u32 a, u32 b) {}
