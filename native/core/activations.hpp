// Activations g(z) and their slopes g'(z), as `deltarule.activations` defines them. To add one, add its
// name to the list and its formula to `with_formula`.
#pragma once

#include "core/elementary.hpp"
#include "core/names.hpp"
#include "core/plan.hpp"

#define DELTARULE_ACTIVATIONS(X)                                                       \
  X(identity) X(sign) X(step) X(sigmoid) X(tanh) X(relu) X(leaky_relu) X(elu) X(selu)  \
  X(gelu) X(silu) X(mish) X(softplus) X(softsign) X(exponential) X(softmax)

namespace deltarule::DELTARULE_LEVEL {

enum class Activation : int { DELTARULE_ACTIVATIONS(DELTARULE_ENUMERATOR) };
constexpr const char* ACTIVATION_NAMES[] = {DELTARULE_ACTIVATIONS(DELTARULE_NAME)};

inline Activation activation_of(const Layer& layer) { return static_cast<Activation>(layer.activation); }

constexpr double SELU_ALPHA = 1.6732632423543772;
constexpr double SELU_SCALE = 1.0507009873554805;

template <class V>
struct Curve {
  V value;
  V slope;
};

// Calls use(formula), formula: z -> Curve. Softmax depends on whole rows and has its own functions.
template <class T, class Use>
void with_formula(Activation activation, double setting, Use&& use) {
  using V = Vector<T>;
  const V one = all(T(1)), zero{};
  const T a = static_cast<T>(setting);
  switch (activation) {
    case Activation::identity:
      return use([=](V z) { return Curve<V>{z, one}; });
    case Activation::sign:
      return use([=](V z) { return Curve<V>{sign_of<T>(z), zero}; });
    case Activation::step:
      return use([=](V z) { return Curve<V>{z >= 0 ? one : zero, zero}; });
    case Activation::sigmoid:
      return use([=](V z) {
        const V small = exponential(-absolute(z)), low = small / (one + small);
        const V high = one / (one + small);
        return Curve<V>{z >= 0 ? high : low, high * low};
      });
    case Activation::tanh:
      return use([=](V z) {
        const V t = hyperbolic_tangent(z);
        return Curve<V>{t, one - t * t};
      });
    case Activation::relu:  // NaN stays NaN
      return use([=](V z) { return Curve<V>{z < 0 ? zero : z, z > 0 ? one : zero}; });
    case Activation::leaky_relu:
      return use([=](V z) { return Curve<V>{z > 0 ? z : z * a, z > 0 ? one : all(a)}; });
    case Activation::elu:
      return use([=](V z) {
        const V below = z > 0 ? zero : z;
        return Curve<V>{z > 0 ? z : exponential_less_one(below) * a,
                        z > 0 ? one : exponential(below) * a};
      });
    case Activation::selu: {
      const T scale = static_cast<T>(SELU_SCALE), both = static_cast<T>(SELU_SCALE * SELU_ALPHA);
      return use([=](V z) {
        const V below = z > 0 ? zero : z;
        return Curve<V>{z > 0 ? z * scale : exponential_less_one(below) * both,
                        z > 0 ? all(scale) : exponential(below) * both};
      });
    }
    case Activation::gelu: {
      const T density = static_cast<T>(0.39894228040143267794);  // 1 / sqrt(2 pi)
      return use([=](V z) {
        const V phi = normal_distribution(z);
        return Curve<V>{z * phi, phi + z * (exponential(z * z * T(-0.5)) * density)};
      });
    }
    case Activation::silu:
      return use([=](V z) {
        const V s = logistic(z);
        return Curve<V>{z * s, s * (one + z * logistic(-z))};
      });
    case Activation::mish:
      return use([=](V z) {
        const V t = hyperbolic_tangent(softplus(z));
        return Curve<V>{z * t, t + z * (one - t * t) * logistic(z)};
      });
    case Activation::softplus:
      return use([=](V z) { return Curve<V>{softplus(z), logistic(z)}; });
    case Activation::softsign:
      return use([=](V z) {
        const V share = one / (one + absolute(z));
        return Curve<V>{z * share, share * share};
      });
    case Activation::exponential:
      return use([=](V z) {
        const V e = exponential(z);
        return Curve<V>{e, e};
      });
    case Activation::softmax:
      return;
  }
}

// Whether backpropagation reads g'(z) from an array. Identity needs none, ReLU's follows from g(z).
inline bool stores_slope(const Layer& layer, bool dropout_follows) {
  const Activation activation = activation_of(layer);
  const bool plain = activation == Activation::identity || activation == Activation::relu;
  return dropout_follows || !plain || layer.learned_activation;
}

// z <- g(z) in place, and slope <- g'(z) unless slope is null; `count` is a multiple of the vector size.
template <class T>
void activate(Activation activation, double setting, T* z, T* slope, std::size_t count) {
  if (activation == Activation::identity && slope == nullptr) return;
  with_formula<T>(activation, setting, [&](auto formula) {
    if (slope == nullptr) {
      for (std::size_t i = 0; i < count; i += LANES<T>) store(z + i, formula(load(z + i)).value);
    } else {
      for (std::size_t i = 0; i < count; i += LANES<T>) {
        const Curve<Vector<T>> curve = formula(load(z + i));
        store(z + i, curve.value);
        store(slope + i, curve.slope);
      }
    }
  });
}

// One unit of one strip with a learned activation: z <- z + a (g(z) - z) in place; and unless they are
// null, slope <- 1 + a (g'(z) - 1) and excess <- g(z) - z. `count` is a multiple of the vector size.
template <class T>
void activate_learned(Activation activation, double setting, T a, T* z, T* slope, T* excess,
                      std::size_t count) {
  with_formula<T>(activation, setting, [&](auto formula) {
    for (std::size_t i = 0; i < count; i += LANES<T>) {
      const Vector<T> before = load(z + i);
      const Curve<Vector<T>> curve = formula(before);
      const Vector<T> more = curve.value - before;
      store(z + i, before + more * a);
      if (slope == nullptr) continue;
      store(slope + i, (curve.slope - T(1)) * a + T(1));
      store(excess + i, more);
    }
  });
}

// Softmax over the units of each sample of one strip, z of shape (units, STRIP), in place.
template <class T>
void softmax_strip(T* z, std::size_t units) {
  for (int v = 0; v < STRIP<T>; v += LANES<T>) {
    Vector<T> top = load(z + v);
    for (std::size_t j = 1; j < units; ++j) top = larger(load(z + j * STRIP<T> + v), top);
    Vector<T> sum{};
    for (std::size_t j = 0; j < units; ++j) {
      const Vector<T> power = exponential(load(z + j * STRIP<T> + v) - top);
      store(z + j * STRIP<T> + v, power);
      sum += power;
    }
    const Vector<T> share = all(T(1)) / sum;
    for (std::size_t j = 0; j < units; ++j)
      store(z + j * STRIP<T> + v, load(z + j * STRIP<T> + v) * share);
  }
}

// delta <- g (delta - sum of delta g): backward through softmax for one strip.
template <class T>
void softmax_backward_strip(const T* g, T* delta, std::size_t units) {
  for (int v = 0; v < STRIP<T>; v += LANES<T>) {
    Vector<T> sum{};
    for (std::size_t j = 0; j < units; ++j)
      sum += load(g + j * STRIP<T> + v) * load(delta + j * STRIP<T> + v);
    for (std::size_t j = 0; j < units; ++j) {
      const std::size_t at = j * STRIP<T> + v;
      store(delta + at, load(g + at) * (load(delta + at) - sum));
    }
  }
}

}  // namespace deltarule::DELTARULE_LEVEL
