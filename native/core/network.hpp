// The computations of one network: see `Compute`.
//
// A pass has two halves. Up to the deltas each sample is on its own, so strips of samples are shared
// among the threads; the gradients need all samples, so blocks of weights are shared. Small networks
// take a group of strips through all layers in one task; large ones share each product by itself.
#pragma once

#include <algorithm>
#include <cmath>

#include "core/backward.hpp"
#include "core/compute.hpp"
#include "core/forward.hpp"
#include "core/measure.hpp"
#include "core/rows.hpp"

namespace deltarule::DELTARULE_LEVEL {

constexpr double TEAM_WORK = 5e5;  // operations of an update worth having threads for
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
        team_(std::make_unique<Team>(1)) {
    for (const Place& place : places_) {
      widest_ = std::max(widest_, place.layer.units);
      grouped_ = grouped_ && !place.packed;
    }
    room_ = Buffer<T>(2 * ceil_div(widest_, STRIP<T>) * STRIP<T>);
    gather_team(plan.batch_rows);
  }

  double update(const Table<T>& table, const Batch& batch, Memory<T>& memory, double rate,
                std::uint64_t t, Sums* score) override {
    prepare_training();
    Sums sums;
    for (std::size_t first = 0; first < batch.count; first += panel_rows_) {
      const Source<T> source{table, batch, first};
      const Dropping dropping{plan_.seed, batch.epoch, batch.step, first};
      training_.samples = std::min(panel_rows_, batch.count - first);
      pass_through(source, memory.weights, &dropping, batch.count, score != nullptr);
      sums += sum_up(training_, source, score != nullptr);
      if (first + panel_rows_ < batch.count) keep_gradients(gradient_.data(), first > 0);
    }
    if (score != nullptr) *score += {0, sums.score, sums.weight};
    const double loss =
        sums.loss / static_cast<double>(batch.count) + penalty_of(places_, memory.weights);
    if (std::isfinite(loss)) learn(memory, rate, t, batch.count > panel_rows_);
    return loss;
  }

  Sums evaluate(const Table<T>& table, const T* weights, bool scored) override {
    Loss loss = plan_.loss;
    loss.label_smoothing = 0;
    const std::size_t panels = ceil_div(table.rows, PANEL_ROWS);
    if (panel_sums_.size() < panels) panel_sums_ = Buffer<Sums>(panels);
    each_panel(table.rows, [&](Pass<T>& pass, std::size_t first) {
      const Batch batch{nullptr, first, pass.samples};
      const Source<T> source{table, batch, 0};
      gather(pass, table.inputs, width(), batch, 0, pass.all_strips(), Crew::alone(0));
      forward(places_, weights, pass, nullptr, plan_.fused(), pass.all_strips(), Crew::alone(0));
      measure(places_, pass, source, loss, 0, scored, pass.all_strips(), Crew::alone(0));
      panel_sums_[first / PANEL_ROWS] = sum_up(pass, source, scored);
    });
    Sums total;
    for (std::size_t p = 0; p < panels; ++p) total += panel_sums_[p];
    return total;
  }

  double loss_and_gradient(const Table<T>& table, const T* weights, T* gradient) override {
    prepare_training();
    Sums sums;
    const Batch batch{nullptr, 0, table.rows};
    for (std::size_t first = 0; first < table.rows; first += panel_rows_) {
      const Source<T> source{table, batch, first};
      training_.samples = std::min(panel_rows_, table.rows - first);
      pass_through(source, weights, nullptr, table.rows, false);
      sums += sum_up(training_, source, false);
      each_gradient_block([&](const Place& place, std::size_t i, const GradientBlock& block, int) {
        gradient_to(place, training_, i, block, gradient + place.offset, first > 0);
      });
    }
    for (const Place& place : places_) add_penalty(place, weights, gradient + place.offset);
    return sums.loss / static_cast<double>(table.rows) + penalty_of(places_, weights);
  }

  void predict(const T* weights, const T* inputs, std::size_t rows, T* outputs) override {
    const std::size_t units = places_.back().layer.units;
    if (rows <= FEW_ROWS) {
      T* const room[2] = {room_.data(), room_.data() + room_.size() / 2};
      for (std::size_t row = 0; row < rows; ++row)
        predict_row(places_, weights, inputs + row * width(), room, outputs + row * units);
      return;
    }
    each_panel(rows, [&](Pass<T>& pass, std::size_t first) {
      const Batch batch{nullptr, first, pass.samples};
      gather(pass, inputs, width(), batch, 0, pass.all_strips(), Crew::alone(0));
      forward(places_, weights, pass, nullptr, false, pass.all_strips(), Crew::alone(0));
      const Strips<const T> out = std::as_const(pass.x.back()).view();
      for (std::size_t row = 0; row < pass.samples; ++row)
        for (std::size_t j = 0; j < units; ++j)
          outputs[(first + row) * units + j] =
              out.strip(row / STRIP<T>)[j * STRIP<T> + row % STRIP<T>];
    });
  }

  std::size_t guilty_layer(const Table<T>& table, const Batch& batch, const T* weights) override {
    prepare_training();
    std::size_t guilty = places_.size();
    for (std::size_t first = 0; first < batch.count; first += panel_rows_) {
      training_.samples = std::min(panel_rows_, batch.count - first);
      gather(training_, table.inputs, width(), batch, first, training_.all_strips(), Crew::alone(0));
      guilty = std::min(guilty, first_broken_layer(weights));
    }
    if (guilty < places_.size()) return guilty;
    T largest = -1;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      for (std::size_t j = 0; j < places_[i].layer.parameter_count(); ++j) {
        const T size = std::abs(weights[places_[i].offset + j]);
        if (size > largest) largest = size, guilty = i;
      }
    }
    return guilty;
  }

 private:
  static constexpr std::size_t NO_GRADIENT = ~std::size_t{0};

  struct LayerBlock {
    std::size_t layer;
    GradientBlock block;
  };

  std::size_t width() const { return places_.front().layer.inputs; }
  double work(std::size_t rows) const { return 6.0 * double(plan_.parameter_count()) * double(rows); }

  // Starts the other threads with the first work that is worth it.
  void gather_team(std::size_t rows) {
    if (team_->size() < threads_ && work(rows) > TEAM_WORK) team_ = std::make_unique<Team>(threads_);
  }

  // Training memory comes with the first update: who only predicts does without.
  void prepare_training() {
    if (training_.capacity > 0) return;
    training_ = Pass<T>(places_, panel_rows_, true, threads_);
    const bool whole = plan_.optimizer.clip_norm || plan_.batch_rows > panel_rows_;
    std::size_t count = 0;
    for (const Place& place : places_) {
      const std::size_t own = place.layer.parameter_count();
      const bool kept = whole || own < FUSED_PARAMETERS;
      gradient_at_.push_back(kept ? count : NO_GRADIENT);
      count += kept ? own : 0;
    }
    order_blocks();
    gradient_ = Buffer<T>(count);
    norms_ = Buffer<T>(widest_);
  }

  // Puts the blocks of all gradients into one list in which each layer is spread evenly, so that each
  // thread's share of it is as much work, and the same weights in each update.
  void order_blocks() {
    struct Keyed {
      double key;
      LayerBlock block;
    };
    std::vector<Keyed> keyed;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const GradientGrid grid(places_[i].layer.rows(), places_[i].layer.units);
      for (std::size_t task = 0; task < grid.tasks(); ++task)
        keyed.push_back({(static_cast<double>(task) + 0.5) / static_cast<double>(grid.tasks()),
                         {i, GradientBlock(grid, task)}});
    }
    std::stable_sort(keyed.begin(), keyed.end(),
                     [](const Keyed& a, const Keyed& b) { return a.key < b.key; });
    for (const Keyed& each : keyed) blocks_.push_back(each.block);
  }

  // The first half of a pass of training: from samples to deltas.
  void pass_through(const Source<T>& source, const T* weights, const Dropping* dropping,
                    std::size_t batch_rows, bool scored) {
    const auto through = [&](Range strips, const Crew& crew) {
      gather(training_, source.table.inputs, width(), source.batch, source.first, strips, crew);
      forward(places_, weights, training_, dropping, plan_.fused(), strips, crew);
      measure(places_, training_, source, plan_.loss, batch_rows, scored, strips, crew);
      backward(places_, weights, training_, strips, crew);
    };
    if (!grouped_ || team_->size() == 1) return through(training_.all_strips(), Crew(*team_));
    const std::size_t strips = training_.strips(), size = ceil_div(strips, GROUPS);
    team_->run(ceil_div(strips, size), work(training_.samples) > PARALLEL_WORK,
               [&](std::size_t group, int thread) {
                 through({group * size, std::min(strips, (group + 1) * size)}, Crew::alone(thread));
               });
  }

  // The second half: calls use(place, i, block, thread) for each block of each layer's gradient.
  template <class Use>
  void each_gradient_block(const Use& use) {
    team_->run(blocks_.size(), work(training_.samples) > PARALLEL_WORK,
               [&](std::size_t task, int thread) {
                 const LayerBlock& own = blocks_[task];
                 use(places_[own.layer], own.layer, own.block, thread);
               });
  }

  // Writes or adds the gradients of this pass, all of which are kept.
  void keep_gradients(T* gradient, bool add) {
    each_gradient_block([&](const Place& place, std::size_t i, const GradientBlock& block, int) {
      gradient_to(place, training_, i, block, gradient + gradient_at_[i], add);
    });
  }

  // The update, from the batch's last pass; `add`: others went before.
  void learn(Memory<T>& memory, double rate, std::uint64_t t, bool add) {
    if (plan_.optimizer.kind == OptimizerKind::nadam)
      memory.momentum_product *= nadam_momentum(plan_.optimizer, t);
    const Step<T> step(plan_.optimizer, {rate, t, memory.momentum_product});
    each_gradient_block([&](const Place& place, std::size_t i, const GradientBlock& block, int thread) {
      if (gradient_at_[i] == NO_GRADIENT)
        gradient_into_update(place, training_, i, block, step, memory, thread);
      else
        gradient_to(place, training_, i, block, gradient_.data() + gradient_at_[i], add);
    });
    for (std::size_t i = 0; i < places_.size(); ++i)
      if (gradient_at_[i] != NO_GRADIENT)
        add_penalty(places_[i], memory.weights, gradient_.data() + gradient_at_[i]);
    if (plan_.optimizer.clip_norm) clip(gradient_.data(), gradient_.size(), *plan_.optimizer.clip_norm);
    update_kept_gradients(step, memory);
    for (const Place& place : places_) limit_norms(place, memory.weights, norms_.data());
  }

  void add_penalty(const Place& place, const T* weights, T* gradient) {
    if (place.layer.l1 == 0 && place.layer.l2 == 0) return;
    add_penalty_slope(place.layer, weights + place.offset, gradient, place.layer.weight_count());
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
      team_->run(ceil_div(count, CHUNK), count > 4 * CHUNK, [&](std::size_t task, int) {
        const std::size_t begin = task * CHUNK;
        update_span(step, memory, places_[first].offset + begin,
                    gradient_.data() + gradient_at_[first] + begin, std::min(CHUNK, count - begin));
      });
    }
  }

  // Calls use(pass, first row) for each panel of a table, a thread for each panel.
  template <class Use>
  void each_panel(std::size_t rows, const Use& use) {
    gather_team(rows);
    passes_.resize(static_cast<std::size_t>(team_->size()));
    team_->run(ceil_div(rows, PANEL_ROWS), true, [&](std::size_t p, int thread) {
      Pass<T>& pass = passes_[static_cast<std::size_t>(thread)];
      const std::size_t wanted = std::min(rows, PANEL_ROWS), first = p * PANEL_ROWS;
      if (pass.capacity < wanted) pass = Pass<T>(places_, wanted, false, 1);
      pass.samples = std::min(PANEL_ROWS, rows - first);
      use(pass, first);
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
      if (!finite(weights + place.offset, place.layer.parameter_count())) return i;
      logits(place, weights, training_, i, training_.all_strips(), Crew::alone(0),
             [](std::size_t, std::size_t, std::size_t) {});
      for (std::size_t s = 0; s < training_.strips(); ++s) {
        T* const z = training_.x[i + 1].view().strip(s);
        for (std::size_t unit = 0; unit < place.layer.units; ++unit)
          if (!finite(z + unit * STRIP<T>, training_.samples_in(s))) return i;
        if (place.is_softmax()) softmax_strip(z, place.layer.units);
        else activate<T>(place.layer.activation, place.layer.activation_setting, z, nullptr,
                         place.layer.units * STRIP<T>);
      }
    }
    return places_.size();
  }

  const Plan& plan_;
  std::vector<Place> places_;
  std::size_t panel_rows_;
  int threads_;
  bool grouped_ = true;  // whether groups of strips go through all layers at once
  std::size_t widest_ = 0;
  std::unique_ptr<Team> team_;
  Pass<T> training_;
  std::vector<Pass<T>> passes_;  // one for each thread, for evaluations and predictions
  std::vector<std::size_t> gradient_at_;  // where each layer's gradient lies, if it is kept at all
  std::vector<LayerBlock> blocks_;        // of all gradients, in the order in which they are shared
  Buffer<T> gradient_;
  Buffer<T> norms_;
  Buffer<T> room_;  // for predictions row by row
  Buffer<Sums> panel_sums_;
};

}  // namespace deltarule::DELTARULE_LEVEL
