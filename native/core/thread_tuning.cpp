#include "core/thread_tuning.hpp"

#include <algorithm>
#include <cstddef>

namespace deltarule {

void ThreadTuning::took(double seconds) {
  updates_ += 1;
  if (phase_ == Phase::decided) {
    if (updates_ == BETWEEN) enter(Phase::alone, false);
    return;
  }
  if (updates_ <= WARMING || warming_s_ < WARMING_S) {
    warming_s_ += seconds;
    return;
  }
  counted_s_[static_cast<std::size_t>(counted_++)] = seconds;
  if (counted_ < COUNTED) return;
  if (phase_ == Phase::alone) {
    alone_s_ = median_s();
    enter(Phase::together, true);
  } else {
    enter(Phase::decided, median_s() < WORTH * alone_s_);
  }
}

double ThreadTuning::median_s() {
  const auto middle = counted_s_.begin() + COUNTED / 2;
  std::nth_element(counted_s_.begin(), middle, counted_s_.end());
  return *middle;
}

void ThreadTuning::enter(Phase phase, bool shares) {
  phase_ = phase;
  shares_ = shares;
  updates_ = counted_ = 0;
  warming_s_ = 0;
}

}  // namespace deltarule
