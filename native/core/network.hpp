// The computations of one network: see `Compute`.
//
// A pass has two halves. Up to the deltas each sample is on its own, so strips of samples are shared
// among the threads; the gradients need all samples, so blocks of weights are shared. Small networks
// take a group of strips through all layers in one task; large ones share each product by itself.
#pragma once

#include <algorithm>
#include <cmath>

#include "core/backward.hpp"
#include "core/clock.hpp"
#include "core/columns.hpp"
#include "core/compute.hpp"
#include "core/forward.hpp"
#include "core/measure.hpp"
#include "core/thread_tuning.hpp"
#include "core/parameterization.hpp"
#include "core/rows.hpp"

namespace deltarule::DELTARULE_LEVEL {

// Operations of an update worth having threads for: below some 10 microseconds of AVX-512 a second thread
// gains nothing, and where another program wants its processor it costs.
constexpr double PARALLEL_UPDATE_WORK = 2e6;
// From here on threads gained wherever they were; below, it is tried (`ThreadTuning`). Few samples are as much to
// carry from one thread's cache to the other's as many, and less to compute.
constexpr double ALWAYS_PARALLEL_WORK = 1e8;
constexpr std::size_t ALWAYS_PARALLEL_ROWS = 128;
// From here on a layer's gradient is never written to memory, but becomes an update block by block.
constexpr std::size_t FUSED_PARAMETERS = 1024;
constexpr std::size_t GROUPS = 8;  // of strips, where they go through all layers in one task

template <class T>
class Network final : public Compute<T> {
 public:
  Network(const Plan& plan, int threads)
      : plan_(plan),
        places_(places_of<T>(plan)),
        panel_rows_(std::min(plan.batch_rows, PANEL_ROWS)),
        threads_(threads),
        pool_(std::make_unique<ThreadPool>(1)) {
    for (const Place& place : places_) {
      widest_ = std::max(widest_, place.layer.units);
      grouped_ = grouped_ && !place.packed;
    }
    columns_ = column_places<T>(plan);
    width_ = plan.inputs();
    room_ = Buffer<T>(2 * ceil_div(widest_, STRIP<T>) * STRIP<T>);
    const double whole = work(plan.batch_rows) + update_work();
    start_threads(whole);
    always_parallel_ = whole > ALWAYS_PARALLEL_WORK && plan.batch_rows >= ALWAYS_PARALLEL_ROWS;
  }

  double update(const Table<T>& table, const Batch& batch, Memory<T>& memory, const UpdateValues& values,
                std::uint64_t t, Sums* score) override {
    if (pool_->size() == 1 || always_parallel_) return learn_batch(table, batch, memory, values, t, score);
    pool_->set_single_threaded(!tuning_.shares());
    const double began_s = now_s();
    const double loss = learn_batch(table, batch, memory, values, t, score);
    // The rest of an epoch is less work than others.
    if (batch.count == std::min(plan_.batch_rows, table.samples())) tuning_.took(now_s() - began_s);
    pool_->set_single_threaded(false);
    return loss;
  }

  Sums evaluate(const Table<T>& table, const T* weights, bool scored) override {
    Loss loss = plan_.loss;
    loss.label_smoothing = 0;
    const std::size_t panels = ceil_div(table.rows, PANEL_ROWS);
    if (panel_sums_.size() < panels) panel_sums_ = Buffer<Sums>(panels);
    const bool one = plan_.members == 1;
    each_panel(weights, table.rows, [&](Workspace<T>& workspace, std::size_t first) {
      const Batch batch{nullptr, first, workspace.samples};
      const Source<T> source{table, batch, 0};
      take(workspace, weights, table.inputs, batch, 0, workspace.all_strips(), Executor::on_thread(0));
      forward_members(workspace, weights, one && plan_.loss.fused);
      // Of several members what counts is what they predict together, of which there are no logits.
      measure(places_, workspace, source, loss, 0, scored, workspace.all_strips(), Executor::on_thread(0), one);
      panel_sums_[first / PANEL_ROWS] = sum_up(workspace, source, scored);
    });
    Sums total;
    for (std::size_t p = 0; p < panels; ++p) total += panel_sums_[p];
    return total;
  }

  double loss_and_gradient(const Table<T>& table, const T* weights, T* gradient) override {
    prepare_training();
    const Batch batch{table.chosen, 0, table.samples()};
    Sums sums;
    if (plain_) {
      for (std::size_t first = 0; first < batch.count; first += panel_rows_) {
        const Source<T> source{table, batch, first};
        training_.samples = std::min(panel_rows_, batch.count - first);
        forward_backward(source, {weights, weights}, nullptr, plan_.loss, batch.count, false);
        sums += sum_up(training_, source, false);
        each_gradient_block([&](const Place& place, std::size_t i, const GradientBlock& block, int, std::size_t) {
          gradient_to(place, training_, i, block, gradient + place.offset, first > 0);
        });
      }
    } else {
      sums = forward_backward_members(table, batch, weights, nullptr, plan_.loss, false);
      std::copy_n(learned_gradient_.data(), learned_gradient_.size(), gradient);
    }
    double value = sums.loss / static_cast<double>(batch.count * plan_.members);
    for (const Place& place : places_) value += penalize(place, weights, gradient + place.parts.weights);
    return value;
  }

  void predict(const T* weights, const T* inputs, std::size_t rows, T* outputs) override {
    const std::size_t units = places_.back().layer.units;
    if (plain_ && rows <= FEW_ROWS) {
      T* const room[2] = {room_.data(), room_.data() + room_.size() / 2};
      for (std::size_t row = 0; row < rows; ++row)
        predict_row(places_, weights, inputs + row * width(), room, outputs + row * units);
      return;
    }
    each_panel(weights, rows, [&](Workspace<T>& workspace, std::size_t first) {
      const Batch batch{nullptr, first, workspace.samples};
      take(workspace, weights, inputs, batch, 0, workspace.all_strips(), Executor::on_thread(0));
      forward_members(workspace, weights, false);
      const Strips<const T> out = std::as_const(workspace.x.back()).view();
      for (std::size_t row = 0; row < workspace.samples; ++row)
        for (std::size_t j = 0; j < units; ++j)
          outputs[(first + row) * units + j] =
              out.strip(row / STRIP<T>)[j * STRIP<T> + row % STRIP<T>];
    });
  }

  std::size_t diverged_layer(const Table<T>& table, const Batch& batch, const T* weights) override {
    prepare_training();
    prepare_chains(weights);
    std::size_t diverged = places_.size();
    for (std::size_t first = 0; first < batch.count; first += panel_rows_) {
      training_.samples = std::min(panel_rows_, batch.count - first);
      take(training_, weights, table.inputs, batch, first, training_.all_strips(), Executor::on_thread(0));
      diverged = std::min(diverged, first_broken_layer(weights));
    }
    if (diverged < places_.size()) return diverged;
    T largest = -1;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      for (std::size_t j = places_[i].parts.begin; j < places_[i].parts.end; ++j) {
        const T size = std::abs(weights[j]);
        if (size > largest) largest = size, diverged = i;
      }
    }
    return diverged;
  }

 private:
  static constexpr std::size_t NO_GRADIENT = ~std::size_t{0};

  std::size_t width() const { return width_; }
  double work(std::size_t rows) const { return 6.0 * double(plan_.chain_count()) * double(rows); }

  // Some ten operations for each number that is learned, where the update goes through them on its own:
  // of a table of embeddings it is most of the work, which the passes do not see.
  double update_work() const { return plain_ ? 0 : 10.0 * double(plan_.parameter_count()); }

  // Starts the other threads with the first work that is worth it.
  void start_threads(double work) {
    if (pool_->size() < threads_ && work > PARALLEL_UPDATE_WORK) pool_ = std::make_unique<ThreadPool>(threads_);
  }

  // Training memory comes with the first update: who only predicts does without.
  void prepare_training() {
    if (training_.capacity > 0) return;
    training_ = Workspace<T>(plan_, places_, panel_rows_, true, threads_);
    const bool whole = !plain_ || plan_.optimizer.clip_norm || plan_.batch_rows > panel_rows_;
    std::size_t count = 0;
    for (const Place& place : places_) {
      const std::size_t own = place.layer.parameter_count();
      const bool kept = whole || own < FUSED_PARAMETERS;
      gradient_at_.push_back(kept ? count : NO_GRADIENT);
      count += kept ? own : 0;
    }
    blocks_ = spread_blocks(places_);
    block_penalties_.assign(blocks_.size(), 0);
    gradient_ = Buffer<T>(count);
    norms_ = Buffer<T>(widest_);
    if (plain_) return;
    learned_gradient_ = Buffer<T>(plan_.parameter_count());
    std::size_t most = 0;
    for (const Column& column : plan_.columns)
      if (kind_of(column) != ColumnKind::category) most = std::max(most, column.parameter_count);
    column_sums_.assign(static_cast<std::size_t>(threads_), std::vector<Vector<T>>(most));
    if (plan_.members > 1 && plan_.score)
      member_outputs_ = Buffer<T>(strips_for<T>(plan_.batch_rows) * STRIP<T> * places_.back().layer.units);
  }

  double learn_batch(const Table<T>& table, const Batch& batch, Memory<T>& memory, const UpdateValues& values,
                     std::uint64_t t, Sums* score) {
    prepare_training();
    Loss loss = plan_.loss;
    loss.label_smoothing = values.label_smoothing;
    const Sums sums = plain_ ? forward_backward_plain(table, batch, memory.weights, values, loss, score != nullptr)
                             : forward_backward_members(table, batch, memory.weights, &values, loss, score != nullptr);
    if (score != nullptr) *score += {0, sums.score, sums.weight};
    const double value = sums.loss / static_cast<double>(batch.count * plan_.members);
    if (!std::isfinite(value)) return value;
    return value + (plain_ ? learn(memory, values, t, batch.count > panel_rows_)
                           : learn_groups(memory, values, t));
  }

  // What is learned, turned into each member's chain; a plain network's weights are its chain.
  void prepare_chains(const T* weights) {
    if (plain_) return;
    const std::size_t count = plan_.chain_count();
    if (chains_.empty()) chains_ = Buffer<T>(count * plan_.members);
    for (std::size_t m = 0; m < plan_.members; ++m)
      to_chain(places_, weights, m, chains_.data() + m * count, *pool_);
  }
  ParameterView<T> view_of(const T* weights, std::size_t member) const {
    return {plain_ ? weights : chains_.data() + member * plan_.chain_count(), weights};
  }

  // Takes samples into the first layer's input.
  void take(Workspace<T>& workspace, const T* weights, const T* inputs, const Batch& batch, std::size_t first,
            Range strips, const Executor& executor) {
    gather(workspace, inputs, width(), batch, first, strips, executor);
    if (!columns_.empty())
      embed(columns_, weights + places_.front().parts.embedding, workspace.columns.view(),
            workspace.x.front().view(), strips, executor);
  }

  // Forward outside training; several members' outputs become their mean.
  void forward_members(Workspace<T>& workspace, const T* weights, bool logits_last) {
    forward(places_, view_of(weights, 0), workspace, nullptr, logits_last, workspace.all_strips(), Executor::on_thread(0));
    if (plan_.members == 1) return;
    const std::size_t numbers = places_.back().layer.units * STRIP<T>;
    const T share = T(1) / static_cast<T>(plan_.members);
    for (std::size_t m = 0; m < plan_.members; ++m) {
      if (m > 0)
        forward(places_, view_of(weights, m), workspace, nullptr, false, workspace.all_strips(), Executor::on_thread(0));
      const bool last = m + 1 == plan_.members;
      for (std::size_t s = 0; s < workspace.strips(); ++s)
        add_outputs(workspace.x.back().view().strip(s), workspace.mean_outputs.view().strip(s), numbers, m > 0,
                    last ? share : T(1));
      if (!last) continue;
      for (std::size_t s = 0; s < workspace.strips(); ++s)
        std::copy_n(workspace.mean_outputs.view().strip(s), numbers, workspace.x.back().view().strip(s));
    }
  }

  // sum <- ([sum +] outputs) · factor
  static void add_outputs(const T* outputs, T* sum, std::size_t count, bool add, T factor) {
    for (std::size_t i = 0; i < count; ++i) sum[i] = (add ? sum[i] + outputs[i] : outputs[i]) * factor;
  }

  // The passes of an update of a plain network; the gradient of the last panel is left to `learn`.
  Sums forward_backward_plain(const Table<T>& table, const Batch& batch, const T* weights, const UpdateValues& values,
                  const Loss& loss, bool scored) {
    Sums sums;
    for (std::size_t first = 0; first < batch.count; first += panel_rows_) {
      const Source<T> source{table, batch, first};
      const DropoutState dropout{plan_.seed, batch.epoch, batch.step, first, values.dropout_rates};
      training_.samples = std::min(panel_rows_, batch.count - first);
      forward_backward(source, {weights, weights}, &dropout, loss, batch.count, scored);
      sums += sum_up(training_, source, scored);
      if (first + panel_rows_ < batch.count) keep_gradients(gradient_.data(), first > 0);
    }
    return sums;
  }

  // The passes of all members; their gradient is added up in `learned_gradient_`. `numbers`: null outside
  // training. The loss is the sum over members.
  Sums forward_backward_members(const Table<T>& table, const Batch& batch, const T* weights, const UpdateValues* values,
                    const Loss& loss, bool scored) {
    prepare_chains(weights);
    std::fill_n(learned_gradient_.data(), learned_gradient_.size(), T(0));
    Sums sums;
    for (std::size_t m = 0; m < plan_.members; ++m) {
      const bool last = m + 1 == plan_.members;
      for (std::size_t first = 0; first < batch.count; first += panel_rows_) {
        const Source<T> source{table, batch, first};
        const DropoutState dropout{plan_.seed, batch.epoch, batch.step, first,
                                values == nullptr ? nullptr : values->dropout_rates,
                                static_cast<std::uint32_t>(m * places_.size())};
        training_.samples = std::min(panel_rows_, batch.count - first);
        forward_backward(source, view_of(weights, m), values == nullptr ? nullptr : &dropout, loss,
                     batch.count * plan_.members, scored && plan_.members == 1);
        if (scored && plan_.members > 1) score_members(first, m);
        Sums own = sum_up(training_, source, scored && last);
        if (!last) own.weight = 0;
        sums += own;
        keep_gradients(gradient_.data(), first > 0);
        keep_learned_gradients(weights);
      }
      pull_back(places_, weights, gradient_.data(), m, learned_gradient_.data(), *pool_);
    }
    return sums;
  }

  // Adds a member's outputs of one panel to the others'; after the last, their mean is scored.
  void score_members(std::size_t first, std::size_t member) {
    const std::size_t units = places_.back().layer.units, numbers = units * STRIP<T>;
    const bool last = member + 1 == plan_.members;
    const T factor = last ? T(1) / static_cast<T>(plan_.members) : T(1);
    for (std::size_t s = 0; s < training_.strips(); ++s) {
      T* const sum = member_outputs_.data() + (first / STRIP<T> + s) * numbers;
      add_outputs(training_.x.back().view().strip(s), sum, numbers, member > 0, factor);
      if (last)
        score_strip(plan_.loss, sum, training_.targets.view().strip(s), units,
                    training_.scores.data() + s * STRIP<T>);
    }
  }

  // Adds this panel's gradients of embeddings and learned activations.
  void keep_learned_gradients(const T* weights) {
    T* const gradient = learned_gradient_.data();
    if (!training_.columns_delta.empty()) {
      const std::size_t at = places_.front().parts.embedding;
      const double numbers = 60.0 * static_cast<double>(columns_.size() * training_.samples);
      pool_->run(columns_.size(), numbers > PARALLEL_WORK, [&](std::size_t j, int thread) {
        const std::size_t own = at + columns_[j].parameters;
        column_gradient(columns_[j], weights + own, std::as_const(training_.columns).view(),
                        std::as_const(training_.columns_delta).view(), training_.samples, gradient + own,
                        column_sums_[static_cast<std::size_t>(thread)].data());
      });
    }
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (!places_[i].layer.learned_activation) continue;
      const std::size_t units = places_[i].layer.units;
      T* const to = gradient + places_[i].parts.slopes;
      for (std::size_t s = 0; s < training_.strips(); ++s)
        for (std::size_t unit = 0; unit < units; ++unit)
          to[unit] += training_.slope_sums[i][s * units + unit];
    }
  }

  // The update of all that is learned, from `learned_gradient_`; returns the penalty before it.
  double learn_groups(Memory<T>& memory, const UpdateValues& values, std::uint64_t t) {
    advance(plan_.optimizer, memory, t);
    T* const gradient = learned_gradient_.data();
    double penalty = 0;
    for (const Place& place : places_)
      penalty += penalize(place, memory.weights, gradient + place.parts.weights);
    if (plan_.optimizer.clip_norm) clip(gradient, learned_gradient_.size(), *plan_.optimizer.clip_norm);
    update_groups(plan_, values, t, memory, gradient, *pool_);
    for (const Place& place : places_) limit_norms(place, memory.weights, norms_.data());
    return penalty;
  }

  // The first half of a pass of training: from samples to deltas.
  void forward_backward(const Source<T>& source, const ParameterView<T>& parameters, const DropoutState* dropout,
                    const Loss& loss, std::size_t batch_rows, bool scored) {
    const auto through = [&](Range strips, const Executor& executor) {
      take(training_, parameters.learned, source.table.inputs, source.batch, source.first, strips, executor);
      forward(places_, parameters, training_, dropout, plan_.loss.fused, strips, executor);
      measure(places_, training_, source, loss, batch_rows, scored, strips, executor);
      backward(places_, parameters.chain, training_, strips, executor);
    };
    if (!grouped_ || pool_->is_single_threaded()) return through(training_.all_strips(), Executor(*pool_));
    const std::size_t strips = training_.strips(), size = ceil_div(strips, GROUPS);
    pool_->run(ceil_div(strips, size), work(training_.samples) > PARALLEL_WORK,
               [&](std::size_t group, int thread) {
                 through({group * size, std::min(strips, (group + 1) * size)}, Executor::on_thread(thread));
               });
  }

  // The second half: calls use(place, i, block, thread, task) for each block of each layer's gradient.
  template <class Use>
  void each_gradient_block(const Use& use) {
    pool_->run(blocks_.size(), work(training_.samples) > PARALLEL_WORK,
               [&](std::size_t task, int thread) {
                 const LayerBlock& own = blocks_[task];
                 use(places_[own.layer], own.layer, own.block, thread, task);
               });
  }

  // Writes or adds the gradients of this workspace, all of which are kept.
  void keep_gradients(T* gradient, bool add) {
    each_gradient_block([&](const Place& place, std::size_t i, const GradientBlock& block, int, std::size_t) {
      gradient_to(place, training_, i, block, gradient + gradient_at_[i], add);
    });
  }

  // The update, from the batch's last workspace; `add`: others went before. Returns the penalty before it.
  double learn(Memory<T>& memory, const UpdateValues& values, std::uint64_t t, bool add) {
    advance(plan_.optimizer, memory, t);
    const Step<T> step(plan_.optimizer,
                       {values.learning_rate, values.weight_decay, t, memory.momentum_product});
    each_gradient_block([&](const Place& place, std::size_t i, const GradientBlock& block, int thread,
                            std::size_t task) {
      if (gradient_at_[i] == NO_GRADIENT)
        block_penalties_[task] = gradient_into_update(place, training_, i, block, step, memory, thread);
      else
        gradient_to(place, training_, i, block, gradient_.data() + gradient_at_[i], add);
    });
    double penalty = 0;
    for (const double of_block : block_penalties_) penalty += of_block;
    for (std::size_t i = 0; i < places_.size(); ++i)
      if (gradient_at_[i] != NO_GRADIENT)
        penalty += penalize(places_[i], memory.weights, gradient_.data() + gradient_at_[i]);
    if (plan_.optimizer.clip_norm) clip(gradient_.data(), gradient_.size(), *plan_.optimizer.clip_norm);
    update_kept_gradients(step, memory);
    for (const Place& place : places_) limit_norms(place, memory.weights, norms_.data());
    return penalty;
  }

  // Adds the slope of a layer's penalty to the gradient of its weights and returns the penalty.
  static double penalize(const Place& place, const T* weights, T* gradient) {
    return add_penalty(place.layer, weights + place.parts.weights, gradient, place.parts.weight_count);
  }

  // Updates the layers whose gradients were written, those that lie one behind the other at once.
  void update_kept_gradients(const Step<T>& step, const Memory<T>& memory) {
    for (std::size_t i = 0; i < places_.size();) {
      if (gradient_at_[i] == NO_GRADIENT) {
        ++i;
        continue;
      }
      const std::size_t first = i;
      std::size_t count = 0;
      for (; i < places_.size() && gradient_at_[i] != NO_GRADIENT; ++i)
        count += places_[i].layer.parameter_count();
      constexpr std::size_t CHUNK = 4096;
      pool_->run(ceil_div(count, CHUNK), count > 4 * CHUNK, [&](std::size_t task, int) {
        const std::size_t begin = task * CHUNK;
        update_span(step, memory, places_[first].offset + begin,
                    gradient_.data() + gradient_at_[first] + begin, std::min(CHUNK, count - begin));
      });
    }
  }

  // Calls use(workspace, first row) for each panel of a table, a thread for each panel.
  template <class Use>
  void each_panel(const T* weights, std::size_t rows, const Use& use) {
    start_threads(work(rows));
    prepare_chains(weights);
    workspaces_.resize(static_cast<std::size_t>(pool_->size()));
    pool_->run(ceil_div(rows, PANEL_ROWS), true, [&](std::size_t p, int thread) {
      Workspace<T>& workspace = workspaces_[static_cast<std::size_t>(thread)];
      const std::size_t wanted = std::min(rows, PANEL_ROWS), first = p * PANEL_ROWS;
      if (workspace.capacity < wanted) workspace = Workspace<T>(plan_, places_, wanted, false, 1);
      workspace.samples = std::min(PANEL_ROWS, rows - first);
      use(workspace, first);
    });
  }

  // The first layer with a number that is not finite among its parameters or its logits.
  std::size_t first_broken_layer(const T* weights) {
    const auto finite = [](const T* numbers, std::size_t count) {
      for (std::size_t j = 0; j < count; ++j)
        if (!std::isfinite(numbers[j])) return false;
      return true;
    };
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const Place& place = places_[i];
      if (!finite(weights + place.parts.begin, place.parts.end - place.parts.begin)) return i;
      logits(place, view_of(weights, 0).chain, training_, i, training_.all_strips(), Executor::on_thread(0),
             [](std::size_t, std::size_t, std::size_t) {});
      for (std::size_t s = 0; s < training_.strips(); ++s) {
        T* const z = training_.x[i + 1].view().strip(s);
        for (std::size_t unit = 0; unit < place.layer.units; ++unit)
          if (!finite(z + unit * STRIP<T>, training_.samples_in(s))) return i;
        if (place.is_softmax()) softmax_strip(z, place.layer.units);
        else activate_rows(place, weights, training_, i, s, 0, place.layer.units);
      }
    }
    return places_.size();
  }

  const Plan& plan_;
  const bool plain_ = plan_.is_plain();  // whether what is learned is what is computed with
  std::vector<Place> places_;
  std::vector<ColumnPlace<T>> columns_;
  std::size_t panel_rows_;
  int threads_;
  bool grouped_ = true;  // whether groups of strips go through all layers at once
  std::size_t widest_ = 0;
  std::size_t width_ = 0;  // of a row as it comes in
  std::unique_ptr<ThreadPool> pool_;
  bool always_parallel_ = false;
  ThreadTuning tuning_;  // where it is not
  Workspace<T> training_;
  std::vector<Workspace<T>> workspaces_;  // one for each thread, for evaluations and predictions
  std::vector<std::size_t> gradient_at_;  // where each layer's gradient lies, if it is kept at all
  std::vector<LayerBlock> blocks_;        // of all gradients, in the order in which they are shared
  Buffer<T> gradient_;
  Buffer<T> chains_;            // each member's weights and biases, where they are not what is learned
  Buffer<T> learned_gradient_;  // then of all that is learned
  Buffer<T> member_outputs_;    // of a batch, added up over members to be scored
  std::vector<std::vector<Vector<T>>> column_sums_;  // one for each thread
  Buffer<T> norms_;
  Buffer<T> room_;  // for predictions row by row
  Buffer<Sums> panel_sums_;
  std::vector<double> block_penalties_;  // of each of `blocks_` whose gradient is not kept, otherwise 0
};

}  // namespace deltarule::DELTARULE_LEVEL
