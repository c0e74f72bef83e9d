// When a stopping rule ends training: the formulas of `stopping.py`. To add one, add its name to the list
// and its formula to `stops`.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "core/names.hpp"
#include "core/plan.hpp"

#define DELTARULE_STOPPING_RULES(X) \
  X(no_progress) X(no_progress_in_cycle) X(target_reached) X(time_limit) X(gradient_norm_below)

namespace deltarule {

enum class RuleKind : int { DELTARULE_STOPPING_RULES(DELTARULE_ENUMERATOR) };
constexpr const char* STOPPING_RULE_NAMES[] = {DELTARULE_STOPPING_RULES(DELTARULE_NAME)};

// A number that falls as the monitored value gets better: scores are negated.
inline double to_minimize(Monitor monitor, double value) {
  const bool score = monitor == Monitor::training_score || monitor == Monitor::validation_score;
  return score ? -value : value;
}

// What a rule can depend on after an epoch.
struct EpochValues {
  double of[4];  // in the order of `Monitor`
  double gradient_norm = std::numeric_limits<double>::quiet_NaN();  // where a rule needs it
  double elapsed_s = 0;

  double to_minimize(Monitor monitor) const {
    return deltarule::to_minimize(monitor, of[static_cast<int>(monitor)]);
  }
};

// Whether `rule` stops training after an epoch; `state` is what it remembers from epoch to epoch.
inline bool stops(const Rule& rule, std::vector<double>& state, const EpochValues& values) {
  const auto setting = [&](std::size_t field) { return rule.settings[field]; };
  const auto monitor = [&](std::size_t field) { return static_cast<Monitor>(setting(field)); };
  switch (static_cast<RuleKind>(rule.formula)) {
    case RuleKind::no_progress: {  // patience_epochs, min_improvement, monitor, cumulative
      double &reference = state[0], &epochs_waited = state[1];
      const double value = values.to_minimize(monitor(2));
      const bool improved = value < reference - setting(1);
      if (improved || (setting(3) == 0 && value < reference)) reference = value;
      epochs_waited = improved ? 0 : epochs_waited + 1;
      return epochs_waited >= setting(0);
    }
    case RuleKind::no_progress_in_cycle: {  // cycles, epochs, first_cycle, late_share, monitor
      double &best = state[0], &best_epoch = state[1], &epochs_done = state[2];
      const auto end_of = [&](double cycle) {
        return std::floor(setting(1) * (std::exp2(cycle) - 1) / (std::exp2(setting(0)) - 1) + 0.5);
      };
      const double value = values.to_minimize(monitor(4));
      epochs_done += 1;
      if (value < best) {
        best = value;
        best_epoch = epochs_done;
      }
      for (double cycle = setting(2); cycle < setting(0); ++cycle) {
        const double end = end_of(cycle), length = end - end_of(cycle - 1);
        if (epochs_done == end && length > 0) return best_epoch <= end - setting(3) * length;
      }
      return false;
    }
    case RuleKind::target_reached:  // target, monitor
      return values.to_minimize(monitor(1)) <= to_minimize(monitor(1), setting(0));
    case RuleKind::time_limit:  // seconds
      return values.elapsed_s >= setting(0);
    case RuleKind::gradient_norm_below:  // threshold
      return values.gradient_norm < setting(0);
  }
  return false;
}

}  // namespace deltarule
