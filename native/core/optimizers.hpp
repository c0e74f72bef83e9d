// Optimizers: how a gradient g changes the parameters w, as `deltarule.optimizers` defines them. To add
// one, add its name and its number of slots to the list, its formula to `update_vector`, and settings that
// no other optimizer has to the list of settings.
#pragma once

#include <algorithm>
#include <cmath>

#include "core/compute.hpp"
#include "core/names.hpp"
#include "core/plan.hpp"
#include "core/vector.hpp"

#define DELTARULE_OPTIMIZERS(X)                                                          \
  X(gradient_descent, 0) X(momentum, 1) X(nesterov, 1) X(adagrad, 1) X(adadelta, 2)      \
  X(rmsprop, 1) X(adam, 2) X(adamw, 2) X(nadam, 2) X(amsgrad, 3) X(adamax, 2) X(lion, 1)

#define DELTARULE_OPTIMIZER_SETTINGS(X)                                        \
  X(momentum) X(decay) X(decay_mean) X(decay_square) X(epsilon)                \
  X(momentum_decay) X(epsilon_inside) X(epsilon_uncorrected)

namespace deltarule::DELTARULE_LEVEL {

enum class OptimizerKind : int { DELTARULE_OPTIMIZERS(DELTARULE_ENUMERATOR) };
constexpr const char* OPTIMIZER_NAMES[] = {DELTARULE_OPTIMIZERS(DELTARULE_NAME)};

enum class Setting : int { DELTARULE_OPTIMIZER_SETTINGS(DELTARULE_ENUMERATOR) count };
constexpr const char* OPTIMIZER_SETTING_NAMES[] = {DELTARULE_OPTIMIZER_SETTINGS(DELTARULE_NAME)};
static_assert(static_cast<std::size_t>(Setting::count) <= MAX_OPTIMIZER_SETTINGS);

inline OptimizerKind kind_of(const Optimizer& o) { return static_cast<OptimizerKind>(o.formula); }
inline double value_of(const Optimizer& o, Setting setting) {
  return o.settings[static_cast<std::size_t>(setting)];
}

// How many vectors of the parameters' length an optimizer keeps.
#define DELTARULE_SLOT_COUNT(name, slots) slots,
constexpr std::size_t SLOT_COUNTS[] = {DELTARULE_OPTIMIZERS(DELTARULE_SLOT_COUNT)};
#undef DELTARULE_SLOT_COUNT
constexpr std::size_t slot_count(OptimizerKind kind) { return SLOT_COUNTS[static_cast<int>(kind)]; }

// What differs from one update to the next. t counts from 1.
struct UpdateScalars {
  double rate;
  double weight_decay;
  std::uint64_t t;
  double momentum_product;  // Nadam: the product up to and including t
};

inline double nadam_momentum(const Optimizer& o, std::uint64_t t) {
  const double decay = value_of(o, Setting::momentum_decay);
  return value_of(o, Setting::decay_mean) * (1 - 0.5 * std::pow(0.96, static_cast<double>(t) * decay));
}

// Brings what an optimizer keeps beside its slots to update t.
template <class T>
void advance(const Optimizer& o, Memory<T>& memory, std::uint64_t t) {
  if (kind_of(o) == OptimizerKind::nadam) memory.momentum_product *= nadam_momentum(o, t);
}

// The numbers of one update, computed once for all parameters.
template <class T>
struct Step {
  OptimizerKind kind;
  T rate, momentum, epsilon, decay, decay_rest, decay_mean, mean_rest, decay_square, square_rest;
  T mean_step;       // rate / (1 - decay_mean^t): bias correction
  T square_scale;    // 1 / (1 - decay_square^t)
  T keep;            // AdamW: the share of a weight that decay leaves
  T epsilon_inside;  // RMSprop, AdaGrad: under the root
  T of_mean, of_gradient;  // Nadam

  Step(const Optimizer& o, const UpdateScalars& scalars)
      : kind(kind_of(o)),
        rate(static_cast<T>(scalars.rate)),
        momentum(static_cast<T>(value_of(o, Setting::momentum))),
        epsilon(static_cast<T>(value_of(o, Setting::epsilon))),
        decay(static_cast<T>(value_of(o, Setting::decay))),
        decay_rest(static_cast<T>(1 - value_of(o, Setting::decay))),
        decay_mean(static_cast<T>(value_of(o, Setting::decay_mean))),
        mean_rest(static_cast<T>(1 - value_of(o, Setting::decay_mean))),
        decay_square(static_cast<T>(value_of(o, Setting::decay_square))),
        square_rest(static_cast<T>(1 - value_of(o, Setting::decay_square))),
        mean_step(rate),
        square_scale(1),
        keep(static_cast<T>(1 - scalars.rate * scalars.weight_decay)),
        epsilon_inside(static_cast<T>(value_of(o, Setting::epsilon_inside))),
        of_mean(1),
        of_gradient(0) {
    if (slot_count(kind) < 2 || kind == OptimizerKind::adadelta) return;
    const double t = static_cast<double>(scalars.t);
    mean_step = static_cast<T>(scalars.rate / (1 - std::pow(value_of(o, Setting::decay_mean), t)));
    const double square_correction = 1 / (1 - std::pow(value_of(o, Setting::decay_square), t));
    square_scale = static_cast<T>(square_correction);
    // ε added to √v is ε / √(1 - decay_square^t) added to the corrected root
    epsilon += static_cast<T>(value_of(o, Setting::epsilon_uncorrected) * std::sqrt(square_correction));
    if (kind != OptimizerKind::nadam) return;
    const double now = nadam_momentum(o, scalars.t), next = nadam_momentum(o, scalars.t + 1);
    of_mean = static_cast<T>(next / (1 - scalars.momentum_product * next));
    of_gradient = static_cast<T>((1 - now) / (1 - scalars.momentum_product));
  }
};

// A vector of parameters and one of each slot.
template <class V>
struct Weights {
  V w, s0, s1, s2;
};

template <class T, class V>
inline void update_moments(const Step<T>& step, Weights<V>& p, V g) {
  p.s0 = p.s0 * step.decay_mean + g * step.mean_rest;
  p.s1 = p.s1 * step.decay_square + (g * step.square_rest) * g;
}

// One update of a vector of parameters by the gradient g.
template <OptimizerKind KIND, class T, class V = Vector<T>>
inline void update_vector(const Step<T>& o, Weights<V>& p, V g) {
  if constexpr (KIND == OptimizerKind::gradient_descent) {
    p.w -= g * o.rate;
  } else if constexpr (KIND == OptimizerKind::momentum) {
    p.s0 = p.s0 * o.momentum - g * o.rate;
    p.w += p.s0;
  } else if constexpr (KIND == OptimizerKind::nesterov) {
    p.s0 = p.s0 * o.momentum - g * o.rate;
    p.w += p.s0 * o.momentum - g * o.rate;
  } else if constexpr (KIND == OptimizerKind::adagrad) {
    p.s0 += g * g;
    p.w -= (g * o.rate) / (square_root<T>(p.s0 + o.epsilon_inside) + o.epsilon);
  } else if constexpr (KIND == OptimizerKind::adadelta) {
    p.s0 = p.s0 * o.decay + (g * o.decay_rest) * g;
    const V step = square_root<T>(p.s1 + o.epsilon) / square_root<T>(p.s0 + o.epsilon) * g;
    p.s1 = p.s1 * o.decay + (step * o.decay_rest) * step;
    p.w -= step * o.rate;
  } else if constexpr (KIND == OptimizerKind::rmsprop) {
    p.s0 = p.s0 * o.decay + (g * o.decay_rest) * g;
    p.w -= (g * o.rate) / (square_root<T>(p.s0 + o.epsilon_inside) + o.epsilon);
  } else if constexpr (KIND == OptimizerKind::adam) {
    update_moments(o, p, g);
    p.w -= (p.s0 * o.mean_step) / (square_root<T>(p.s1 * o.square_scale) + o.epsilon);
  } else if constexpr (KIND == OptimizerKind::adamw) {
    update_moments(o, p, g);
    p.w = p.w * o.keep - (p.s0 * o.mean_step) / (square_root<T>(p.s1 * o.square_scale) + o.epsilon);
  } else if constexpr (KIND == OptimizerKind::amsgrad) {
    update_moments(o, p, g);
    p.s2 = larger(p.s2, p.s1);
    p.w -= (p.s0 * o.mean_step) / (square_root<T>(p.s2 * o.square_scale) + o.epsilon);
  } else if constexpr (KIND == OptimizerKind::nadam) {
    update_moments(o, p, g);
    const V mean = p.s0 * o.of_mean + g * o.of_gradient;
    p.w -= (mean * o.rate) / (square_root<T>(p.s1 * o.square_scale) + o.epsilon);
  } else if constexpr (KIND == OptimizerKind::adamax) {
    p.s0 = p.s0 * o.decay_mean + g * o.mean_rest;
    p.s1 = larger(absolute(g), p.s1 * o.decay_square);
    p.w -= (p.s0 * o.mean_step) / (p.s1 + o.epsilon);
  } else if constexpr (KIND == OptimizerKind::lion) {
    p.w -= sign_of<T>(p.s0 * o.decay_mean + g * o.mean_rest) * o.rate;
    p.s0 = p.s0 * o.decay_square + g * o.square_rest;
  }
}

// Updates parameters first ... first + count - 1 with the gradient g of shape (count,).
template <OptimizerKind KIND, class T>
void update_span_of(const Step<T>& step, const Memory<T>& memory, std::size_t first, const T* g,
                    std::size_t count) {
  constexpr std::size_t SLOTS = slot_count(KIND);
  const auto one = [&](T* w, T* const* slots, const T* gradient) {
    Weights<Vector<T>> p{load(w), {}, {}, {}};
    if constexpr (SLOTS > 0) p.s0 = load(slots[0]);
    if constexpr (SLOTS > 1) p.s1 = load(slots[1]);
    if constexpr (SLOTS > 2) p.s2 = load(slots[2]);
    update_vector<KIND, T>(step, p, load(gradient));
    store(w, p.w);
    if constexpr (SLOTS > 0) store(slots[0], p.s0);
    if constexpr (SLOTS > 1) store(slots[1], p.s1);
    if constexpr (SLOTS > 2) store(slots[2], p.s2);
  };
  std::size_t i = 0;
  for (; i + LANES<T> <= count; i += LANES<T>) {
    T* slots[3];
    for (std::size_t s = 0; s < SLOTS; ++s) slots[s] = memory.slots[s] + first + i;
    one(memory.weights + first + i, slots, g + i);
  }
  if (i == count) return;
  T part[5][LANES<T>] = {};  // the rest in padded vectors: the numbers that follow belong to others
  T* slots[3] = {part[1], part[2], part[3]};
  const std::size_t left = count - i;
  std::copy_n(memory.weights + first + i, left, part[0]);
  for (std::size_t s = 0; s < SLOTS; ++s) std::copy_n(memory.slots[s] + first + i, left, slots[s]);
  std::copy_n(g + i, left, part[4]);
  one(part[0], slots, part[4]);
  std::copy_n(part[0], left, memory.weights + first + i);
  for (std::size_t s = 0; s < SLOTS; ++s) std::copy_n(slots[s], left, memory.slots[s] + first + i);
}

template <class T>
void update_span(const Step<T>& step, const Memory<T>& memory, std::size_t first, const T* g,
                 std::size_t count) {
  switch (step.kind) {
#define DELTARULE_CASE(name, slots) \
  case OptimizerKind::name: return update_span_of<OptimizerKind::name>(step, memory, first, g, count);
    DELTARULE_OPTIMIZERS(DELTARULE_CASE)
#undef DELTARULE_CASE
  }
}

}  // namespace deltarule::DELTARULE_LEVEL
