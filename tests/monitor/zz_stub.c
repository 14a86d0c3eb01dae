#include "guest.h"
const struct attack storm_attacks[1], leak_attacks[1], deaths[1];
void fuzz(u32 a, u32 b) {}
