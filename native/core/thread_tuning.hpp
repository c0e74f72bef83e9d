// Measures from time to time whether updates are faster with several threads or with the calling thread alone.
//
// A program cannot know this in advance. Weights that one thread changed move to the other's cache in each
// update, and how long that takes depends on the processors that the system assigns: the same network was
// 1.45 times as fast with two threads as with one while they shared a cache, and 0.6 times some minutes
// later. What other programs do at the start of training says little about the rest, so that the first
// decisions are soon tried again, and later ones ever more rarely. The result does not depend on the
// number of threads.
#pragma once

#include <array>
#include <cstddef>

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
  static constexpr int COUNTED = 3;            // then the median of this many updates counts
  static constexpr int AFTER_ALONE = 16;       // updates from a new decision to the next trial: few, as only
  static constexpr int AFTER_SHARED = 128;     // a trial shows that sharing has become faster;
  static constexpr int MAX_BETWEEN = 1024;     // twice as many after each trial that does not change it
  static constexpr int WATCHED = 8;            // the pace of this many updates is compared with
  static constexpr double SLOWER = 1.3;        // that at the decision: this much slower, and it is tried again
  static constexpr double WORTH = 0.95;        // share if that takes less than this fraction of the time

  enum class Phase { first, trial, decided };

  void note(double seconds);
  void watch();
  double median_s() const;  // of the latest updates
  void decide();
  void enter(Phase phase, bool shares);

  Phase phase_ = Phase::first;  // `first` measures one thread, `trial` the other way than decided
  bool shares_ = false;
  int updates_ = 0;              // of this phase
  int between_ = AFTER_ALONE / 2;
  double warming_s_ = 0;         // duration of the updates that do not count
  double decided_s_ = 0;         // of an update in the way that is decided
  std::array<double, WATCHED> latest_s_{};
  std::size_t noted_ = 0;        // numbers in `latest_s_`, those of this phase
};

}  // namespace deltarule
