// The computations of one network: see `Compute`.
#pragma once

#include <cmath>

#include "core/backward.hpp"
#include "core/compute.hpp"
#include "core/forward.hpp"
#include "core/rows.hpp"

namespace deltarule::DELTARULE_LEVEL {

constexpr double TEAM_WORK = 2e7;               // operations of an update worth having threads for
constexpr std::size_t FUSED_PARAMETERS = 32768;  // from here on a layer's gradient is never written

template <class T>
class Network final : public Compute<T> {
 public:
  Network(const Plan& plan, int threads)
      : plan_(plan),
        places_(places_of<T>(plan)),
        panel_rows_(std::min(plan.batch_rows, PANEL_ROWS)),
        threads_(threads),
        team_(std::make_unique<Team>(1)) {
    for (const Place& place : places_) widest_ = std::max(widest_, place.layer.units);
    room_ = Buffer<T>(2 * ceil_div(widest_, STRIP<T>) * STRIP<T>);
    gather_team(plan.batch_rows);
  }

  double update(const Table<T>& table, const Batch& batch, Memory<T>& memory, double rate,
                std::uint64_t t, Sums* score) override {
    prepare_training();
    const std::size_t panels = ceil_div(batch.count, panel_rows_);
    double loss = 0;
    for (std::size_t p = 0; p < panels; ++p) {
      const std::size_t first = p * panel_rows_;
      const std::size_t count = std::min(panel_rows_, batch.count - first);
      const Dropping dropping{plan_.seed, batch.epoch, batch.step, first};
      gather(training_, table.inputs, width(), batch, first, count, *team_);
      forward(places_, memory.weights, training_, &dropping, plan_.fused(), *team_);
      const Sums sums = measure(training_, plan_.loss, table, batch, first, batch.count,
                                score != nullptr, *team_);
      loss += sums.loss;
      if (score != nullptr) {
        score->score += sums.score;
        score->weight += sums.weight;
      }
      const bool last = p + 1 == panels;
      if (last) {
        loss = loss / static_cast<double>(batch.count) + penalty_of(places_, memory.weights);
        if (!std::isfinite(loss)) return loss;
      }
      learn(memory, rate, t, p > 0, last);
    }
    return loss;
  }

  Sums evaluate(const Table<T>& table, const T* weights, bool scored) override {
    Loss loss = plan_.loss;
    loss.label_smoothing = 0;
    const std::size_t panels = ceil_div(table.rows, PANEL_ROWS);
    if (panel_sums_.size() < panels) panel_sums_ = Buffer<Sums>(panels);
    each_panel(table.rows, [&](Pass<T>& pass, std::size_t p, std::size_t first, std::size_t count) {
      const Batch batch{nullptr, first, count};
      gather(pass, table.inputs, width(), batch, 0, count, alone_);
      forward(places_, weights, pass, nullptr, plan_.fused(), alone_);
      panel_sums_[p] = measure(pass, loss, table, batch, 0, 0, scored, alone_);
    });
    Sums total;
    for (std::size_t p = 0; p < panels; ++p) {
      total.loss += panel_sums_[p].loss;
      total.score += panel_sums_[p].score;
      total.weight += panel_sums_[p].weight;
    }
    return total;
  }

  double loss_and_gradient(const Table<T>& table, const T* weights, T* gradient) override {
    prepare_training();
    double loss = 0;
    for (std::size_t first = 0; first < table.rows; first += panel_rows_) {
      const std::size_t count = std::min(panel_rows_, table.rows - first);
      const Batch batch{nullptr, first, count};
      gather(training_, table.inputs, width(), batch, 0, count, *team_);
      forward(places_, weights, training_, nullptr, plan_.fused(), *team_);
      loss += measure(training_, plan_.loss, table, batch, 0, table.rows, false, *team_).loss;
      each_layer_backward(weights, [&](const Place& place, std::size_t i, Strips<const T> delta) {
        gradient_to(place, training_, i, delta, gradient + place.offset, first > 0, *team_);
      });
    }
    for (const Place& place : places_) finish_gradient(place, weights, gradient + place.offset);
    return loss / static_cast<double>(table.rows) + penalty_of(places_, weights);
  }

  void predict(const T* weights, const T* inputs, std::size_t rows, T* outputs) override {
    const std::size_t units = places_.back().layer.units;
    if (rows <= FEW_ROWS) {
      T* const room[2] = {room_.data(), room_.data() + room_.size() / 2};
      for (std::size_t row = 0; row < rows; ++row)
        predict_row(places_, weights, inputs + row * width(), room, outputs + row * units);
      return;
    }
    each_panel(rows, [&](Pass<T>& pass, std::size_t, std::size_t first, std::size_t count) {
      gather(pass, inputs, width(), {nullptr, first, count}, 0, count, alone_);
      forward(places_, weights, pass, nullptr, false, alone_);
      const Strips<const T> out = std::as_const(pass.x.back()).view();
      for (std::size_t row = 0; row < count; ++row)
        for (std::size_t j = 0; j < units; ++j)
          outputs[(first + row) * units + j] =
              out.strip(row / STRIP<T>)[j * STRIP<T> + row % STRIP<T>];
    });
  }

  std::size_t guilty_layer(const Table<T>& table, const Batch& batch, const T* weights) override {
    prepare_training();
    std::size_t guilty = places_.size();
    for (std::size_t first = 0; first < batch.count; first += panel_rows_) {
      const std::size_t count = std::min(panel_rows_, batch.count - first);
      gather(training_, table.inputs, width(), batch, first, count, alone_);
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
  // Starts the other threads with the first work that is worth it.
  void gather_team(std::size_t rows) {
    const double work = 6.0 * double(plan_.parameter_count()) * double(rows);
    if (team_->size() < threads_ && work > TEAM_WORK) team_ = std::make_unique<Team>(threads_);
  }

  std::size_t width() const { return places_.front().layer.inputs; }

  // Training memory comes with the first update: who only predicts does without.
  void prepare_training() {
    if (training_.capacity > 0) return;
    training_ = Pass<T>(places_, panel_rows_, true, threads_);
    const bool whole = plan_.optimizer.clip_norm || plan_.batch_rows > panel_rows_;
    gradient_at_.resize(places_.size(), NO_GRADIENT);
    std::size_t count = 0;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const std::size_t own = places_[i].layer.parameter_count();
      if (!whole && own >= FUSED_PARAMETERS) continue;
      gradient_at_[i] = count;
      count += own;
    }
    gradient_ = Buffer<T>(count);
    norms_ = Buffer<T>(widest_);
  }

  // Losses of the pass's samples, Σ w loss, and the output layer's delta where `batch_rows`, the rows
  // of the whole batch, is not 0.
  Sums measure(Pass<T>& pass, const Loss& loss, const Table<T>& table, const Batch& batch,
               std::size_t first, std::size_t batch_rows, bool scored, Team& team) {
    const Place& place = places_.back();
    const std::size_t units = place.layer.units, last = places_.size() - 1;
    const Strips<T> targets = pass.targets.view(), out = pass.x.back().view();
    const Strips<T> delta = pass.delta[0].view();
    const double work = 30.0 * double(units) * double(pass.samples);
    team.run(pass.strips(), work > PARALLEL_WORK, [&](std::size_t s, int) {
      take_targets(pass, table, batch, first, batch_rows, s);
      LossStrip<T> strip{units, out.strip(s), targets.strip(s), pass.row_losses.data() + s * STRIP<T>,
                         nullptr, nullptr};
      if (batch_rows > 0) {
        strip.scale = pass.scale.data() + s * STRIP<T>;
        strip.delta = delta.strip(s);
      }
      measure_strip(loss, place.output_is_fused, strip);
      if (scored) score_strip(loss, out.strip(s), targets.strip(s), units,
                              pass.scores.data() + s * STRIP<T>);
      if (batch_rows > 0 && !place.output_is_fused && !place.is_softmax())
        through_slope(place, pass, last, delta.strip(s), s, 0, units);
    });
    if (batch_rows > 0 && !place.output_is_fused && place.is_softmax())
      through_softmax(place, pass, last, delta);
    return sum_up(pass, table, batch, first, scored);
  }

  // Adds up what `measure` found of each sample, in four sums side by side.
  static Sums sum_up(const Pass<T>& pass, const Table<T>& table, const Batch& batch, std::size_t first,
                     bool scored) {
    Sums lanes[4];
    for (std::size_t i = 0; i < pass.samples; ++i) {
      const double weight =
          table.weights == nullptr ? 1 : double(table.weights[row_at(batch, first + i)]);
      Sums& sums = lanes[i % 4];
      sums.loss += double(pass.row_losses[i]) * weight;
      sums.weight += weight;
      if (scored) sums.score += pass.scores[i] * weight;
    }
    Sums sums;
    for (const Sums& lane : lanes) {
      sums.loss += lane.loss;
      sums.score += lane.score;
      sums.weight += lane.weight;
    }
    return sums;
  }

  // Targets of one strip as (units, STRIP), class numbers as one 1 among 0s (or -1s for hinge), and
  // weight / rows of each sample.
  void take_targets(Pass<T>& pass, const Table<T>& table, const Batch& batch, std::size_t first,
                    std::size_t batch_rows, std::size_t s) {
    const std::size_t units = places_.back().layer.units;
    const std::size_t here = std::min<std::size_t>(STRIP<T>, pass.samples - s * STRIP<T>);
    T* const y = pass.targets.view().strip(s);
    if (table.classes != nullptr)
      std::fill_n(y, units * STRIP<T>, T(plan_.loss.kind == LossKind::hinge ? -1 : 0));
    const T share = batch_rows > 0 ? T(1) / static_cast<T>(batch_rows) : T(0);
    for (std::size_t j = 0; j < here; ++j) {
      const std::size_t row = row_at(batch, first + s * STRIP<T> + j);
      if (table.classes != nullptr) {
        y[static_cast<std::size_t>(table.classes[row]) * STRIP<T> + j] = 1;
      } else {
        for (std::size_t unit = 0; unit < units; ++unit)
          y[unit * STRIP<T> + j] = table.targets[row * units + unit];
      }
      pass.scale[s * STRIP<T> + j] = table.weights == nullptr ? share : share * table.weights[row];
    }
  }

  // Calls use(place, i, delta of layer i) from the last layer to the first. When it is called, the
  // delta before is known already, so it may change the layer's weights.
  template <class Use>
  void each_layer_backward(const T* weights, const Use& use) {
    int now = 0;
    for (std::size_t i = places_.size(); i-- > 0; now = 1 - now) {
      const Strips<const T> delta = std::as_const(training_.delta[now]).view();
      if (i > 0)
        delta_before(places_, weights, training_, i, delta, training_.delta[1 - now].view(), *team_);
      use(places_[i], i, delta);
    }
  }

  // Backward and, after the batch's last panel, the update. `add`: a panel of this batch went before.
  void learn(Memory<T>& memory, double rate, std::uint64_t t, bool add, bool last) {
    if (last && plan_.optimizer.kind == OptimizerKind::nadam)
      memory.momentum_product *= nadam_momentum(plan_.optimizer, t);
    const Step<T> step(plan_.optimizer, {rate, t, memory.momentum_product});
    each_layer_backward(memory.weights, [&](const Place& place, std::size_t i, Strips<const T> delta) {
      if (gradient_at_[i] == NO_GRADIENT) {
        gradient_into_update(place, training_, i, delta, step, memory, *team_);
        return;
      }
      T* const gradient = gradient_.data() + gradient_at_[i];
      gradient_to(place, training_, i, delta, gradient, add, *team_);
      if (last) finish_gradient(place, memory.weights, gradient);
    });
    if (!last) return;
    if (plan_.optimizer.clip_norm) clip(gradient_.data(), gradient_.size(), *plan_.optimizer.clip_norm);
    update_kept_gradients(step, memory);
    for (const Place& place : places_) limit_norms(place, memory.weights, norms_.data());
  }

  void finish_gradient(const Place& place, const T* weights, T* gradient) {
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
      constexpr std::size_t CHUNK = 16384;
      team_->run(ceil_div(count, CHUNK), count > 4 * CHUNK, [&](std::size_t task, int) {
        const std::size_t begin = task * CHUNK;
        update_span(step, memory, places_[first].offset + begin,
                    gradient_.data() + gradient_at_[first] + begin, std::min(CHUNK, count - begin));
      });
    }
  }

  // Calls use(pass, panel, first row, rows) for each panel of a table, one thread for each panel.
  template <class Use>
  void each_panel(std::size_t rows, const Use& use) {
    const std::size_t panels = ceil_div(rows, PANEL_ROWS);
    gather_team(rows);
    passes_.resize(static_cast<std::size_t>(team_->size()));
    team_->run(panels, true, [&](std::size_t p, int thread) {
      Pass<T>& pass = passes_[static_cast<std::size_t>(thread)];
      const std::size_t wanted = std::min(rows, PANEL_ROWS);
      if (pass.capacity < wanted) pass = Pass<T>(places_, wanted, false, 1);
      const std::size_t first = p * PANEL_ROWS;
      use(pass, p, first, std::min(PANEL_ROWS, rows - first));
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
      logits(place, weights, training_, i, alone_, [](std::size_t, std::size_t, std::size_t) {});
      for (std::size_t s = 0; s < training_.strips(); ++s) {
        const std::size_t here = std::min<std::size_t>(STRIP<T>, training_.samples - s * STRIP<T>);
        T* const z = training_.x[i + 1].view().strip(s);
        for (std::size_t unit = 0; unit < place.layer.units; ++unit)
          if (!finite(z + unit * STRIP<T>, here)) return i;
        if (place.is_softmax()) softmax_strip(z, place.layer.units);
        else activate<T>(place.layer.activation, place.layer.activation_setting, z, nullptr,
                         place.layer.units * STRIP<T>);
      }
    }
    return places_.size();
  }

  static constexpr std::size_t NO_GRADIENT = ~std::size_t{0};

  const Plan& plan_;
  std::vector<Place> places_;
  std::size_t panel_rows_;
  int threads_;
  std::size_t widest_ = 0;
  Buffer<T> room_;  // for predictions row by row
  std::unique_ptr<Team> team_;
  Team alone_{1};
  Pass<T> training_;
  std::vector<Pass<T>> passes_;  // one for each thread, for evaluations and predictions
  std::vector<std::size_t> gradient_at_;  // where each layer's gradient lies, if it is kept at all
  Buffer<T> gradient_;
  Buffer<T> norms_;
  Buffer<Sums> panel_sums_;
};

}  // namespace deltarule::DELTARULE_LEVEL
