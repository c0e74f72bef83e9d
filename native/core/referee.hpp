// The referee: what is decided after each epoch, to the letter of `engines/stopping_controller.py`.
#pragma once

#include <cstdint>
#include <vector>

#include "core/plan.hpp"

namespace deltarule {

constexpr double EXPLOSION_FACTOR = 1e6;

// What a rule may watch, in the order of `Monitor`.
struct Values {
  double of[4];
  // A number that falls as the monitored value gets better: scores are negated.
  double badness(Monitor monitor) const;
};

struct Verdict {
  StopReason reason = StopReason::none;
  int rule = -1;  // which of plan.stopping said so
};

class Referee {
 public:
  explicit Referee(const Plan& plan);

  bool exploded(double loss) const;
  bool is_best(const Values& values);
  bool has_best() const;  // whether some epoch was the best so far
  double learning_rate(double scheduled) const;
  void update_plateau(const Values& values);
  Verdict verdict(const Values& values);

  // The state under the names of a snapshot.
  struct RuleState {
    double reference;
    double epochs_waited;
  };
  std::uint64_t epochs_done = 0;
  double first_loss;
  double elapsed_s = 0;
  double best_value;
  double plateau[3];
  std::vector<RuleState> rules;

 private:
  bool stalled(const Rule& rule, RuleState& state, const Values& values) const;
  const Plan& plan_;
};

}  // namespace deltarule
