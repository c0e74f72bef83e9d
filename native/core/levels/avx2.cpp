#define DELTARULE_LEVEL avx2
#include "core/levels/level.inc"
