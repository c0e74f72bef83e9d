// The computations of one network: see `Compute`.
//
// Training has two halves. Up to the deltas samples are independent, so threads share strips of samples;
// gradients need all samples, so threads share blocks of weights. Small networks run a group of strips
// through all layers in one task; large ones share each product by itself.
#pragma once

#include <algorithm>
#include <cmath>

#include "core/backward.hpp"
#include "core/clock.hpp"
#include "core/columns.hpp"
#include "core/compute.hpp"
#include "core/flush_to_zero.hpp"
#include "core/forward.hpp"
#include "core/measure.hpp"
#include "core/parameterization.hpp"
#include "core/rows.hpp"
#include "core/thread_tuning.hpp"

namespace deltarule::DELTARULE_LEVEL {

// Minimum operations of an update for several threads: below about 10 microseconds of AVX-512 a second
// thread gains nothing, and it costs where another program uses its processor.
constexpr double PARALLEL_UPDATE_WORK = 2e6;
// From here on several threads were always faster; below, `ThreadTuning` measures it. A small batch moves
// as much data between the threads' caches as a large one and computes less.
constexpr double ALWAYS_PARALLEL_WORK = 1e8;
constexpr std::size_t ALWAYS_PARALLEL_ROWS = 128;
// From here on a layer's gradient is never written to memory but applied block by block.
constexpr std::size_t FUSED_PARAMETERS = 1024;
constexpr std::size_t GROUPS = 8;  // groups of strips that run through all layers in one task

template <class T>
class Network final : public Compute<T> {
 public:
  Network(const Plan& plan, int threads)
      : plan_(plan),
        layouts_(layouts_of<T>(plan)),
        panel_rows_(plan.uses_batch() ? plan.batch_rows : std::min(plan.batch_rows, PANEL_ROWS)),
        threads_(threads),
        pool_(std::make_unique<ThreadPool>(1)) {
    for (const LayerLayout& layout : layouts_) {
      widest_ = std::max(widest_, layout.layer.units);
      grouped_ = grouped_ && !layout.packed && !layout.layer.uses_batch();
      by_row_ = by_row_ && layout.layer.kind != LayerKind::layer_normalization;
    }
    columns_ = column_layouts<T>(plan);
    width_ = plan.inputs();
    room_ = Buffer<T>(2 * ceil_div(widest_, STRIP<T>) * STRIP<T>);
    embedded_ = Buffer<T>(columns_.empty() ? 0 : layouts_.front().layer.inputs);
    member_row_ = Buffer<T>(layouts_.back().layer.units);
    const double whole = work(plan.batch_rows) + update_work();
    start_threads(whole);
    always_parallel_ = whole > ALWAYS_PARALLEL_WORK && plan.batch_rows >= ALWAYS_PARALLEL_ROWS;
  }

  double update(const Table<T>& table, const Batch& batch, Memory<T>& memory, const UpdateValues& values,
                std::uint64_t t, Sums* score) override {
    const FlushToZero flush;
    if (pool_->size() == 1 || always_parallel_) return learn_batch(table, batch, memory, values, t, score);
    pool_->set_single_threaded(!tuning_.shares());
    const double began_s = now_s();
    const double loss = learn_batch(table, batch, memory, values, t, score);
    // The last batch of an epoch may be smaller than the others.
    if (batch.count == std::min(plan_.batch_rows, table.samples())) tuning_.took(now_s() - began_s);
    pool_->set_single_threaded(false);
    return loss;
  }

  Sums evaluate(const Table<T>& table, const T* weights, bool scored, Sums total) override {
    const FlushToZero flush;
    Loss loss = plan_.loss;
    loss.label_smoothing = 0;
    static_assert(EVALUATED_TOGETHER % PANEL_ROWS == 0);
    const std::size_t panels = ceil_div(table.rows, PANEL_ROWS);
    if (panel_sums_.size() < panels) panel_sums_ = Buffer<Sums>(panels);
    const bool one = plan_.members == 1;
    each_panel(weights, table.rows, [&](Workspace<T>& workspace, std::size_t first) {
      const Batch batch{nullptr, first, workspace.samples};
      const Source<T> source{table, batch, 0};
      take(workspace, weights, table.inputs, batch, 0, workspace.all_strips(), Executor::on_thread(0));
      forward_members(workspace, weights, one && plan_.loss.fused);
      // The loss of several members is that of their mean output, which has no logits.
      measure(layouts_, workspace, source, loss, 0, scored, workspace.all_strips(), Executor::on_thread(0),
              one);
      panel_sums_[first / PANEL_ROWS] = sum_up(workspace, source, scored);
    });
    for (std::size_t p = 0; p < panels; ++p) total += panel_sums_[p];
    return total;
  }

  double loss_and_gradient(const Table<T>& table, const T* weights, T* gradient) override;

  void predict(const T* weights, const T* inputs, std::size_t rows, T* outputs) override {
    const FlushToZero flush;
    const std::size_t units = layouts_.back().layer.units;
    if (by_row_ && rows <= FEW_ROWS) {
      for (std::size_t row = 0; row < rows; ++row)
        predict_one(weights, inputs + row * width(), outputs + row * units);
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

  std::size_t diverged_layer(const Table<T>& table, const Batch& batch, const T* weights) override;

 private:
  static constexpr std::size_t NO_GRADIENT = ~std::size_t{0};

  std::size_t width() const { return width_; }
  double work(std::size_t rows) const { return 6.0 * double(plan_.chain_count()) * double(rows); }

  // About ten operations per parameter where the update is a loop of its own; with large embedding tables
  // this is most of the work.
  double update_work() const { return plain_ ? 0 : 10.0 * double(plan_.parameter_count()); }

  // Starts the other threads before the first computation that is large enough.
  void start_threads(double work) {
    if (pool_->size() >= threads_ || work <= PARALLEL_UPDATE_WORK) return;
    pool_ = std::make_unique<ThreadPool>(threads_);
    threads_ = pool_->size();  // what the system refuses is not tried again
  }

  // Allocates the memory for training before the first update; prediction does not need it.
  void prepare_training();
  void prepare_learned_gradients();

  double learn_batch(const Table<T>& table, const Batch& batch, Memory<T>& memory, const UpdateValues& values,
                     std::uint64_t t, Sums* score);

  // Computes each member's chain of weights from the parameters; for a plain network both are the same.
  void prepare_chains(const T* weights) {
    if (plain_) return;
    const std::size_t count = plan_.chain_count();
    if (chains_.empty()) chains_ = Buffer<T>(checked_product(count, plan_.members));
    for (std::size_t m = 0; m < plan_.members; ++m)
      to_chain(layouts_, weights, m, chains_.data() + m * count, *pool_);
  }
  ParameterView<T> view_of(const T* weights, std::size_t member) const {
    return {plain_ ? weights : chains_.data() + member * plan_.chain_count(), weights};
  }

  // Copies samples into the first layer's input.
  void take(Workspace<T>& workspace, const T* weights, const T* inputs, const Batch& batch, std::size_t first,
            Range strips, const Executor& executor) {
    gather(workspace, inputs, width(), batch, first, strips, executor);
    if (!columns_.empty())
      embed(columns_, weights + layouts_.front().parts.embedding, workspace.columns.view(),
            workspace.x.front().view(), strips, executor);
  }

  // The outputs of one row, computed without strips; the outputs of several members are averaged.
  void predict_one(const T* weights, const T* x, T* outputs) {
    if (!columns_.empty()) {
      embed_row(columns_, weights + layouts_.front().parts.embedding, x, embedded_.data());
      x = embedded_.data();
    }
    T* const room[2] = {room_.data(), room_.data() + room_.size() / 2};
    predict_row(layouts_, weights, 0, x, room, outputs);
    if (plan_.members == 1) return;
    const std::size_t units = layouts_.back().layer.units;
    const T share = T(1) / static_cast<T>(plan_.members);
    for (std::size_t m = 1; m < plan_.members; ++m) {
      predict_row(layouts_, weights, m, x, room, member_row_.data());
      add_outputs(member_row_.data(), outputs, units, true, m + 1 == plan_.members ? share : T(1));
    }
  }

  // Prepares the statistics of normalizations before the strips are computed.
  void prepare_statistics(Workspace<T>& workspace, const T* weights, bool in_update) {
    workspace.batch = in_update;
    take_averages(layouts_, weights, workspace, in_update);
  }

  // Forward outside training; the outputs of several members are averaged.
  void forward_members(Workspace<T>& workspace, const T* weights, bool logits_last) {
    const Range strips = workspace.all_strips();
    const Executor here = Executor::on_thread(0);
    forward(layouts_, view_of(weights, 0), workspace, nullptr, logits_last, strips, here);
    if (plan_.members == 1) return;
    const std::size_t numbers = layouts_.back().layer.units * STRIP<T>;
    const T share = T(1) / static_cast<T>(plan_.members);
    for (std::size_t m = 0; m < plan_.members; ++m) {
      if (m > 0) forward(layouts_, view_of(weights, m), workspace, nullptr, false, strips, here);
      const bool last = m + 1 == plan_.members;
      for (std::size_t s = 0; s < workspace.strips(); ++s)
        add_outputs(workspace.x.back().view().strip(s), workspace.mean_outputs.view().strip(s), numbers,
                    m > 0, last ? share : T(1));
      if (!last) continue;
      for (std::size_t s = 0; s < workspace.strips(); ++s)
        std::copy_n(workspace.mean_outputs.view().strip(s), numbers, workspace.x.back().view().strip(s));
    }
  }

  // sum <- ([sum +] outputs) · factor
  static void add_outputs(const T* outputs, T* sum, std::size_t count, bool add, T factor) {
    for (std::size_t i = 0; i < count; ++i) sum[i] = (add ? sum[i] + outputs[i] : outputs[i]) * factor;
  }

  // Forward and backward of a plain network; `learn` computes the gradient of the last panel.
  Sums forward_backward_plain(const Table<T>& table, const Batch& batch, const T* weights,
                              const UpdateValues& values, const Loss& loss, bool scored);

  // Forward and backward of all members; sums their gradients in `learned_gradient_`. `values` is null
  // outside training. The loss is the sum over members.
  Sums forward_backward_members(const Table<T>& table, const Batch& batch, const T* weights,
                                const UpdateValues* values, const Loss& loss, bool scored);

  // Adds a member's outputs of one panel to the sum; scores the mean after the last member.
  void score_members(std::size_t first, std::size_t member);

  // Adds the sizes of a layer's arrays to `array_sizes_`.
  void list_arrays(const LayerLayout& layout);

  // How many numbers of a layer's gradient are kept in `gradient_`, if they are.
  std::size_t kept_count(const Layer& layer) const;

  // Calls use(i) for each normalization that learns, when this panel's gradient of it is summed.
  template <class Use>
  void each_normalization(const Use& use);

  // Adds this panel's gradients of embeddings, learned activations and normalizations.
  void keep_learned_gradients(const T* weights);

  // Updates all parameters from `learned_gradient_`; returns the penalty before the update.
  double learn_groups(Memory<T>& memory, const UpdateValues& values, std::uint64_t t);

  // The first half of training: from samples to deltas.
  void forward_backward(const Source<T>& source, const ParameterView<T>& parameters,
                        const DropoutState* dropout, const Loss& loss, std::size_t batch_rows, bool scored);

  // The second half: calls use(layout, i, block, thread, task) for each gradient block of each layer.
  template <class Use>
  void each_gradient_block(const Use& use) {
    pool_->run(blocks_.size(), work(training_.samples) > PARALLEL_WORK,
               [&](std::size_t task, int thread) {
                 const LayerBlock& part = blocks_[task];
                 use(layouts_[part.layer], part.layer, part.block, thread, task);
               });
  }

  // Writes or adds the gradients of this panel where all of them are kept.
  void keep_gradients(T* gradient, bool add);

  // Updates a plain network after the batch's last panel; `add`: earlier panels wrote gradients. Returns
  // the penalty before the update.
  double learn(Memory<T>& memory, const UpdateValues& values, std::uint64_t t, bool add);

  // Adds the slope of a layer's penalty to the gradient of its weights and returns the penalty.
  static double penalize(const LayerLayout& layout, const T* weights, T* gradient) {
    return add_penalty(layout.layer, weights + layout.parts.weights, gradient, layout.parts.weight_count);
  }

  // Updates the layers whose gradients were kept, adjacent ones in one loop.
  void update_kept_gradients(const Step<T>& step, const Memory<T>& memory);

  // Calls use(workspace, first row) for each panel of a table, one thread per panel.
  template <class Use>
  void each_panel(const T* weights, std::size_t rows, const Use& use) {
    start_threads(work(rows));
    prepare_chains(weights);
    workspaces_.resize(static_cast<std::size_t>(pool_->size()));
    pool_->run(ceil_div(rows, PANEL_ROWS), true, [&](std::size_t p, int thread) {
      Workspace<T>& workspace = workspaces_[static_cast<std::size_t>(thread)];
      const std::size_t wanted = std::min(rows, PANEL_ROWS), first = p * PANEL_ROWS;
      if (workspace.capacity < wanted) workspace = Workspace<T>(plan_, layouts_, wanted, false, 1);
      workspace.samples = std::min(PANEL_ROWS, rows - first);
      prepare_statistics(workspace, weights, false);
      use(workspace, first);
    });
  }

  // Returns the first layer whose parameters or logits are not all finite.
  std::size_t first_broken_layer(const T* weights);

  const Plan& plan_;
  const bool plain_ = plan_.is_plain();  // whether the parameters are the weights it computes with
  std::vector<LayerLayout> layouts_;
  std::vector<ColumnLayout<T>> columns_;
  std::size_t panel_rows_;
  int threads_;
  bool grouped_ = true;  // whether groups of strips run through all layers in one task
  bool by_row_ = true;  // whether few rows are predicted one by one
  std::size_t widest_ = 0;
  std::size_t width_ = 0;  // of an input row
  std::unique_ptr<ThreadPool> pool_;
  bool always_parallel_ = false;
  ThreadTuning tuning_;  // decides where always_parallel_ is false
  Workspace<T> training_;
  std::vector<Workspace<T>> workspaces_;  // one per thread, for evaluation and prediction
  std::vector<std::size_t> gradient_at_;  // where each layer's gradient starts, or NO_GRADIENT
  std::vector<std::size_t> array_sizes_;  // of the arrays in a whole gradient, for clipping
  std::vector<LayerBlock> blocks_;        // of all gradients, in the order in which threads take them
  Buffer<T> gradient_;
  Buffer<T> chains_;            // each member's weights and biases, unless the network is plain
  Buffer<T> learned_gradient_;  // of all parameters, unless the network is plain
  Buffer<T> member_outputs_;    // of a batch, summed over members for the score
  std::vector<std::vector<Vector<T>>> column_sums_;  // one per thread
  Buffer<T> norms_;
  Buffer<T> room_;        // for predicting single rows,
  Buffer<T> embedded_;    // their embedded columns,
  Buffer<T> member_row_;  // and the outputs of one member
  Buffer<Sums> panel_sums_;
  std::vector<double> block_penalties_;  // of each of `blocks_`, 0 where the gradient is kept
};

}  // namespace deltarule::DELTARULE_LEVEL
