// Backpropagation: from ∂J/∂z of the output layer to every gradient, and the use of the gradients.
#pragma once

#include "core/chain.hpp"
#include "core/forward.hpp"
#include "core/losses.hpp"
#include "core/optimizers.hpp"

namespace deltarule::DELTARULE_LEVEL {

// The gradient of a learned activation from one strip: the sum over its samples of delta · (g(z) - z).
template <class T>
void sum_slopes(const LayerLayout& layout, Workspace<T>& workspace, std::size_t i, const T* delta,
                std::size_t s, std::size_t row, std::size_t row_end) {
  const T* const excess = workspace.excess[i].view().strip(s);
  T* const sums = workspace.slope_sums[i].data() + s * layout.layer.units;
  const std::size_t here = workspace.samples_in(s);
  for (std::size_t unit = row; unit < row_end; ++unit) {
    T total = 0;
    for (std::size_t j = 0; j < here; ++j)
      total += delta[unit * STRIP<T> + j] * excess[unit * STRIP<T> + j];
    sums[unit] = total;
  }
}

// From this many samples on, a gradient takes long enough to hide that memory is read at the same time.
constexpr std::size_t PREFETCH_SAMPLES = 128;

// delta <- delta times g'(z) of layer i, for rows row ... row_end - 1 of strip s. Not for softmax.
template <class T>
void through_slope(const LayerLayout& layout, Workspace<T>& workspace, std::size_t i, T* delta, std::size_t s,
                   std::size_t row, std::size_t row_end) {
  const std::size_t begin = row * STRIP<T>, end = row_end * STRIP<T>;
  if (!workspace.excess[i].empty()) sum_slopes(layout, workspace, i, delta, s, row, row_end);
  if (!workspace.slope[i].empty()) {
    const T* const slope = workspace.slope[i].view().strip(s);
    for (std::size_t at = begin; at < end; at += LANES<T>)
      store(delta + at, load(delta + at) * load(slope + at));
  } else if (activation_of(layout.layer) == Activation::relu) {
    const T* const out = workspace.x[i + 1].view().strip(s);
    for (std::size_t at = begin; at < end; at += LANES<T>)
      store(delta + at, load(out + at) > 0 ? load(delta + at) : Vector<T>{});
  }
}

// delta <- ∂J/∂z of a softmax layer i from ∂J/∂(its output).
template <class T>
void through_softmax(const LayerLayout& layout, const Workspace<T>& workspace, std::size_t i, Strips<T> delta,
                     Range strips) {
  const std::size_t units = layout.layer.units;
  const bool dropped = !workspace.undropped[i].empty();
  for (std::size_t s = strips.begin; s < strips.end; ++s) {
    if (dropped) {
      const T* const factors = workspace.slope[i].view().strip(s);
      for (std::size_t at = 0; at < units * STRIP<T>; ++at) delta.strip(s)[at] *= factors[at];
    }
    const T* const g = (dropped ? workspace.undropped[i] : workspace.x[i + 1]).view().strip(s);
    softmax_backward_strip(g, delta.strip(s), units);
  }
}

// ∂J/∂z of layer i - 1 from that of layer i, a normalization.
template <class T>
void delta_before_normalization(const std::vector<LayerLayout>& layouts, const T* learned,
                                Workspace<T>& workspace, std::size_t i, Range strips,
                                const Executor& executor) {
  const LayerLayout &layout = layouts[i], &previous = layouts[i - 1];
  const std::size_t units = layout.layer.units;
  const bool batch = workspace.batch && layout.layer.uses_batch();
  const Strips<T> before = workspace.delta[i - 1].view();
  const bool parallel = static_cast<double>(units * strips.count() * STRIP<T>) * 8 > PARALLEL_WORK;
  executor.run(strips.count(), parallel, [&](std::size_t task, int) {
    const std::size_t s = strips.begin + task;
    normalization_delta(layout, learned, workspace, i, s, batch, before.strip(s));
    if (!previous.is_softmax()) through_slope(previous, workspace, i - 1, before.strip(s), s, 0, units);
  });
  if (previous.is_softmax()) through_softmax(previous, workspace, i - 1, before, strips);
}

// ∂J/∂z of layer i - 1 from that of layer i.
template <class T>
void delta_before(const std::vector<LayerLayout>& layouts, const T* weights, Workspace<T>& workspace,
                  std::size_t i, Range strips, const Executor& executor) {
  const LayerLayout &layout = layouts[i], &previous = layouts[i - 1];
  const Layer& layer = layout.layer;
  const Strips<const T> delta = std::as_const(workspace.delta[i]).view();
  const Strips<T> before = workspace.delta[i - 1].view();
  const Grid grid(layer.inputs, strips, layout.packed);
  const bool parallel = layout.work(strips.count() * STRIP<T>) > PARALLEL_WORK;
  executor.run(grid.tasks(), parallel, [&](std::size_t task, int thread) {
    multiply_block<T, false>(
        {weights + layout.offset, layer.units}, layer.units, delta, before, nullptr, grid, task,
        vectors_of(workspace), layout.packed, workspace.scratch[static_cast<std::size_t>(thread)].packed.data(),
        [&](std::size_t s, std::size_t row, std::size_t row_end) {
          if (!previous.is_softmax())
            through_slope(previous, workspace, i - 1, before.strip(s), s, row, row_end);
        });
  });
  if (previous.is_softmax()) through_softmax(previous, workspace, i - 1, before, strips);
}

// ∂J/∂x[0] from ∂J/∂z of the first layer, before dropout; 0 where there is no sample.
template <class T>
void delta_of_columns(const std::vector<LayerLayout>& layouts, const T* weights, Workspace<T>& workspace,
                      Range strips, const Executor& executor) {
  const LayerLayout& layout = layouts.front();
  const Layer& layer = layout.layer;
  const Strips<T> before = workspace.columns_delta.view();
  const Grid grid(layer.inputs, strips, layout.packed);
  const bool parallel = layout.work(strips.count() * STRIP<T>) > PARALLEL_WORK;
  executor.run(grid.tasks(), parallel, [&](std::size_t task, int thread) {
    multiply_block<T, false>(
        {weights + layout.offset, layer.units}, layer.units, std::as_const(workspace.delta[0]).view(), before,
        nullptr, grid, task, vectors_of(workspace), layout.packed,
        workspace.scratch[static_cast<std::size_t>(thread)].packed.data(),
        [&](std::size_t s, std::size_t row, std::size_t row_end) {
          T* const delta = before.strip(s);
          if (!workspace.columns_kept.empty()) {
            const T* const kept = workspace.columns_kept.view().strip(s);
            for (std::size_t at = row * STRIP<T>; at < row_end * STRIP<T>; ++at) delta[at] *= kept[at];
          }
          for (std::size_t unit = row; unit < row_end; ++unit)
            for (std::size_t j = workspace.samples_in(s); j < STRIP<T>; ++j) delta[unit * STRIP<T> + j] = 0;
        });
  });
}

// Computes ∂J/∂z of all layers from that of the last, then transposes them so that samples come first.
template <class T>
void backward(const std::vector<LayerLayout>& layouts, const ParameterView<T>& parameters,
              Workspace<T>& workspace, Range strips, const Executor& executor) {
  const T* const weights = parameters.chain;
  std::size_t units = 0;
  for (std::size_t i = layouts.size(); i-- > 0; units += layouts[i].layer.units) {
    const Layer& layer = layouts[i].layer;
    if (workspace.batch && layer.uses_batch())
      sum_normalization_gradient(layouts[i], workspace, i, executor);
    if (i == 0) continue;
    if (layer.is_dense()) delta_before(layouts, weights, workspace, i, strips, executor);
    else delta_before_normalization(layouts, parameters.learned, workspace, i, strips, executor);
  }
  if (!workspace.columns_delta.empty()) delta_of_columns(layouts, weights, workspace, strips, executor);
  const bool parallel = static_cast<double>(units * strips.count() * STRIP<T>) * 8 > PARALLEL_WORK;
  executor.run(strips.count(), parallel, [&](std::size_t task, int) {
    for (std::size_t i = 0; i < layouts.size(); ++i) {
      if (!layouts[i].layer.is_dense()) continue;
      transpose_strip(std::as_const(workspace.delta[i]).view(), layouts[i].layer.units, strips.begin + task,
                 workspace.transposed[i].data(), workspace.transposed_panel());
    }
  });
}

// Implements `add_penalty`, with or without l1: sums within a block of weights are vectors of T, sums of
// blocks are doubles.
template <bool L1, class T>
double add_penalty_of(const Layer& layer, const T* w, T* g, std::size_t count) {
  using V = Vector<T>;
  constexpr std::size_t lanes = static_cast<std::size_t>(LANES<T>), width = 4 * lanes;
  constexpr std::size_t block = 32 * width;
  const T l1 = static_cast<T>(layer.l1), l2 = static_cast<T>(2 * layer.l2);
  const auto total = [](const V* sums) {
    const V in_all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    double sum = 0;
    for (std::size_t lane = 0; lane < lanes; ++lane) sum += static_cast<double>(in_all[lane]);
    return sum;
  };
  double squares = 0, sizes = 0;
  for (std::size_t first = 0; first < count; first += block) {
    V square[4] = {}, size[4] = {};
    const auto add = [&](std::size_t k, const T* from, T* to) {
      const V v = load(from);
      V slope = load(to) + v * l2;
      square[k] += v * v;
      if constexpr (L1) {
        slope += sign_of<T>(v) * l1;
        size[k] += absolute(v);
      }
      store(to, slope);
    };
    const std::size_t end = std::min(count, first + block);
    std::size_t i = first;
    for (; i + width <= end; i += width)
      for (std::size_t k = 0; k < 4; ++k) add(k, w + i + k * lanes, g + i + k * lanes);
    for (; i + lanes <= end; i += lanes) add(0, w + i, g + i);
    if (i < end) {  // the rest in a padded vector: the numbers that follow belong to others
      T from[lanes] = {}, to[lanes] = {};
      std::copy_n(w + i, end - i, from);
      std::copy_n(g + i, end - i, to);
      add(0, from, to);
      std::copy_n(to, end - i, g + i);
    }
    squares += total(square);
    if constexpr (L1) sizes += total(size);
  }
  return layer.l1 * sizes + layer.l2 * squares;
}

// g <- g + ∂(penalty)/∂w for `count` weights of a layer; returns the penalty, l1 Σ|w| + l2 Σw².
template <class T>
double add_penalty(const Layer& layer, const T* w, T* g, std::size_t count) {
  if (layer.l1 > 0) return add_penalty_of<true>(layer, w, g, count);
  if (layer.l2 > 0) return add_penalty_of<false>(layer, w, g, count);
  return 0;
}

struct LayerBlock {
  std::size_t layer;
  GradientBlock block;
};

// Lists the gradient blocks of all layers with each layer spread evenly, so that every thread gets the
// same amount of work and the same weights in each update.
inline std::vector<LayerBlock> spread_blocks(const std::vector<LayerLayout>& layouts) {
  struct Keyed {
    double key;
    LayerBlock block;
  };
  std::vector<Keyed> keyed;
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    const Layer& layer = layouts[i].layer;
    if (!layer.is_dense() || !(layer.trainable || layer.scale)) continue;
    const GradientGrid grid(layouts[i].layer.rows(), layouts[i].layer.units);
    for (std::size_t task = 0; task < grid.tasks(); ++task)
      keyed.push_back({(static_cast<double>(task) + 0.5) / static_cast<double>(grid.tasks()),
                       {i, GradientBlock(grid, task)}});
  }
  std::stable_sort(keyed.begin(), keyed.end(),
                   [](const Keyed& a, const Keyed& b) { return a.key < b.key; });
  std::vector<LayerBlock> blocks;
  for (const Keyed& each : keyed) blocks.push_back(each.block);
  return blocks;
}

// One task of the gradient of layer i, shape (inputs + bias, units), written or added to `gradient`.
template <class T>
void gradient_to(const LayerLayout& layout, const Workspace<T>& workspace, std::size_t i,
                 const GradientBlock& block, T* gradient, bool add) {
  const std::size_t units = layout.layer.units;
  gradient_block<T>(workspace.x[i].view(), workspace.transposed[i].data(), workspace.transposed_panel(),
                    workspace.samples, block, gradient + block.row * units + block.column, units, add,
                    nullptr);
}

// The parameters and slots that are updated after a gradient of `samples` samples.
template <class T>
Ahead<T> parameters_ahead(const LayerLayout& layout, const Memory<T>& memory, std::size_t slots,
                          std::size_t samples) {
  Ahead<T> ahead{{memory.weights + layout.offset}, 1 + slots, layout.layer.units,
                 ceil_div(TILE_ROWS, std::max<std::size_t>(samples / STRIP<T>, 1))};
  for (std::size_t slot = 0; slot < slots; ++slot)
    ahead.matrices[1 + slot] = memory.slots[slot] + layout.offset;
  return ahead;
}

// The same, but applies the block of the gradient at once without writing it to memory. Returns the
// penalty of the block's weights before the update.
template <class T>
double gradient_into_update(const LayerLayout& layout, Workspace<T>& workspace, std::size_t i,
                            const GradientBlock& block, const Step<T>& step, const Memory<T>& memory,
                            int thread) {
  const Layer& layer = layout.layer;
  const std::size_t width = block.column_end - block.column, rows = block.row_end - block.row;
  T* const g = workspace.scratch[static_cast<std::size_t>(thread)].gradient.data();
  const Ahead<T> ahead = parameters_ahead(layout, memory, slot_count(step.kind), workspace.samples);
  // Whole rows are contiguous, and the processor itself prefetches them.
  const bool prefetches = width < layer.units && workspace.samples >= PREFETCH_SAMPLES &&
                          layer.weight_count() * sizeof(T) > PREFETCH_BYTES;
  gradient_block<T>(std::as_const(workspace.x[i]).view(), workspace.transposed[i].data(),
                    workspace.transposed_panel(), workspace.samples, block, g, width, false,
                    prefetches ? &ahead : nullptr);
  // The last row holds the biases, which have no penalty.
  const std::size_t penalized = std::min(block.row_end, layer.inputs) - std::min(block.row, layer.inputs);
  const std::size_t at = layout.offset + block.row * layer.units + block.column;
  if (width == layer.units) {  // whole rows are contiguous
    const double penalty = add_penalty(layer, memory.weights + at, g, penalized * width);
    update_span(step, memory, at, g, rows * width);
    return penalty;
  }
  double penalty = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t there = at + row * layer.units;
    if (row < penalized) penalty += add_penalty(layer, memory.weights + there, g + row * width, width);
    update_span(step, memory, there, g + row * width, width);
  }
  return penalty;
}

// Scales each unit's incoming weights down to its layer's max_norm. `squares` is scratch of shape (units,).
template <class T>
void limit_norms(const LayerLayout& layout, T* weights, T* squares) {
  const Layer& layer = layout.layer;
  if (!layer.max_norm) return;
  T* const w = weights + layout.parts.weights;
  std::fill_n(squares, layer.units, T(0));
  for (std::size_t row = 0; row < layer.inputs; ++row)
    for (std::size_t j = 0; j < layer.units; ++j)
      squares[j] += w[row * layer.units + j] * w[row * layer.units + j];
  const T limit = static_cast<T>(*layer.max_norm);
  for (std::size_t j = 0; j < layer.units; ++j) {
    const T norm = std::sqrt(squares[j]);
    squares[j] = norm > limit ? limit / norm : T(1);
  }
  for (std::size_t row = 0; row < layer.inputs; ++row)
    for (std::size_t j = 0; j < layer.units; ++j) w[row * layer.units + j] *= squares[j];
}

// Scales a gradient down to a Euclidean norm of at most `limit`, in place.
template <class T>
void limit_norm(T* gradient, std::size_t count, double limit) {
  double sums[8] = {};  // double, because squares of large gradients overflow float
  for (std::size_t i = 0; i < count; ++i) {
    const double value = static_cast<double>(gradient[i]);
    sums[i % 8] += value * value;
  }
  double square = 0;
  for (const double sum : sums) square += sum;
  const double norm = std::sqrt(square);
  if (!(norm > limit)) return;
  const T factor = static_cast<T>(limit / norm);
  for (std::size_t i = 0; i < count; ++i) gradient[i] *= factor;
}

// Clips the gradient of all parameters, arrays of these sizes, as the optimizer is set.
template <class T>
void clip(const Optimizer& optimizer, const std::vector<std::size_t>& array_sizes, T* gradient,
          std::size_t count) {
  if (optimizer.clip_norm) limit_norm(gradient, count, *optimizer.clip_norm);
  if (optimizer.clip_array_norm) {
    T* array = gradient;
    for (const std::size_t size : array_sizes) {
      limit_norm(array, size, *optimizer.clip_array_norm);
      array += size;
    }
  }
  if (optimizer.clip_value) {
    const T limit = static_cast<T>(*optimizer.clip_value);
    for (std::size_t i = 0; i < count; ++i) gradient[i] = std::clamp(gradient[i], -limit, limit);
  }
}

}  // namespace deltarule::DELTARULE_LEVEL
