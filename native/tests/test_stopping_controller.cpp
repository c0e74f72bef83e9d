// The stopping controller on sequences of epochs whose verdicts were worked out by hand.
#include "core/stopping_controller.hpp"

#include <cmath>
#include <limits>

#include "tests/check.hpp"

using namespace deltarule;

namespace {

constexpr double NONE = std::numeric_limits<double>::quiet_NaN();

EpochValues losses(double training, double validation = NONE) {
  return {{training, validation, NONE, NONE}};
}

double number(Monitor monitor) { return static_cast<double>(monitor); }

Rule rule(const char* name, std::vector<double> settings, std::vector<double> initial_state = {}) {
  return {number_of(STOPPING_RULE_NAMES, name), std::move(settings), std::move(initial_state)};
}

Rule patience(double epochs, double min_improvement, bool cumulative) {
  const double cumulates = cumulative ? 1 : 0;
  return rule("no_progress", {epochs, min_improvement, number(Monitor::training_loss), cumulates},
              {HUGE_VAL, 0});
}

// Epochs until the verdict, from 1; 0: never.
int stopped_in(const Plan& plan, std::initializer_list<double> sequence, StopReason wanted = StopReason::rule) {
  StoppingController controller(plan);
  int epoch = 0;
  for (const double loss : sequence) {
    controller.epochs_done += 1;
    epoch += 1;
    const Verdict verdict = controller.verdict(losses(loss));
    if (verdict.reason == StopReason::none) continue;
    CHECK(verdict.reason == wanted);
    return epoch;
  }
  return 0;
}

void patience_counts_epochs_without_enough_progress() {
  Plan plan;
  plan.epochs = 100;
  plan.stopping = {patience(2, 0.1, true)};
  // Small gains add up to 0.1 in the third epoch, so the count restarts.
  CHECK(stopped_in(plan, {1.0, 0.95, 0.89, 0.88, 0.87}) == 5);
  // Each epoch has to bring 0.1 by itself.
  plan.stopping = {patience(2, 0.1, false)};
  CHECK(stopped_in(plan, {1.0, 0.95, 0.89, 0.88, 0.87}) == 3);
  // A NaN is no progress.
  plan.stopping = {patience(2, 0.0, true)};
  CHECK(stopped_in(plan, {1.0, NONE, NONE, 0.5}) == 3);
}

void a_cycle_without_late_progress_is_the_last() {
  Plan plan;
  plan.epochs = 14;  // cycles of 2, 4 and 8 epochs
  const double monitor = number(Monitor::training_loss);
  const auto cycles = [&](double first, double late_share) {
    return rule("no_progress_in_cycle", {3, 14, first, late_share, monitor}, {HUGE_VAL, 0, 0});
  };
  plan.stopping = {cycles(1, 0.5)};
  CHECK(stopped_in(plan, {1.0, 2.0, 0.1}) == 2);  // the best epoch is in the first half of the cycle
  CHECK(stopped_in(plan, {2.0, 1.0, 0.9, 0.8, 0.85, 0.9}) == 6);
  CHECK(stopped_in(plan, {2.0, 1.0, 0.9, 0.9, 0.8, 0.9, 0.9, 0.9}) == 0);
  CHECK(stopped_in(plan, {2.0, NONE, 0.1}) == 2);  // a NaN is no progress
  plan.stopping = {cycles(2, 1.0)};
  CHECK(stopped_in(plan, {2.0, 1.0, 1.1, 1.2, 1.3, 1.4}) == 6);  // not before the second cycle ends
  CHECK(stopped_in(plan, {2.0, 1.0, 0.9, 1.2, 1.3, 1.4}) == 0);
}

void the_first_rule_that_stops_is_named_and_all_count() {
  Plan plan;
  plan.epochs = 100;
  const Rule target = rule("target_reached", {0.9, number(Monitor::training_score)});
  plan.stopping = {patience(1, 0.0, true), target};
  StoppingController controller(plan);
  CHECK(controller.verdict({{1.0, NONE, 0.8, NONE}}).reason == StopReason::none);
  const Verdict verdict = controller.verdict({{1.0, NONE, 0.9, NONE}});  // both rules stop
  CHECK(verdict.reason == StopReason::rule);
  CHECK(verdict.rule == 0);
  CHECK(controller.rule_states[0][1] == 1);
}

void epochs_and_time_end_a_run() {
  Plan plan;
  plan.epochs = 3;
  CHECK(stopped_in(plan, {3, 2, 1, 0}, StopReason::epochs_done) == 3);
  plan.stopping = {rule("time_limit", {2})};
  StoppingController controller(plan);
  controller.elapsed_s = 1.5;
  CHECK(controller.verdict(losses(1)).reason == StopReason::none);
  controller.elapsed_s = 2;
  CHECK(controller.verdict(losses(1)).reason == StopReason::rule);
}

void a_small_gradient_ends_a_run() {
  Plan plan;
  plan.epochs = 100;
  plan.stopping = {rule("gradient_norm_below", {0.5})};
  StoppingController controller(plan);
  EpochValues values = losses(1);
  CHECK(controller.verdict(values).reason == StopReason::none);  // it was not measured
  values.gradient_norm = 0.5;
  CHECK(controller.verdict(values).reason == StopReason::none);
  values.gradient_norm = 0.4;
  CHECK(controller.verdict(values).reason == StopReason::rule);
}

void the_earlier_of_two_equal_epochs_is_best() {
  Plan plan;
  plan.keep_best = Monitor::validation_loss;
  StoppingController controller(plan);
  CHECK(!controller.has_best());
  CHECK(!controller.is_best(losses(0, NONE)));
  CHECK(controller.is_best(losses(0, 2.0)));
  CHECK(!controller.is_best(losses(0, 2.0)));
  CHECK(controller.is_best(losses(0, 1.0)));
  CHECK(controller.has_best());
  plan.keep_best = Monitor::training_score;  // should rise
  StoppingController scores(plan);
  CHECK(scores.is_best({{0, 0, 0.5, 0}}));
  CHECK(!scores.is_best({{0, 0, 0.4, 0}}));
}

void a_plateau_lowers_the_rate() {
  Plan plan;
  plan.plateau = Plateau{0.5, 2, 0.0, 0.3, Monitor::training_loss};
  StoppingController controller(plan);
  CHECK(controller.learning_rate(1.0) == 1.0);
  for (const double loss : {5.0, 5.0, 5.0}) controller.update_plateau(losses(loss));
  CHECK(controller.learning_rate(1.0) == 0.5);
  for (const double loss : {5.0, 5.0}) controller.update_plateau(losses(loss));
  CHECK(controller.learning_rate(1.0) == 0.3);   // not below its minimum
  CHECK(controller.learning_rate(0.2) == 0.2);   // and never above the schedule
}

void explosions() {
  Plan plan;
  StoppingController controller(plan);
  const auto zeros = [] { return 0.0; };
  controller.first_loss = 0.01;
  CHECK(!controller.exploded(1e6, zeros));
  CHECK(controller.exploded(1.1e6, zeros));
  CHECK(controller.exploded(NONE, zeros));
  CHECK(controller.exploded(HUGE_VAL, zeros));
  controller.first_loss = 100;
  CHECK(!controller.exploded(9e7, zeros));
}

void the_first_loss_is_that_of_all_samples_if_the_first_batch_had_zeros() {
  Plan plan;
  StoppingController controller(plan);
  controller.first_loss = 0;
  CHECK(!controller.exploded(999, [] { return 50.0; }));
  CHECK(controller.first_loss == 0);
  CHECK(!controller.exploded(2e6, [] { return 50.0; }));
  CHECK(controller.first_loss == 50);
  CHECK(!controller.exploded(2e6, [] { return NONE; }));
  CHECK(controller.exploded(6e7, [] { return HUGE_VAL; }));
  controller.epochs_done = 1;  // later epochs measure once they would have diverged
  CHECK(!controller.exploded(4e7, [] { return 60.0; }));
  CHECK(controller.first_loss == 50);
  CHECK(!controller.exploded(6e7, [] { return 60.0; }));
  CHECK(controller.first_loss == 60);
}

}  // namespace

int main() {
  patience_counts_epochs_without_enough_progress();
  a_cycle_without_late_progress_is_the_last();
  the_first_rule_that_stops_is_named_and_all_count();
  epochs_and_time_end_a_run();
  a_small_gradient_ends_a_run();
  the_earlier_of_two_equal_epochs_is_best();
  a_plateau_lowers_the_rate();
  explosions();
  the_first_loss_is_that_of_all_samples_if_the_first_batch_had_zeros();
  return failures > 0;
}
