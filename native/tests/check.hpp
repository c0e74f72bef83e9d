// A minimal test library: CHECK reports what failed and where, and the program continues.
#pragma once

#include <cmath>
#include <cstdio>

inline int failures = 0;

#define CHECK(condition)                                                    \
  do {                                                                      \
    if (!(condition)) {                                                     \
      ++failures;                                                           \
      std::printf("%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);   \
    }                                                                       \
  } while (false)

#define CHECK_NEAR(got, wanted, tolerance)                                                      \
  do {                                                                                          \
    const double got_ = (got), wanted_ = (wanted), tolerance_ = (tolerance);                    \
    if (!(std::abs(got_ - wanted_) <= tolerance_)) {                                            \
      ++failures;                                                                               \
      std::printf("%s:%d: failed: %s is %.17g, wanted %.17g within %g\n", __FILE__, __LINE__,   \
                  #got, got_, wanted_, tolerance_);                                             \
    }                                                                                           \
  } while (false)
