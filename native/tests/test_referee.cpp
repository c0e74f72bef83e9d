// The referee on sequences of epochs whose verdicts were worked out by hand from `referee.py`.
#include "core/referee.hpp"

#include <cmath>
#include <limits>

#include "tests/check.hpp"

using namespace deltarule;

namespace {

constexpr double NONE = std::numeric_limits<double>::quiet_NaN();

Values losses(double training, double validation = NONE) {
  return {{training, validation, NONE, NONE}};
}

Rule patience(double epochs, double min_improvement, bool cumulative) {
  Rule rule;
  rule.kind = RuleKind::no_progress;
  rule.monitor = Monitor::training_loss;
  rule.patience_epochs = epochs;
  rule.min_improvement = min_improvement;
  rule.cumulative = cumulative;
  return rule;
}

// Epochs until the verdict, from 1; 0: never.
int stopped_in(const Plan& plan, std::initializer_list<double> sequence, StopReason wanted) {
  Referee referee(plan);
  int epoch = 0;
  for (const double loss : sequence) {
    referee.epochs_done += 1;
    epoch += 1;
    const Verdict verdict = referee.verdict(losses(loss));
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
  // Small gains add up to 0.1 in the third epoch, so the count begins anew.
  CHECK(stopped_in(plan, {1.0, 0.95, 0.89, 0.88, 0.87}, StopReason::no_progress) == 5);
  // Each epoch has to bring 0.1 by itself.
  plan.stopping = {patience(2, 0.1, false)};
  CHECK(stopped_in(plan, {1.0, 0.95, 0.89, 0.88, 0.87}, StopReason::no_progress) == 3);
  // A NaN is no progress.
  plan.stopping = {patience(2, 0.0, true)};
  CHECK(stopped_in(plan, {1.0, NONE, NONE, 0.5}, StopReason::no_progress) == 3);
}

void the_first_rule_that_stops_is_named_and_all_count() {
  Plan plan;
  plan.epochs = 100;
  Rule target;
  target.kind = RuleKind::target_reached;
  target.monitor = Monitor::training_score;
  target.target = 0.9;
  plan.stopping = {patience(1, 0.0, true), target};
  Referee referee(plan);
  CHECK(referee.verdict({{1.0, NONE, 0.8, NONE}}).reason == StopReason::none);
  const Verdict verdict = referee.verdict({{1.0, NONE, 0.9, NONE}});  // both say stop
  CHECK(verdict.reason == StopReason::no_progress);
  CHECK(verdict.rule == 0);
  CHECK(referee.rules[0].epochs_waited == 1);
}

void epochs_and_time_end_a_run() {
  Plan plan;
  plan.epochs = 3;
  CHECK(stopped_in(plan, {3, 2, 1, 0}, StopReason::epochs_done) == 3);
  Rule limit;
  limit.kind = RuleKind::time_limit;
  limit.seconds = 2;
  plan.stopping = {limit};
  Referee referee(plan);
  referee.elapsed_s = 1.5;
  CHECK(referee.verdict(losses(1)).reason == StopReason::none);
  referee.elapsed_s = 2;
  CHECK(referee.verdict(losses(1)).reason == StopReason::time_limit);
}

void the_earlier_of_two_equal_epochs_is_best() {
  Plan plan;
  plan.keep_best = Monitor::validation_loss;
  Referee referee(plan);
  CHECK(!referee.has_best());
  CHECK(!referee.is_best(losses(0, NONE)));
  CHECK(referee.is_best(losses(0, 2.0)));
  CHECK(!referee.is_best(losses(0, 2.0)));
  CHECK(referee.is_best(losses(0, 1.0)));
  CHECK(referee.has_best());
  plan.keep_best = Monitor::training_score;  // should rise
  Referee scores(plan);
  CHECK(scores.is_best({{0, 0, 0.5, 0}}));
  CHECK(!scores.is_best({{0, 0, 0.4, 0}}));
}

void a_plateau_lowers_the_rate() {
  Plan plan;
  plan.plateau = Plateau{0.5, 2, 0.0, 0.3, Monitor::training_loss};
  Referee referee(plan);
  CHECK(referee.learning_rate(1.0) == 1.0);
  for (const double loss : {5.0, 5.0, 5.0}) referee.update_plateau(losses(loss));
  CHECK(referee.learning_rate(1.0) == 0.5);
  for (const double loss : {5.0, 5.0}) referee.update_plateau(losses(loss));
  CHECK(referee.learning_rate(1.0) == 0.3);   // not below its minimum
  CHECK(referee.learning_rate(0.2) == 0.2);   // and never above the schedule
}

void explosions() {
  Plan plan;
  Referee referee(plan);
  referee.first_loss = 0.01;
  CHECK(!referee.exploded(1e6));
  CHECK(referee.exploded(1.1e6));
  CHECK(referee.exploded(NONE));
  CHECK(referee.exploded(HUGE_VAL));
  referee.first_loss = 100;
  CHECK(!referee.exploded(9e7));
}

}  // namespace

int main() {
  patience_counts_epochs_without_enough_progress();
  the_first_rule_that_stops_is_named_and_all_count();
  epochs_and_time_end_a_run();
  the_earlier_of_two_equal_epochs_is_best();
  a_plateau_lowers_the_rate();
  explosions();
  return failures > 0;
}
