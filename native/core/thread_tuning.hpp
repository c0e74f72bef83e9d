// Whether updates are shared by a team or done by the calling thread alone: tried now and then.
//
// Nothing that a program can ask tells beforehand. Weights that one thread changed go to the other's cache
// in each update, and how long that takes depends on where the machine puts the threads: the same network
// was measured 1.45 times as fast with two threads as with one while they shared a cache, and 0.6 times
// some minutes later. Who does the work changes nothing in the result.
#pragma once

#include <array>

namespace deltarule {

class ThreadTuning {
 public:
  // Whether the next update is to be shared.
  bool shares() const { return shares_; }
  // Says how long that update took.
  void took(double seconds);

 private:
  static constexpr int WARMING = 2;            // updates at the begin of a trial that do not count,
  static constexpr double WARMING_S = 150e-6;  // nor do those in this time: a team has to wake up
  static constexpr int COUNTED = 5;            // then so many do, by their median
  static constexpr int BETWEEN = 1000;         // updates from one trial to the next
  static constexpr double WORTH = 0.95;        // the share of the time alone below which a team is taken

  enum class Phase { alone, together, decided };

  double median_s();
  void enter(Phase phase, bool shares);

  Phase phase_ = Phase::alone;
  bool shares_ = false;
  int updates_ = 0;       // of this phase
  int counted_ = 0;       // of them
  double warming_s_ = 0;  // how long those took that do not count
  std::array<double, COUNTED> counted_s_{};
  double alone_s_ = 0;
};

}  // namespace deltarule
