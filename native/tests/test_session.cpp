// Whole networks and sessions, for every instruction level that this processor has: gradients against
// central differences, the same bits for any number of threads, a run that learns.
#include "core/session.hpp"

#include <algorithm>
#include <cstring>
#include <random>

#include "tests/check.hpp"

using namespace deltarule;

namespace {

constexpr std::size_t ROWS = 41, INPUTS = 5, CLASSES = 3;

struct Samples {
  std::vector<double> inputs;
  std::vector<std::int32_t> classes;
  Table<double> table() const { return {inputs.data(), nullptr, classes.data(), nullptr, classes.size()}; }
};

// Points whose class is the largest of their first three coordinates.
Samples samples(std::size_t rows, std::size_t inputs) {
  std::mt19937 random(3);
  std::normal_distribution<double> normal;
  Samples all;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < inputs; ++i) all.inputs.push_back(normal(random));
    const double* x = all.inputs.data() + row * inputs;
    all.classes.push_back(static_cast<std::int32_t>(std::max_element(x, x + CLASSES) - x));
  }
  return all;
}

std::vector<double> start(const Plan& plan) {
  std::mt19937 random(4);
  std::normal_distribution<double> normal(0, 0.3);
  std::vector<double> weights(plan.parameter_count());
  for (double& weight : weights) weight = normal(random);
  return weights;
}

Layer layer(std::size_t inputs, std::size_t units, const char* activation) {
  Layer made;
  made.inputs = inputs;
  made.units = units;
  made.activation = number_of(formula_names().activations, activation);
  return made;
}

Plan plan_of(std::size_t hidden) {
  Plan plan;
  plan.layers = {layer(INPUTS, hidden, "tanh"), layer(hidden, 4, "softplus"),
                 layer(4, CLASSES, "softmax")};
  plan.layers[0].l2 = 0.01;
  plan.layers[1].bias = false;
  plan.loss.formula = number_of(formula_names().losses, "categorical_cross_entropy");
  plan.loss.label_smoothing = 0.1;
  plan.loss.classifies = plan.loss.fused = true;
  plan.optimizer.formula = number_of(formula_names().optimizers, "adam");
  plan.optimizer.slot_count = 2;
  const auto set = [&](const char* setting, double value) {
    const int number = number_of(formula_names().optimizer_settings, setting);
    plan.optimizer.settings[static_cast<std::size_t>(number)] = value;
  };
  set("decay_mean", 0.9);
  set("decay_square", 0.999);
  set("epsilon", 1e-8);
  plan.batch_rows = 8;
  plan.epochs = 300;
  plan.score = true;
  return plan;
}

void gradients_are_central_differences(Level level) {
  Plan plan = plan_of(7);
  plan.batch_rows = ROWS;
  const Samples data = samples(ROWS, INPUTS);
  const auto compute = make_compute_double(level, plan, 1);
  std::vector<double> weights = start(plan), gradient(weights.size()), unused(weights.size());
  compute->loss_and_gradient(data.table(), weights.data(), gradient.data());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double kept = weights[i], step = 1e-5;
    weights[i] = kept + step;
    const double above = compute->loss_and_gradient(data.table(), weights.data(), unused.data());
    weights[i] = kept - step;
    const double below = compute->loss_and_gradient(data.table(), weights.data(), unused.data());
    weights[i] = kept;
    CHECK_NEAR(gradient[i], (above - below) / (2 * step), 1e-9);
  }
}

std::vector<double> trained(const Plan& plan, Level level, int threads, std::size_t epochs_at_once) {
  const Samples data = samples(ROWS, INPUTS), validation = samples(13, INPUTS);
  const Rows<double> validation_table = validation.table();
  const std::vector<double> weights = start(plan), zeros(weights.size());
  Session<double> session(plan, data.table(), &validation_table, weights.data(), {zeros.data(), zeros.data()},
                          level, threads);
  std::vector<double> numbers;
  for (std::size_t i = 0; i < plan.epochs; ++i) {
    numbers.insert(numbers.end(), {0.01, 0, plan.loss.label_smoothing});
    for (const Layer& layer : plan.layers) numbers.push_back(layer.drops ? 0.15 : 0);
  }
  std::vector<Record> records;
  Outcome outcome;
  while (outcome.verdict.reason == StopReason::none)
    outcome = session.run({numbers.data(), epochs_at_once, 1, 3 + plan.layers.size()}, -1,
                          [] { return true; }, [] { return 0.0; }, records);
  CHECK(outcome.verdict.reason == StopReason::epochs_done);
  CHECK(records.size() == plan.epochs);
  CHECK(records.back().epoch == static_cast<std::int64_t>(plan.epochs));
  CHECK(records.back().training_loss < records.front().training_loss);
  CHECK(std::isfinite(records.back().validation_score));
  if (plan.epochs == 300) CHECK(records.back().training_score > 0.9);
  return {session.result(), session.result() + session.parameter_count()};
}

void a_run_learns_and_its_bits_do_not_depend_on_threads_or_chunks(Level level) {
  const Plan small = plan_of(7);
  CHECK(trained(small, level, 1, 300) == trained(small, level, 1, 7));
  Plan large = plan_of(700);  // large enough for several threads and for fused updates
  large.layers.insert(large.layers.begin() + 1, layer(700, 700, "relu"));
  large.layers.front().drops = true;
  large.layers[1].drops = true;
  large.batch_rows = ROWS;
  large.sampling = SamplingKind::in_order;
  large.epochs = 3;
  const std::vector<double> alone = trained(large, level, 1, 3);
  CHECK(alone == trained(large, level, 2, 1));
  CHECK(alone == trained(large, level, 4, 3));
}

// A plan with everything that a row's weights are multiplied by, and an embedding of each kind.
Plan plan_with_factors(std::size_t hidden) {
  Plan plan = plan_of(hidden);
  plan.members = 3;
  const auto column = [&](const char* kind, std::size_t outputs, std::size_t features, std::size_t count) {
    Column made;
    made.formula = number_of(formula_names().column_embeddings, kind);
    made.outputs = outputs;
    made.features = features;
    made.parameter_count = count;
    made.source = plan.columns.size();
    plan.columns.push_back(made);
  };
  column("plain", 1, 0, 0);
  column("periodic", 3, 5, 22);
  column("piecewise_linear", 4, 3, 16);
  plan.columns.back().edges = {-1, 0, 0.5, 2};
  column("category", 7, 3, 21);
  column("periodic", 2, 17, 52);
  plan.layers[0].inputs = 17;
  plan.layers[0].scale = plan.layers[0].learned_activation = true;
  plan.layers[0].weight_factor = 0.25;
  plan.layers[0].sharing = Sharing::input_factors;
  plan.layers[1].sharing = Sharing::factors;
  plan.layers[2].sharing = Sharing::separate;
  return plan;
}

void the_prediction_of_a_row_does_not_depend_on_other_rows(Level level) {
  for (const Plan& plan : {plan_of(33), plan_of(203), plan_with_factors(1), plan_with_factors(203)}) {
    const std::vector<double> weights = start(plan);
    const Samples data = samples(1100, INPUTS);  // more than two panels
    const auto compute = make_compute_double(level, plan, 2);
    std::vector<double> all(1100 * CLASSES), few(3 * CLASSES);
    compute->predict(weights.data(), data.inputs.data(), 1100, all.data());
    for (std::size_t row = 0; row < 1097; row += 7) {
      const std::size_t rows = 1 + row % 3;
      compute->predict(weights.data(), data.inputs.data() + row * INPUTS, rows, few.data());
      CHECK(std::memcmp(few.data(), all.data() + row * CLASSES, sizeof(double) * CLASSES * rows) == 0);
    }
  }
}

void divergence_keeps_the_last_good_weights(Level level) {
  Plan plan = plan_of(7);
  plan.optimizer = {};  // gradient descent
  plan.layers.back().activation = number_of(formula_names().activations, "identity");
  plan.loss = {};  // mean squared error
  const Samples data = samples(ROWS, INPUTS);
  const std::vector<double> weights = start(plan);
  Session<double> session(plan, data.table(), nullptr, weights.data(), {}, level, 1);
  std::vector<Record> records;
  const double numbers[] = {1e-3, 0, 0, 0, 0, 0, 1e300, 0, 0, 0, 0, 0};
  const Outcome outcome = session.run({numbers, 2, 1, 6}, -1, [] { return true; }, [] { return 0.0; }, records);
  CHECK(outcome.verdict.reason == StopReason::diverged);
  CHECK(records.size() == 2);
  CHECK(outcome.layer < plan.layers.size());
  for (std::size_t i = 0; i < weights.size(); ++i) CHECK(std::abs(session.result()[i] - weights[i]) < 1);
}

}  // namespace

int main() {
  for (const Level level : {Level::baseline, Level::avx2, Level::avx512}) {
    if (!is_supported(level)) continue;
    std::printf("%s\n", name_of(level));
    gradients_are_central_differences(level);
    a_run_learns_and_its_bits_do_not_depend_on_threads_or_chunks(level);
    the_prediction_of_a_row_does_not_depend_on_other_rows(level);
    divergence_keeps_the_last_good_weights(level);
  }
  return failures > 0;
}
