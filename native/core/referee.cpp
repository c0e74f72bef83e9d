#include "core/referee.hpp"

#include <cmath>
#include <limits>

namespace deltarule {
namespace {

constexpr double INFINITE = std::numeric_limits<double>::infinity();

double badness_of(Monitor monitor, double value) {
  const bool score = monitor == Monitor::training_score || monitor == Monitor::validation_score;
  return score ? -value : value;
}

}  // namespace

double Values::badness(Monitor monitor) const {
  return badness_of(monitor, of[static_cast<int>(monitor)]);
}

Referee::Referee(const Plan& plan)
    : first_loss(std::nan("")),
      best_value(INFINITE),
      plateau{1, INFINITE, 0},
      rules(plan.stopping.size(), RuleState{INFINITE, 0}),
      plan_(plan) {}

bool Referee::exploded(double loss) const {
  // Python's max(first, 1.0) keeps a NaN that comes first; no comparison with it holds.
  const double scale = first_loss < 1 ? 1 : first_loss;
  return !(loss <= EXPLOSION_FACTOR * scale);
}

bool Referee::has_best() const { return plan_.keep_best.has_value() && std::isfinite(best_value); }

bool Referee::is_best(const Values& values) {
  if (!plan_.keep_best) return false;
  const double value = values.badness(*plan_.keep_best);
  if (!(value < best_value)) return false;
  best_value = value;
  return true;
}

double Referee::learning_rate(double scheduled) const {
  if (!plan_.plateau) return scheduled;
  const double lowered = scheduled * plateau[0];
  const double held = lowered < plan_.plateau->minimum ? plan_.plateau->minimum : lowered;
  return held < scheduled ? held : scheduled;
}

void Referee::update_plateau(const Values& values) {
  if (!plan_.plateau) return;
  const Plateau& rule = *plan_.plateau;
  const double value = values.badness(rule.monitor);
  if (value < plateau[1] - rule.min_improvement) {
    plateau[1] = value;
    plateau[2] = 0;
    return;
  }
  plateau[2] += 1;
  if (plateau[2] >= rule.patience_epochs) {
    plateau[0] *= rule.factor;
    plateau[2] = 0;
  }
}

Verdict Referee::verdict(const Values& values) {
  Verdict verdict;
  for (std::size_t i = 0; i < plan_.stopping.size(); ++i) {
    const Rule& rule = plan_.stopping[i];
    StopReason said = StopReason::none;
    switch (rule.kind) {
      case RuleKind::no_progress:
        if (stalled(rule, rules[i], values)) said = StopReason::no_progress;
        break;
      case RuleKind::target_reached:
        if (values.badness(rule.monitor) <= badness_of(rule.monitor, rule.target))
          said = StopReason::target_reached;
        break;
      case RuleKind::time_limit:
        if (elapsed_s >= rule.seconds) said = StopReason::time_limit;
        break;
    }
    if (verdict.reason == StopReason::none && said != StopReason::none)
      verdict = {said, static_cast<int>(i)};
  }
  if (verdict.reason == StopReason::none && epochs_done >= plan_.epochs)
    verdict.reason = StopReason::epochs_done;
  return verdict;
}

bool Referee::stalled(const Rule& rule, RuleState& state, const Values& values) const {
  const double value = values.badness(rule.monitor);
  const bool improved = value < state.reference - rule.min_improvement;
  if (improved || (!rule.cumulative && value < state.reference)) state.reference = value;
  state.epochs_waited = improved ? 0 : state.epochs_waited + 1;
  return state.epochs_waited >= rule.patience_epochs;
}

}  // namespace deltarule
