// The layers of a network as the computations use them, and the workspace of forward and backward.
#pragma once

#include <algorithm>
#include <vector>

#include "core/activations.hpp"
#include "core/memory.hpp"
#include "core/plan.hpp"
#include "core/products.hpp"
#include "core/thread_pool.hpp"

namespace deltarule::DELTARULE_LEVEL {

// Batches are computed in panels of at most this many samples, so that the values between the layers
// stay in the cache and do not grow with the batch.
constexpr std::size_t PANEL_ROWS = 512;

// Minimum operations of a loop to share among threads: about 2 microseconds, where sharing costs 0.3.
constexpr double PARALLEL_WORK = 2e5;

// One layer, where its parameters are, and facts that follow from its position.
struct LayerLayout {
  Layer layer;
  // Of its weights in a member's chain; its biases follow. In a plain network, among all parameters, and of
  // what a normalization learns.
  std::size_t offset = 0;
  std::size_t block = 0;         // the number of its dense layer: of itself, or the one after a normalization
  Parts parts{};                 // of its parameters among all parameters
  bool dropped_after = false;    // whether dropout follows in training
  bool output_is_fused = false;  // whether losses.hpp computes its activation
  bool slope = false;            // whether training keeps g'(z), or the dropout mask of a softmax
  bool packed = false;           // whether products copy its weights block by block

  bool is_softmax() const { return activation_of(layer) == Activation::softmax; }
  double work(std::size_t samples) const {
    return 2.0 * static_cast<double>(layer.weight_count()) * static_cast<double>(samples);
  }
};

template <class T>
std::vector<LayerLayout> layouts_of(const Plan& plan) {
  std::vector<LayerLayout> layouts;
  const std::vector<Parts> parts = plan.parts();
  std::size_t offset = 0;
  std::size_t block = 0;
  const bool plain = plan.is_plain();
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    LayerLayout layout;
    layout.layer = plan.layers[i];
    layout.parts = parts[i];
    layout.block = block;
    block += layout.layer.is_dense() ? 1 : 0;
    const std::size_t own = layout.layer.is_dense() ? layout.parts.weights : layout.parts.gamma;
    layout.offset = plain ? own : offset;
    const bool last = i + 1 == plan.layers.size();
    layout.dropped_after = !last && plan.layers[i + 1].drops;
    layout.output_is_fused = last && plan.loss.fused;
    layout.slope = layout.is_softmax() ? layout.dropped_after
                                       : stores_slope(layout.layer, layout.dropped_after);
    layout.packed = layout.layer.weight_count() * sizeof(T) > PACK_BYTES;
    offset += layout.layer.parameter_count();
    layouts.push_back(layout);
  }
  return layouts;
}

// A batch of vectors that owns its memory, with an additional row of ones: the input of the biases.
template <class T>
class OwnedStrips {
 public:
  OwnedStrips() = default;
  OwnedStrips(std::size_t units, std::size_t samples)
      : stride_(checked_product(units + 1, STRIP<T>)),
        memory_(checked_product(stride_, strips_for<T>(samples))) {
    for (std::size_t s = 0; s < strips_for<T>(samples); ++s)
      std::fill_n(memory_.data() + s * stride_ + units * STRIP<T>, STRIP<T>, T(1));
  }
  Strips<T> view() { return {memory_.data(), stride_}; }
  Strips<const T> view() const { return {memory_.data(), stride_}; }
  bool empty() const { return memory_.empty(); }

 private:
  std::size_t stride_ = 0;
  Buffer<T> memory_;
};

// The buffers of one thread.
template <class T>
struct Scratch {
  Buffer<T> packed;             // a block of weights, if a layer has large ones
  Buffer<T> gradient;           // a block of a gradient until it is applied
  Buffer<std::uint32_t> words;  // random words for one strip
};

// The values of a normalization layer; of each unit, or of each sample where it keeps no averages.
template <class T>
struct Normalized {
  Buffer<T> mean;
  Buffer<T> variance;  // of the batch
  Buffer<T> inverse;   // 1 / √(variance + ε)
  Buffer<T> gradient;  // of gamma, then of beta
};

// The values of forward and backward for up to `capacity` samples.
template <class T>
struct Workspace {
  std::size_t capacity = 0;
  std::size_t samples = 0;                // in the current panel
  std::vector<OwnedStrips<T>> x;          // x[i]: input of layer i; x[i + 1]: its output
  std::vector<OwnedStrips<T>> slope;      // g'(z) times dropout factors, where a layer keeps it
  std::vector<OwnedStrips<T>> undropped;  // outputs of a softmax before dropout
  std::vector<OwnedStrips<T>> delta;      // ∂J/∂z
  std::vector<Buffer<T>> transposed;          // delta transposed, samples first
  OwnedStrips<T> columns;                 // the input columns, if there is an embedding
  OwnedStrips<T> columns_kept;            // dropout factors of x[0], if any
  OwnedStrips<T> columns_delta;           // ∂J/∂x[0], if an embedding has parameters
  std::vector<Normalized<T>> normalized;  // empty for dense layers
  bool batch = false;                     // whether statistics of the batch were used
  std::vector<OwnedStrips<T>> excess;     // g(z) - z times dropout factors, of learned activations
  std::vector<Buffer<T>> slope_sums;      // their gradients, (strips, units)
  OwnedStrips<T> mean_outputs;            // mean over the members, outside training
  OwnedStrips<T> targets;
  Buffer<T> row_losses;  // (capacity,)
  Buffer<T> scale;       // weight / rows of each sample
  Buffer<double> scores;
  std::vector<Scratch<T>> scratch;  // one per thread

  Workspace() = default;
  Workspace(const Plan& plan, const std::vector<LayerLayout>& layouts, std::size_t rows, bool training,
            int threads)
      : capacity(rows) {
    const std::size_t padded_rows = strips_for<T>(rows) * STRIP<T>;
    std::size_t widest_input = 0;
    x.emplace_back(layouts.front().layer.inputs, rows);
    if (!plan.columns.empty()) {
      columns = OwnedStrips<T>(plan.inputs(), rows);
      if (training && layouts.front().layer.drops)
        columns_kept = OwnedStrips<T>(layouts.front().layer.inputs, rows);
      if (training && plan.embedding_count() > 0)
        columns_delta = OwnedStrips<T>(layouts.front().layer.inputs, rows);
    }
    if (plan.members > 1 && !training)
      mean_outputs = OwnedStrips<T>(layouts.back().layer.units, rows);
    for (const LayerLayout& layout : layouts) {
      const std::size_t units = layout.layer.units;
      x.emplace_back(units, rows);
      slope.push_back(training && layout.slope ? OwnedStrips<T>(units, rows) : OwnedStrips<T>());
      const bool kept = training && layout.is_softmax() && layout.dropped_after;
      undropped.push_back(kept ? OwnedStrips<T>(units, rows) : OwnedStrips<T>());
      const bool learned = training && layout.layer.learned_activation;
      excess.push_back(learned ? OwnedStrips<T>(units, rows) : OwnedStrips<T>());
      slope_sums.push_back(learned ? Buffer<T>(checked_product(units, strips_for<T>(rows))) : Buffer<T>());
      widest_input = std::max(widest_input, layout.layer.inputs);
      Normalized<T> own;
      if (!layout.layer.is_dense()) {
        const std::size_t count = layout.layer.keeps_averages() ? units : padded_rows;
        own = {Buffer<T>(count), Buffer<T>(count), Buffer<T>(count), Buffer<T>(2 * units)};
      }
      normalized.push_back(std::move(own));
      if (!training) continue;
      delta.emplace_back(units, rows);
      const std::size_t columns = layout.layer.is_dense() ? ceil_div(units, STRIP<T>) * STRIP<T> : 0;
      transposed.emplace_back(checked_product(columns, padded_rows));
    }
    const std::size_t outputs = layouts.back().layer.units;
    targets = OwnedStrips<T>(outputs, rows);
    row_losses = Buffer<T>(padded_rows);
    scale = Buffer<T>(padded_rows);
    scores = Buffer<double>(padded_rows);
    scratch.resize(static_cast<std::size_t>(threads));
    // Small networks are kept by the thousand.
    const bool packs = std::any_of(layouts.begin(), layouts.end(),
                                   [](const LayerLayout& layout) { return layout.packed; });
    for (Scratch<T>& thread_scratch : scratch) {
      if (packs) thread_scratch.packed = Buffer<T>(PACK_NUMBERS);
      if (!training) continue;
      thread_scratch.gradient = Buffer<T>(BLOCK_TILES * TILE_ROWS * BLOCK_COLUMNS);
      thread_scratch.words = Buffer<std::uint32_t>(widest_input * STRIP<T> + 8);
    }
  }

  std::size_t strips() const { return strips_for<T>(samples); }
  Range all_strips() const { return {0, strips()}; }
  std::size_t samples_in(std::size_t strip) const {
    return std::min<std::size_t>(STRIP<T>, samples - strip * STRIP<T>);
  }
  std::size_t transposed_panel() const { return strips() * STRIP<T> * STRIP<T>; }
};

}  // namespace deltarule::DELTARULE_LEVEL
