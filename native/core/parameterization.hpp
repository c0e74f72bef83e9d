// From a network's parameters to the weights its layers compute with, and back for gradients, as
// `engines/parameterization.py` defines it: V = f · diag(s) · diag(r) · W · diag(t) for one member.
#pragma once

#include "core/backward.hpp"
#include "core/chain.hpp"
#include "core/thread_pool.hpp"

namespace deltarule::DELTARULE_LEVEL {

// One layer's parameters of one member.
template <class T>
struct MemberParameters {
  const T* weights;
  const T* biases;
  const T* scale;           // (inputs,) or null
  const T* input_factors;   // (inputs,) or null
  const T* output_factors;  // (units,) or null
  T factor;

  MemberParameters(const LayerLayout& layout, const T* all, std::size_t member) {
    const Layer& layer = layout.layer;
    const Parts& parts = layout.parts;
    const bool separate = layer.sharing == Sharing::separate, factors = layer.sharing == Sharing::factors;
    weights = all + parts.weights + (separate ? member * layer.weight_count() : 0);
    biases = layer.bias ? all + parts.biases + (separate || factors ? member * layer.units : 0) : nullptr;
    scale = layer.scale ? all + parts.scale : nullptr;
    input_factors = factors || layer.sharing == Sharing::input_factors
                        ? all + parts.input_factors + member * layer.inputs
                        : nullptr;
    output_factors = factors ? all + parts.output_factors + member * layer.units : nullptr;
    factor = static_cast<T>(layer.weight_factor);
  }

  bool scales_rows() const { return factor != T(1) || scale != nullptr || input_factors != nullptr; }

  T row_factor(std::size_t row) const {
    T product = factor;
    if (scale != nullptr) product *= scale[row];
    if (input_factors != nullptr) product *= input_factors[row];
    return product;
  }
};

// The rows of a layer's weights; a normalization has none.
inline std::size_t weight_rows(const Layer& layer) { return layer.is_dense() ? layer.inputs : 0; }

// Calls use(layout, first row, end row) for rows of weights of all layers, shared by the threads.
template <class Use>
void each_rows(const std::vector<LayerLayout>& layouts, ThreadPool& pool, const Use& use) {
  constexpr std::size_t ROWS = 16;
  std::size_t tasks = 0, numbers = 0;
  for (const LayerLayout& layout : layouts) {
    tasks += ceil_div(weight_rows(layout.layer), ROWS);
    numbers += layout.layer.weight_count();
  }
  pool.run(tasks, static_cast<double>(numbers) * 4 > PARALLEL_WORK, [&](std::size_t task, int) {
    std::size_t i = 0;
    for (; task >= ceil_div(weight_rows(layouts[i].layer), ROWS); ++i)
      task -= ceil_div(weight_rows(layouts[i].layer), ROWS);
    use(layouts[i], task * ROWS, std::min(layouts[i].layer.inputs, (task + 1) * ROWS));
  });
}

// Writes the weights and biases of one member's layers in the layout of a plain network.
template <class T>
void to_chain(const std::vector<LayerLayout>& layouts, const T* all, std::size_t member, T* chain,
              ThreadPool& pool) {
  each_rows(layouts, pool, [&](const LayerLayout& layout, std::size_t row, std::size_t end) {
    const MemberParameters<T> p(layout, all, member);
    const std::size_t units = layout.layer.units;
    for (; row < end; ++row) {
      const T factor = p.row_factor(row);
      const T* const w = p.weights + row * units;
      T* const to = chain + layout.offset + row * units;
      if (p.output_factors == nullptr)
        for (std::size_t k = 0; k < units; ++k) to[k] = factor * w[k];
      else
        for (std::size_t k = 0; k < units; ++k) to[k] = factor * w[k] * p.output_factors[k];
    }
  });
  for (const LayerLayout& layout : layouts) {
    const MemberParameters<T> p(layout, all, member);
    if (p.biases != nullptr)
      std::copy_n(p.biases, layout.layer.units, chain + layout.offset + layout.layer.weight_count());
  }
}

// Σ a b [c], summed in the lanes of a few vectors.
template <class T>
T dot(const T* a, const T* b, const T* c, std::size_t count) {
  Vector<T> sums[2] = {};
  std::size_t i = 0;
  const auto term = [&](std::size_t at) {
    const Vector<T> product = load(a + at) * load(b + at);
    return c == nullptr ? product : product * load(c + at);
  };
  for (; i + 2 * LANES<T> <= count; i += 2 * LANES<T>) {
    sums[0] += term(i);
    sums[1] += term(i + LANES<T>);
  }
  T rest = 0;
  for (; i < count; ++i) rest += a[i] * b[i] * (c == nullptr ? T(1) : c[i]);
  Vector<T> both = sums[0] + sums[1];
  T total = rest;
  for (int lane = 0; lane < LANES<T>; ++lane) total += both[lane];
  return total;
}

// Adds the gradient of all parameters that follows from the gradient of one member's chain.
template <class T>
void pull_back(const std::vector<LayerLayout>& layouts, const T* all, const T* chain, std::size_t member,
               T* gradient, ThreadPool& pool) {
  each_rows(layouts, pool, [&](const LayerLayout& layout, std::size_t row, std::size_t end) {
    const MemberParameters<T> p(layout, all, member);
    const Parts& parts = layout.parts;
    const std::size_t units = layout.layer.units;
    T* const to_weights = gradient + (p.weights - all);
    for (; row < end; ++row) {
      const T factor = p.row_factor(row);
      const T* const g = chain + layout.offset + row * units;
      T* const to = to_weights + row * units;
      if (p.output_factors == nullptr)
        for (std::size_t k = 0; k < units; ++k) to[k] += factor * g[k];
      else
        for (std::size_t k = 0; k < units; ++k) to[k] += factor * g[k] * p.output_factors[k];
      if (p.scale == nullptr && p.input_factors == nullptr) continue;
      const T sum = p.factor * dot(g, p.weights + row * units, p.output_factors, units);
      if (p.scale != nullptr)
        gradient[parts.scale + row] += p.input_factors == nullptr ? sum : sum * p.input_factors[row];
      if (p.input_factors != nullptr)
        gradient[static_cast<std::size_t>(p.input_factors - all) + row] +=
            p.scale == nullptr ? sum : sum * p.scale[row];
    }
  });
  for (const LayerLayout& layout : layouts) {
    const MemberParameters<T> p(layout, all, member);
    const Layer& layer = layout.layer;
    if (p.biases != nullptr) {
      const T* const g = chain + layout.offset + layer.weight_count();
      T* const to = gradient + (p.biases - all);
      for (std::size_t k = 0; k < layer.units; ++k) to[k] += g[k];
    }
    if (p.output_factors == nullptr) continue;
    T* const to = gradient + (p.output_factors - all);
    for (std::size_t row = 0; row < layer.inputs; ++row) {
      const T factor = p.row_factor(row);
      const T* const g = chain + layout.offset + row * layer.units;
      const T* const w = p.weights + row * layer.units;
      for (std::size_t k = 0; k < layer.units; ++k) to[k] += factor * w[k] * g[k];
    }
  }
}

// Sets the gradient of what updates leave as it is to 0.
template <class T>
void clear_fixed(const Plan& plan, T* gradient) {
  for (const Group& group : plan.groups) {
    if (!group.trainable) std::fill_n(gradient, group.count, T(0));
    gradient += group.count;
  }
}

// Updates all parameters, each group with its learning rate and weight decay.
template <class T>
void update_groups(const Plan& plan, const UpdateValues& values, std::uint64_t t, Memory<T>& memory,
                   const T* gradient, ThreadPool& pool) {
  struct Span {
    std::size_t first, count, step;
  };
  constexpr std::size_t CHUNK = 4096;
  std::vector<Step<T>> steps;
  std::vector<Span> spans;
  const std::size_t total = plan.parameter_count();
  std::size_t first = 0;
  const auto add = [&](const Group& group) {
    if (!group.trainable) {
      first += group.count;
      return;
    }
    steps.push_back({plan.optimizer,
                     {values.learning_rate * group.rate_factor, values.weight_decay * group.decay_factor, t,
                      memory.momentum_product}});
    const std::size_t end = first + group.count;
    for (; first < end; first += std::min(CHUNK, end - first))
      spans.push_back({first, std::min(CHUNK, end - first), steps.size() - 1});
  };
  if (plan.groups.empty()) add({total, 1, 1, true});
  for (const Group& group : plan.groups) add(group);
  pool.run(spans.size(), total > 4 * CHUNK, [&](std::size_t task, int) {
    const Span& span = spans[task];
    update_span(steps[span.step], memory, span.first, gradient + span.first, span.count);
  });
}

}  // namespace deltarule::DELTARULE_LEVEL
