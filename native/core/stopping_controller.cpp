#include "core/stopping_controller.hpp"

#include <cmath>
#include <limits>

namespace deltarule {
namespace {

constexpr double INFINITE = std::numeric_limits<double>::infinity();

}  // namespace

StoppingController::StoppingController(const Plan& plan)
    : first_loss(std::nan("")),
      best_value(INFINITE),
      plateau{1, INFINITE, 0},
      plan_(plan) {
  for (const Rule& rule : plan.stopping) rule_states.push_back(rule.initial_state);
}

bool StoppingController::exploded(double loss, const std::function<double()>& loss_over_all_rows) {
  // Python's max(first, 1.0) keeps a NaN that comes first; no comparison with it holds.
  const auto scale = [this] { return first_loss < 1 ? 1 : first_loss; };
  const double doubt = epochs_done == 0 ? DOUBT_FACTOR : EXPLOSION_FACTOR;
  if (doubt * scale() < loss && loss < INFINITE) {
    const double measured = loss_over_all_rows();
    if (first_loss < measured && measured < INFINITE) first_loss = measured;
  }
  return !(loss <= EXPLOSION_FACTOR * scale());
}

bool StoppingController::has_best() const { return plan_.keep_best.has_value() && std::isfinite(best_value); }

bool StoppingController::is_best(const EpochValues& values) {
  if (!plan_.keep_best) return false;
  const double value = values.to_minimize(*plan_.keep_best);
  if (!(value < best_value)) return false;
  best_value = value;
  return true;
}

double StoppingController::learning_rate(double scheduled) const {
  if (!plan_.plateau) return scheduled;
  const double lowered = scheduled * plateau[0];
  const double held = lowered < plan_.plateau->minimum ? plan_.plateau->minimum : lowered;
  return held < scheduled ? held : scheduled;
}

void StoppingController::update_plateau(const EpochValues& values) {
  if (!plan_.plateau) return;
  const Plateau& rule = *plan_.plateau;
  const double value = values.to_minimize(rule.monitor);
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

Verdict StoppingController::verdict(EpochValues values) {
  values.elapsed_s = elapsed_s;
  Verdict verdict;
  for (std::size_t i = 0; i < plan_.stopping.size(); ++i) {
    // Every rule counts the epoch, also after another one has stopped training.
    const bool stopped = stops(plan_.stopping[i], rule_states[i], values);
    if (stopped && verdict.reason == StopReason::none) verdict = {StopReason::rule, static_cast<int>(i)};
  }
  if (verdict.reason == StopReason::none && epochs_done >= plan_.epochs)
    verdict.reason = StopReason::epochs_done;
  return verdict;
}

}  // namespace deltarule
