// Seconds of a monotonic clock.
#pragma once

#include <chrono>

namespace deltarule {

inline double now_s() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since).count();
}

}  // namespace deltarule
