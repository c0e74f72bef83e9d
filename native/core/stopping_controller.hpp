// What is decided after each epoch, exactly as in `engines/stopping_controller.py`.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/plan.hpp"
#include "core/stopping_rules.hpp"

namespace deltarule {

constexpr double EXPLOSION_FACTOR = 1e6;
constexpr double DOUBT_FACTOR = 1e3;

struct Verdict {
  StopReason reason = StopReason::none;
  int rule = -1;  // the place in plan.stopping of the rule that stopped training
};

class StoppingController {
 public:
  explicit StoppingController(const Plan& plan);

  bool exploded(double loss, const std::function<double()>& loss_over_all_rows);
  bool is_best(const EpochValues& values);
  bool has_best() const;  // whether some epoch was the best so far
  double learning_rate(double scheduled) const;
  void update_plateau(const EpochValues& values);
  Verdict verdict(EpochValues values);

  // The state, under the names of `TrainingState`.
  std::uint64_t epochs_done = 0;
  double first_loss;
  double elapsed_s = 0;
  double best_value;
  double plateau[3];
  std::vector<std::vector<double>> rule_states;  // of each rule in plan.stopping

 private:
  const Plan& plan_;
};

}  // namespace deltarule
