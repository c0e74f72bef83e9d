#define DELTARULE_LEVEL avx512
#include "core/levels/level.inc"
