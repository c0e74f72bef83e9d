#define DELTARULE_LEVEL baseline
#include "core/levels/level.inc"
