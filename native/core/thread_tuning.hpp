// Measures from time to time whether updates are faster with several threads or with the calling thread alone.
//
// A program cannot know this in advance. Weights that one thread changed move to the other's cache in each
// update, and how long that takes depends on the processors that the system assigns: the same network was
// 1.45 times as fast with two threads as with one while they shared a cache, and 0.6 times some minutes
// later. The result does not depend on the number of threads.
#pragma once

#include <array>

namespace deltarule {

class ThreadTuning {
 public:
  // Whether to share the next update among threads.
  bool shares() const { return shares_; }
  // Reports how long that update took.
  void took(double seconds);

 private:
  static constexpr int WARMING = 2;            // updates at the start of a trial that do not count,
  static constexpr double WARMING_S = 150e-6;  // nor do those in this time: threads have to wake up
  static constexpr int COUNTED = 5;            // then the median of this many updates counts
  static constexpr int BETWEEN = 1000;         // updates from one trial to the next
  static constexpr double WORTH = 0.95;        // share if that takes less than this fraction of the time

  enum class Phase { alone, together, decided };

  double median_s();
  void enter(Phase phase, bool shares);

  Phase phase_ = Phase::alone;
  bool shares_ = false;
  int updates_ = 0;       // of this phase
  int counted_ = 0;       // of them, those that count
  double warming_s_ = 0;  // duration of the updates that do not count
  std::array<double, COUNTED> counted_s_{};
  double alone_s_ = 0;
};

}  // namespace deltarule
