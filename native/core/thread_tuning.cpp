#include "core/thread_tuning.hpp"

#include <algorithm>

namespace deltarule {

void ThreadTuning::took(double seconds) {
  updates_ += 1;
  if (phase_ == Phase::decided) {
    note(seconds);
    return watch();
  }
  if (updates_ <= WARMING || warming_s_ < WARMING_S) {
    warming_s_ += seconds;
    return;
  }
  note(seconds);
  if (noted_ < COUNTED) return;
  if (phase_ == Phase::trial) return decide();
  decided_s_ = median_s();
  enter(Phase::trial, true);
}

// Keeps the time among the latest ones.
void ThreadTuning::note(double seconds) {
  std::copy_backward(latest_s_.begin(), latest_s_.end() - 1, latest_s_.end());
  latest_s_.front() = seconds;
  noted_ = std::min(noted_ + 1, latest_s_.size());
}

// Begins a trial when it is time for one, or when updates have become slower.
void ThreadTuning::watch() {
  if (updates_ % WATCHED != 0) return;
  const double now_s = median_s();
  if (updates_ < between_ && now_s < SLOWER * decided_s_) return;
  decided_s_ = now_s;
  enter(Phase::trial, !shares_);
}

double ThreadTuning::median_s() const {
  auto sorted = latest_s_;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(noted_ / 2);
  std::nth_element(sorted.begin(), middle, sorted.begin() + static_cast<std::ptrdiff_t>(noted_));
  return *middle;
}

// Decides after a trial of the other way than the present one.
void ThreadTuning::decide() {
  const double tried_s = median_s();
  const bool pays = shares_ ? tried_s < WORTH * decided_s_ : decided_s_ < WORTH * tried_s;
  const bool changes = pays == shares_;
  if (changes) {
    between_ = pays ? AFTER_SHARED : AFTER_ALONE;
    decided_s_ = tried_s;
  } else {
    between_ = std::min(2 * between_, MAX_BETWEEN);
  }
  enter(Phase::decided, pays);
}

void ThreadTuning::enter(Phase phase, bool shares) {
  phase_ = phase;
  shares_ = shares;
  updates_ = 0;
  noted_ = 0;
  warming_s_ = 0;
}

}  // namespace deltarule
