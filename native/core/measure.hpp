// The end of forward: loss, score, and ∂J/∂z of the output layer.
#pragma once

#include "core/backward.hpp"
#include "core/compute.hpp"
#include "core/forward.hpp"
#include "core/row_losses.hpp"

namespace deltarule::DELTARULE_LEVEL {

// The samples of a panel: those of a batch from `first` on.
template <class T>
struct Source {
  const Table<T>& table;
  const Batch& batch;
  std::size_t first;
};

// Writes the targets of strip s as (units, STRIP), class numbers as the loss's values for the sample's class
// and for the other classes, and weight / batch_rows of each sample.
template <class T>
void take_targets(Workspace<T>& workspace, const Source<T>& source, const Loss& loss, std::size_t units,
                  std::size_t batch_rows, std::size_t s) {
  const Table<T>& table = source.table;
  T* const y = workspace.targets.view().strip(s);
  T* const scale = workspace.scale.data() + s * STRIP<T>;
  if (table.classes != nullptr)
    std::fill_n(y, units * STRIP<T>, static_cast<T>(loss.other_classes));
  const T share = batch_rows > 0 ? T(1) / static_cast<T>(batch_rows) : T(0);
  for (std::size_t j = 0; j < workspace.samples_in(s); ++j) {
    const std::size_t row = row_at(source.batch, source.first + s * STRIP<T> + j);
    if (table.classes != nullptr) {
      y[static_cast<std::size_t>(table.classes[row]) * STRIP<T> + j] = static_cast<T>(loss.own_class);
    } else {
      for (std::size_t unit = 0; unit < units; ++unit)
        y[unit * STRIP<T> + j] = table.targets[row * units + unit];
    }
    scale[j] = table.weights == nullptr ? share : share * table.weights[row];
  }
}

// Computes each sample's loss (from logits only with `from_logits`) and, with `scored`, its score; and the
// output layer's delta unless `batch_rows`, the rows of the whole batch, is 0.
template <class T>
void measure(const std::vector<LayerLayout>& layouts, Workspace<T>& workspace, const Source<T>& source,
             const Loss& loss, std::size_t batch_rows, bool scored, Range strips, const Executor& executor,
             bool from_logits = true) {
  const LayerLayout& layout = layouts.back();
  const std::size_t units = layout.layer.units, last = layouts.size() - 1;
  const bool learns = batch_rows > 0;
  const Strips<T> delta = learns ? workspace.delta[last].view() : Strips<T>{};
  const double work = 30.0 * static_cast<double>(units * strips.count() * STRIP<T>);
  executor.run(strips.count(), work > PARALLEL_WORK, [&](std::size_t task, int) {
    const std::size_t s = strips.begin + task;
    take_targets(workspace, source, loss, units, batch_rows, s);
    const T* const targets = workspace.targets.view().strip(s);
    T* const out = workspace.x.back().view().strip(s);
    LossStrip<T> strip{units, out, targets, workspace.row_losses.data() + s * STRIP<T>, nullptr, nullptr};
    if (learns) {
      strip.scale = workspace.scale.data() + s * STRIP<T>;
      strip.delta = delta.strip(s);
    }
    measure_strip(loss, layout.output_is_fused && from_logits, strip);
    if (scored) score_strip(loss, out, targets, units, workspace.scores.data() + s * STRIP<T>);
    if (learns && !layout.output_is_fused && !layout.is_softmax())
      through_slope(layout, workspace, last, delta.strip(s), s, 0, units);
  });
  if (learns && !layout.output_is_fused && layout.is_softmax())
    through_softmax(layout, workspace, last, delta, strips);
}

// Sums the results of `measure` over the samples, in four interleaved sums.
template <class T>
Sums sum_up(const Workspace<T>& workspace, const Source<T>& source, bool scored) {
  const T* const weights = source.table.weights;
  Sums lanes[4];
  for (std::size_t i = 0; i < workspace.samples; ++i) {
    const double weight =
        weights == nullptr ? 1 : static_cast<double>(weights[row_at(source.batch, source.first + i)]);
    Sums& sums = lanes[i % 4];
    sums.loss += static_cast<double>(workspace.row_losses[i]) * weight;
    sums.weight += weight;
    if (scored) sums.score += workspace.scores[i] * weight;
  }
  Sums sums;
  for (const Sums& lane : lanes) sums += lane;
  return sums;
}

}  // namespace deltarule::DELTARULE_LEVEL
