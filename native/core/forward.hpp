// Forward: samples in, outputs out, through the layers of a network.
#pragma once

#include <array>

#include "core/chain.hpp"
#include "core/compute.hpp"
#include "core/normalization.hpp"
#include "core/philox.hpp"
#include "core/random.hpp"

namespace deltarule::DELTARULE_LEVEL {

// What dropout masks depend on in training.
struct DropoutState {
  std::uint64_t seed;
  std::uint32_t epoch;
  std::uint32_t step;
  std::size_t first_row;      // of the panel within its batch
  const double* rates;        // of each layer's input
  std::uint32_t stream = 0;   // of the first layer; each member has its own streams
};

inline std::size_t row_at(const Batch& batch, std::size_t i) {
  return batch.order == nullptr ? batch.first + i : batch.order[batch.first + i];
}

// Numbers at the start of a row of a table that are prefetched; the processor itself prefetches the rest.
template <class T>
constexpr std::size_t PREFETCHED_NUMBERS = 8 * ALIGNMENT / sizeof(T);

// Copies samples of a batch, from sample `first` on, into strips.
template <class T>
void gather(Workspace<T>& workspace, const T* inputs, std::size_t width, const Batch& batch, std::size_t first,
            Range strips, const Executor& executor) {
  const Strips<T> x = (workspace.columns.empty() ? workspace.x.front() : workspace.columns).view();
  const bool parallel = static_cast<double>(strips.count() * STRIP<T> * width) * 8 > PARALLEL_WORK;
  executor.run(strips.count(), parallel, [&](std::size_t task, int) {
    const std::size_t s = strips.begin + task, sample = first + s * STRIP<T>;
    const std::size_t here = workspace.samples_in(s);
    const std::size_t next = std::min(sample + 2 * STRIP<T>, first + workspace.samples);
    for (std::size_t i = sample + STRIP<T>; i < next; ++i)
      prefetch(inputs + row_at(batch, i) * width, std::min(width, PREFETCHED_NUMBERS<T>));
    const T* rows[STRIP<T>];
    for (std::size_t j = 0; j < STRIP<T>; ++j)  // lanes without a sample repeat the last one
      rows[j] = inputs + row_at(batch, sample + std::min(j, here - 1)) * width;
    gather_strip(rows, width, x.strip(s));
  });
}

// Multiplies strips of shape (width, STRIP), samples from `row` on, by their dropout factors; one random
// block serves four units of a sample. Null pointers among `along` are ignored.
template <class T>
void drop_whole_blocks(const Stream& stream, std::uint32_t limit, T factor, std::size_t row,
                       std::size_t width, T* x, const std::array<T*, 2>& along) {
  Words lanes;
  for (int lane = 0; lane < WORD_LANES; ++lane) lanes[lane] = static_cast<std::uint32_t>(lane);
  const auto blocks_of_row = static_cast<std::uint32_t>(width / 4);
  for (int j = 0; j < STRIP<T>; j += WORD_LANES) {
    Words blocks = (lanes + static_cast<std::uint32_t>(row + static_cast<std::size_t>(j))) * blocks_of_row;
    for (std::size_t unit = 0; unit < width; unit += 4, blocks += 1) {
      Words words[4];
      words_of_blocks(stream, blocks, words);
      for (std::size_t k = 0; k < 4; ++k) {
        const std::size_t at = (unit + k) * STRIP<T> + static_cast<std::size_t>(j);
        if constexpr (sizeof(T) == 4) {
          const Vector<T> keep = words[k] >= limit ? all(factor) : Vector<T>{};
          store(x + at, load(x + at) * keep);
          for (T* const other : along)
            if (other != nullptr) store(other + at, load(other + at) * keep);
        } else {
          for (int lane = 0; lane < WORD_LANES; ++lane) {
            const T keep = words[k][lane] >= limit ? factor : T(0);
            x[at + static_cast<std::size_t>(lane)] *= keep;
            for (T* const other : along)
              if (other != nullptr) other[at + static_cast<std::size_t>(lane)] *= keep;
          }
        }
      }
    }
  }
}

// Multiplies x, the input of a layer, and the strips in `along` by its dropout factors.
template <class T>
void drop(const LayerLayout& layout, const DropoutState& dropout, Workspace<T>& workspace, Strips<T> x,
          const Strips<T> (&along)[2], Range strips, const Executor& executor) {
  const std::size_t width = layout.layer.inputs;
  const double rate = dropout.rates[layout.block];
  const auto limit = static_cast<std::uint32_t>(rate * 4294967296.0);
  const T factor = static_cast<T>(1 / (1 - rate));
  const auto index = dropout.stream + static_cast<std::uint32_t>(layout.block);
  const Stream stream{dropout.seed, Purpose::dropout, index, dropout.epoch, dropout.step};
  const bool parallel = static_cast<double>(strips.count() * STRIP<T> * width) * 20 > PARALLEL_WORK;
  executor.run(strips.count(), parallel, [&](std::size_t task, int thread) {
    const std::size_t s = strips.begin + task;
    if (width % 4 == 0) {  // each row starts a new random block
      drop_whole_blocks(stream, limit, factor, dropout.first_row + s * STRIP<T>, width, x.strip(s),
                        {along[0].data == nullptr ? nullptr : along[0].strip(s),
                         along[1].data == nullptr ? nullptr : along[1].strip(s)});
      return;
    }
    // Word row · width + unit belongs to (row, unit); rows may start within a block of 4 words.
    const std::size_t first = (dropout.first_row + s * STRIP<T>) * width, skipped = first % 4;
    const std::size_t here = workspace.samples_in(s);
    std::uint32_t* const words = workspace.scratch[static_cast<std::size_t>(thread)].words.data();
    random_words(stream, static_cast<std::uint32_t>(first / 4),
                 ceil_div(skipped + here * width, 4), words);
    for (std::size_t unit = 0; unit < width; ++unit) {
      for (std::size_t j = 0; j < here; ++j) {
        const T keep = words[skipped + j * width + unit] >= limit ? factor : T(0);
        x.strip(s)[unit * STRIP<T> + j] *= keep;
        for (const Strips<T>& other : along)
          if (other.data != nullptr) other.strip(s)[unit * STRIP<T> + j] *= keep;
      }
    }
  });
}

// Returns a function of strip s: how many of its vectors hold samples.
template <class T>
auto vectors_of(const Workspace<T>& workspace) {
  return [&workspace](std::size_t s) {
    return static_cast<int>(ceil_div(workspace.samples_in(s), LANES<T>));
  };
}

// z = Wᵀ x + b of layer i, written to its output; calls finish(strip, row, row_end) on finished rows.
template <class T, class Finish>
void logits(const LayerLayout& layout, const T* weights, Workspace<T>& workspace, std::size_t i, Range strips,
            const Executor& executor, const Finish& finish) {
  const Layer& layer = layout.layer;
  const T* const w = weights + layout.offset;
  const T* const bias = layer.bias ? w + layer.weight_count() : nullptr;
  const Grid grid(layer.units, strips, layout.packed);
  const Strips<const T> x = std::as_const(workspace.x[i]).view();
  const bool parallel = layout.work(strips.count() * STRIP<T>) > PARALLEL_WORK;
  executor.run(grid.tasks(), parallel, [&](std::size_t task, int thread) {
    multiply_block<T, true>({w, layer.units}, layer.inputs, x, workspace.x[i + 1].view(), bias, grid, task,
                            vectors_of(workspace), layout.packed,
                            workspace.scratch[static_cast<std::size_t>(thread)].packed.data(), finish);
  });
}

// Softmax of layer i, in place; with dropout, keeps a copy of g and sets the slope to 1.
template <class T>
void softmax(const LayerLayout& layout, Workspace<T>& workspace, std::size_t i, bool dropped, Range strips) {
  const std::size_t units = layout.layer.units;
  for (std::size_t s = strips.begin; s < strips.end; ++s) {
    T* const out = workspace.x[i + 1].view().strip(s);
    softmax_strip(out, units);
    if (!dropped) continue;
    std::copy_n(out, units * STRIP<T>, workspace.undropped[i].view().strip(s));
    std::fill_n(workspace.slope[i].view().strip(s), units * STRIP<T>, T(1));
  }
}

// Dropout before layer i; outside training (`dropout` is null) all factors are 1.
template <class T>
void drop_before(const std::vector<LayerLayout>& layouts, std::size_t i, const DropoutState* dropout,
                 Workspace<T>& workspace, Range strips, const Executor& executor) {
  const auto view = [](OwnedStrips<T>& owned) { return owned.empty() ? Strips<T>{} : owned.view(); };
  Strips<T> along[2] = {};
  if (i > 0) {
    along[0] = view(workspace.slope[i - 1]);
    along[1] = view(workspace.excess[i - 1]);
  } else if (!workspace.columns_kept.empty()) {
    along[0] = workspace.columns_kept.view();
    for (std::size_t s = strips.begin; s < strips.end; ++s)
      std::fill_n(along[0].strip(s), layouts[i].layer.inputs * STRIP<T>, T(1));
  }
  if (dropout != nullptr && dropout->rates[layouts[i].block] > 0)
    drop(layouts[i], *dropout, workspace, workspace.x[i].view(), along, strips, executor);
}

// Units row ... row_end - 1 of layer i in strip s, from logits to outputs, in place.
template <class T>
void activate_rows(const LayerLayout& layout, const T* learned, Workspace<T>& workspace, std::size_t i,
                   std::size_t s, std::size_t row, std::size_t row_end) {
  const Layer& layer = layout.layer;
  const std::size_t at = row * STRIP<T>;
  T* const z = workspace.x[i + 1].view().strip(s) + at;
  T* const slope = workspace.slope[i].empty() ? nullptr : workspace.slope[i].view().strip(s) + at;
  if (!layer.learned_activation)
    return activate(activation_of(layer), layer.activation_setting, z, slope, (row_end - row) * STRIP<T>);
  T* const excess = workspace.excess[i].empty() ? nullptr : workspace.excess[i].view().strip(s) + at;
  for (std::size_t unit = row; unit < row_end; ++unit) {
    const std::size_t here = (unit - row) * STRIP<T>;
    activate_learned(activation_of(layer), layer.activation_setting, learned[layout.parts.slopes + unit],
                     z + here, slope == nullptr ? nullptr : slope + here,
                     excess == nullptr ? nullptr : excess + here, std::size_t{STRIP<T>});
  }
}

// Output of layer i, a normalization, from its input.
template <class T>
void normalize(const LayerLayout& layout, const T* learned, Workspace<T>& workspace, std::size_t i, bool in_update,
               Range strips, const Executor& executor) {
  const std::size_t units = layout.layer.units;
  if (in_update && layout.layer.uses_batch()) measure_batch(layout, workspace, i, executor);
  const bool parallel = static_cast<double>(units * strips.count() * STRIP<T>) * 8 > PARALLEL_WORK;
  executor.run(strips.count(), parallel, [&](std::size_t task, int) {
    const std::size_t s = strips.begin + task;
    normalize_strip(layout, learned, workspace, i, s);
    activate_rows(layout, learned, workspace, i, s, 0, units);
  });
}

// A member's chain of weights and biases, and all parameters; both are the same for a plain network.
template <class T>
struct ParameterView {
  const T* chain;
  const T* learned;
};

// Runs gathered samples through the network. `dropout` is null outside training, where `take_averages`
// comes first. With `logits_last` the output layer's activation is omitted.
template <class T>
void forward(const std::vector<LayerLayout>& layouts, const ParameterView<T>& parameters,
             Workspace<T>& workspace, const DropoutState* dropout, bool logits_last, Range strips,
             const Executor& executor) {
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    const LayerLayout& layout = layouts[i];
    if (layout.layer.drops)
      drop_before(layouts, i, dropout, workspace, strips, executor);
    if (!layout.layer.is_dense()) {
      normalize(layout, parameters.learned, workspace, i, dropout != nullptr, strips, executor);
      continue;
    }
    const bool left_out = logits_last && i + 1 == layouts.size();
    const bool plain = layout.is_softmax() || left_out;
    logits(layout, parameters.chain, workspace, i, strips, executor,
           [&](std::size_t s, std::size_t row, std::size_t row_end) {
             if (!plain) activate_rows(layout, parameters.learned, workspace, i, s, row, row_end);
           });
    if (layout.is_softmax() && !left_out) softmax(layout, workspace, i, !workspace.slope[i].empty(), strips);
  }
}

}  // namespace deltarule::DELTARULE_LEVEL
