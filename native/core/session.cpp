#include "core/session.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <utility>

#include "core/block_order.hpp"
#include "core/clock.hpp"
#include "core/random.hpp"

namespace deltarule {
namespace {

constexpr double SIGNAL_CHECK_S = 0.05;
constexpr double CLOCK_WORK = 2e6;  // operations between two readings of the clock: about 20 microseconds

template <class T>
std::unique_ptr<Compute<T>> make(Level level, const Plan& plan, int threads) {
  if constexpr (sizeof(T) == 4) return make_compute_float(level, plan, threads);
  else return make_compute_double(level, plan, threads);
}

template <class T>
Buffer<T> copy_of(const T* from, std::size_t count) {
  Buffer<T> buffer(count);
  std::copy_n(from, count, buffer.data());
  return buffer;
}

}  // namespace

// The epoch that is being trained.
template <class T>
struct Session<T>::Epoch {
  const double* numbers;
  std::size_t columns;
  std::size_t width;
  double started_s;
  double deadline_s;  // infinite: none
  double rate = 0;
  double loss = 0;  // of the last update
  double total = 0;
  std::size_t seen = 0;
  Table<T> table;  // of the batch
  Batch batch;
  Sums score;
};

template <class T>
Session<T>::Session(Plan plan, const Rows<T>& data, const Rows<T>* validation, const T* start,
                    const std::vector<const T*>& slots, Level level, int threads)
    : plan_(std::move(plan)),
      data_(data),
      validation_(validation == nullptr ? Rows<T>{} : *validation),
      validates_(validation != nullptr),
      controller_(plan_),
      compute_(make<T>(level, plan_, threads)),
      parameter_count_(plan_.parameter_count()) {
  const std::size_t count = parameter_count_, outputs = plan_.layers.back().units;
  weights_ = copy_of(start, count);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    slots_[i] = copy_of(slots[i], count);
    if (copies_everything()) copied_.slots[i] = copy_of(slots[i], count);
  }
  if (copies_everything()) best_ = copy_of(start, count);
  if (plan_.score) {
    const auto targets_of = [](const Rows<T>& rows) {
      return [&rows](const auto& use) { rows.each_table(false, use); };
    };
    score_ = Score(plan_.loss, outputs, targets_of(data_));
    if (validates_) validation_score_ = Score(plan_.loss, outputs, targets_of(validation_));
  }
  const bool in_memory = data_.stream == nullptr;
  if (in_memory && (plan_.sampling != SamplingKind::in_order || data_.table.chosen != nullptr))
    order_.resize(data_.samples());
  // Forward and backward, then about ten operations per parameter: embedding tables have many parameters
  // that forward and backward hardly use.
  const double passes = 6.0 * static_cast<double>(plan_.chain_count() * plan_.members);
  const double work = passes * static_cast<double>(plan_.batch_rows) + 10.0 * static_cast<double>(count);
  steps_between_clocks_ = static_cast<std::uint64_t>(std::clamp(CLOCK_WORK / work, 1.0, 64.0));
}

template <class T>
std::size_t Session<T>::steps_per_epoch() const {
  return (data_.samples() + plan_.batch_rows - 1) / plan_.batch_rows;
}

template <class T>
Memory<T> Session<T>::memory() {
  Memory<T> memory;
  memory.weights = weights_.data();
  for (int i = 0; i < 3; ++i) memory.slots[i] = slots_[i].data();
  memory.momentum_product = momentum_product_;
  return memory;
}

template <class T>
Outcome Session<T>::run(const UpdateValueTable& table, double deadline_s, const KeepGoing& keep_going,
                        const TargetScale& target_scale, std::vector<Record>& records) {
  keep_start();
  struct GoBack {
    Session* session;
    bool finished = false;
    ~GoBack() {
      if (session->data_.stream != nullptr) session->data_.stream->wait();  // no thread is left between runs
      if (!finished) session->go_back();
    }
  } after{this};
  const Outcome outcome = run_epochs(table, deadline_s, keep_going, target_scale, records);
  after.finished = true;
  return outcome;
}

template <class T>
Outcome Session<T>::run_epochs(const UpdateValueTable& table, double deadline_s, const KeepGoing& keep_going,
                               const TargetScale& target_scale, std::vector<Record>& records) {
  const double began_s = now_s();
  next_signal_check_s_ = began_s + SIGNAL_CHECK_S;
  Epoch epoch{};
  epoch.columns = table.columns;
  epoch.width = table.width;
  epoch.deadline_s = deadline_s < 0 ? HUGE_VAL : began_s + deadline_s;
  Outcome outcome;
  for (std::size_t i = 0; i < table.epochs; ++i) {
    epoch.numbers = table.numbers + i * table.columns * table.width;
    if (!train(epoch, keep_going)) {
      go_back();
      outcome.interrupted = true;
      return outcome;
    }
    outcome = close(epoch, target_scale, records);
    if (outcome.interrupted || outcome.verdict.reason != StopReason::none) return outcome;
    // After the last epoch the caller handles signals.
    if (i + 1 < table.epochs && !goes_on(keep_going)) {
      outcome.interrupted = true;
      return outcome;
    }
  }
  return outcome;
}

template <class T>
void Session<T>::draw_order(std::uint64_t epoch) {
  const auto number = static_cast<std::uint32_t>(epoch);
  if (plan_.sampling == SamplingKind::shuffled)
    shuffle_rows(plan_.seed, number, data_.samples(), order_.data());
  else if (plan_.sampling == SamplingKind::single_sample)
    draw_rows(plan_.seed, number, data_.samples(), order_.data());
  else if (plan_.sampling == SamplingKind::blocks)
    BlockOrder(plan_, number, data_.samples()).write(order_.data());
  else
    std::iota(order_.begin(), order_.end(), std::uint32_t{0});
  if (data_.table.chosen == nullptr) return;
  for (std::uint32_t& row : order_) row = data_.table.chosen[row];
}

// Sets the table and the batch of an update.
template <class T>
void Session<T>::take_batch(Epoch& epoch, std::size_t step) {
  const std::size_t first = step * plan_.batch_rows;
  const std::size_t count = std::min(plan_.batch_rows, data_.samples() - first);
  if (data_.stream != nullptr) {
    std::tie(epoch.table, epoch.batch) = data_.stream->next(count);
  } else {
    epoch.table = data_.table;
    epoch.batch = {order_.empty() ? nullptr : order_.data(), first, count, 0, 0};
  }
  epoch.batch.epoch = static_cast<std::uint32_t>(controller_.epochs_done);
  epoch.batch.step = static_cast<std::uint32_t>(step);
}

// Handles signals, if the last time was a while ago; returns whether none of them ends the run.
template <class T>
bool Session<T>::goes_on(const KeepGoing& keep_going) {
  const double now = now_s();
  if (now < next_signal_check_s_) return true;
  next_signal_check_s_ = now + SIGNAL_CHECK_S;
  return keep_going();
}

// Makes the updates of one epoch; returns false if interrupted. A loss that is not finite ends it.
template <class T>
bool Session<T>::train(Epoch& epoch, const KeepGoing& keep_going) {
  epoch.started_s = now_s();
  epoch.total = 0;
  epoch.seen = 0;
  epoch.score = {};
  if (data_.stream != nullptr) data_.stream->begin_epoch(static_cast<std::uint32_t>(controller_.epochs_done));
  else draw_order(controller_.epochs_done);
  Memory<T> present = memory();
  const std::size_t steps = steps_per_epoch();
  const double first_loss = controller_.first_loss;
  for (std::size_t step = 0; step < steps; ++step) {
    take_batch(epoch, step);
    const double* const row = epoch.numbers + (epoch.columns == 1 ? 0 : step) * epoch.width;
    epoch.rate = controller_.learning_rate(row[0]);
    const std::uint64_t t = controller_.epochs_done * steps + step + 1;
    epoch.loss = compute_->update(epoch.table, epoch.batch, present, {epoch.rate, row[1], row[2], row + 3}, t,
                                  plan_.score ? &epoch.score : nullptr);
    epoch.total += epoch.loss * static_cast<double>(epoch.batch.count);
    epoch.seen += epoch.batch.count;
    if (std::isnan(controller_.first_loss)) controller_.first_loss = epoch.loss;
    if (!std::isfinite(epoch.loss)) break;
    if ((step + 1) % steps_between_clocks_ != 0 && step + 1 != steps) continue;
    if (now_s() >= epoch.deadline_s) break;
    if (step + 1 == steps || goes_on(keep_going)) continue;  // an epoch whose updates are all made is finished
    controller_.first_loss = first_loss;
    return false;
  }
  momentum_product_ = present.momentum_product;
  return true;
}

template <class T>
Record Session<T>::record_of(const Epoch& epoch, double loss, const Sums* validation) {
  controller_.elapsed_s += now_s() - epoch.started_s;
  const double none = std::nan("");
  Record record{static_cast<std::int64_t>(controller_.epochs_done) + 1, epoch.rate, loss, none, none, none,
                controller_.elapsed_s};
  if (plan_.score) record.training_score = score_.value(epoch.score);
  if (validation != nullptr) {
    record.validation_loss = validation->loss / validation->weight;
    if (plan_.score) record.validation_score = validation_score_.value(*validation);
  }
  return record;
}

// Finishes an epoch, in the stopping controller's order.
template <class T>
Outcome Session<T>::close(Epoch& epoch, const TargetScale& target_scale, std::vector<Record>& records) {
  if (!std::isfinite(epoch.loss)) return diverge(epoch, record_of(epoch, epoch.loss, nullptr), records);
  Sums validation;
  if (validates_) {
    validation_.each_table(true, [&](const Table<T>& table) {
      validation = compute_->evaluate(table, weights_.data(), plan_.score, validation);
    });
  }
  const double loss = epoch.total / static_cast<double>(epoch.seen);
  const Record record = record_of(epoch, loss, validates_ ? &validation : nullptr);
  const bool finite = std::all_of(weights_.data(), weights_.data() + weights_.size(),
                                  [](T w) { return std::isfinite(w); });
  Outcome outcome;
  const auto loss_over_all_rows = [&] {
    const double scale = target_scale();
    outcome.interrupted = std::isnan(scale);
    return controller_.epochs_done == 0 ? std::max(scale, initial_loss()) : scale;
  };
  const bool exploded = controller_.exploded(loss, loss_over_all_rows);
  if (outcome.interrupted) {
    go_back();
    return outcome;
  }
  if (exploded || !finite || (validates_ && !std::isfinite(record.validation_loss)))
    return diverge(epoch, record, records);
  records.push_back(record);
  EpochValues values{{record.training_loss, record.validation_loss, record.training_score,
                      record.validation_score}};
  if (plan_.measures_gradient_norm) values.gradient_norm = gradient_norm();
  controller_.epochs_done += 1;
  remember();
  if (controller_.is_best(values)) std::copy_n(weights_.data(), weights_.size(), best().data());
  controller_.update_plateau(values);
  outcome.verdict = controller_.verdict(values);
  return outcome;
}

// The Euclidean norm of the gradient of J over all samples, which are in memory, without dropout.
template <class T>
double Session<T>::gradient_norm() {
  if (gradient_.empty()) gradient_ = Buffer<T>(parameter_count_);
  compute_->loss_and_gradient(data_.table, weights_.data(), gradient_.data());
  double squares = 0;
  for (std::size_t i = 0; i < parameter_count_; ++i)
    squares += static_cast<double>(gradient_.data()[i]) * static_cast<double>(gradient_.data()[i]);
  return std::sqrt(squares);
}

// J of the initial network over all samples, without dropout; only in the first epoch.
template <class T>
double Session<T>::initial_loss() {
  Buffer<T> unused(parameter_count_);
  double total = 0;
  data_.each_table(true, [&](const Table<T>& table) {
    const double value = compute_->loss_and_gradient(table, copied_.weights.data(), unused.data());
    total += value * static_cast<double>(table.samples());
  });
  return total / static_cast<double>(data_.samples());
}

template <class T>
Outcome Session<T>::diverge(const Epoch& epoch, const Record& record, std::vector<Record>& records) {
  records.push_back(record);
  Outcome outcome;
  outcome.verdict.reason = StopReason::diverged;
  outcome.step = epoch.batch.step + 1;
  outcome.layer = compute_->diverged_layer(epoch.table, epoch.batch, weights_.data());
  go_back();
  return outcome;
}

// Called at the first run, not when the session opens, because the caller still holds the initial values.
template <class T>
void Session<T>::keep_start() {
  if (copied_.weights.empty()) copied_.weights = copy_of(weights_.data(), weights_.size());
}

template <class T>
void Session<T>::remember() {
  copied_.momentum_product = momentum_product_;
  // A large network's one buffer holds the best parameters once there are any.
  if (!copies_everything() && controller_.has_best()) return;
  std::copy_n(weights_.data(), weights_.size(), copied_.weights.data());
  for (int i = 0; i < 3; ++i)
    std::copy_n(slots_[i].data(), copied_.slots[i].size(), copied_.slots[i].data());
}

// Returns to the state after the last finished epoch, if it was kept.
template <class T>
void Session<T>::go_back() {
  if (!copies_everything()) {
    broken_ = true;
    return;
  }
  momentum_product_ = copied_.momentum_product;
  std::copy_n(copied_.weights.data(), weights_.size(), weights_.data());
  for (int i = 0; i < 3; ++i)
    std::copy_n(copied_.slots[i].data(), slots_[i].size(), slots_[i].data());
}

template <class T>
const T* Session<T>::last_weights() const {
  return weights_.data();
}

template <class T>
const T* Session<T>::last_slot(std::size_t i) const {
  return slots_[i].data();
}

template <class T>
void Session<T>::restore(const T* weights, const T* best_weights, const std::vector<const T*>& slots,
                         double momentum_product) {
  keep_start();
  std::copy_n(weights, weights_.size(), weights_.data());
  for (std::size_t i = 0; i < slots.size(); ++i)
    std::copy_n(slots[i], slots_[i].size(), slots_[i].data());
  momentum_product_ = momentum_product;
  broken_ = false;
  if (best_weights != nullptr) std::copy_n(best_weights, weights_.size(), best().data());
  remember();
}

template class Session<float>;
template class Session<double>;

}  // namespace deltarule
