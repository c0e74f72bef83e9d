// exp, log, tanh and their relatives for vectors.
//
// float: own polynomials, whose errors native/tests/each_level_elementary.cpp measures over the whole range:
// below 1 ulp for exp, e^x - 1 and log, 1.3 for log(1 + x) and tanh, 2.1 for the logistic function, 6 for the
// normal distribution (its tail is a product of four rounded factors); sin and cos are off by 8e-8.
// double: the C library, lane by lane.
#pragma once

#include <cmath>

#include "core/vector.hpp"

namespace deltarule::DELTARULE_LEVEL {

using Float = Vector<float>;
using FloatBits = Whole<float>;

inline FloatBits bits_of(Float x) { return FloatBits(x); }
inline Float from_bits(FloatBits b) { return Float(b); }

// 2^n for whole n from -126 to 127, n given as an integer.
inline Float power_of_two(FloatBits n) { return from_bits((n + 127) << 23); }

constexpr float ROUNDING = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
constexpr std::int32_t ROUNDING_BITS = 0x4B400000;

// x = n ln 2 + r with whole n and |r| <= ln 2 / 2; ln 2 in two parts, the first with few bits, so that
// n times it is exact (Cody and Waite 1980).
struct Reduced {
  FloatBits n;
  Float r;
};
inline Reduced reduce(Float x) {
  const Float shifted = x * 1.44269504088896341f + ROUNDING;
  const Float n = shifted - ROUNDING;
  Float r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  return {bits_of(shifted) - ROUNDING_BITS, r};
}

// e^r - 1 - r over r^2 for |r| <= ln 2 / 2 (minimax polynomial of Cephes' expf, Moshier 1992).
inline Float exp_tail(Float r) {
  Float p = 1.9875691500e-4f * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  return p * r + 5.0000001201e-1f;
}

inline Float exponential(Float x) {
  const Float cut = smaller(all(89.0f), larger(all(-104.0f), x));  // NaN stays NaN
  const auto [n, r] = reduce(cut);
  const Float power = (exp_tail(r) * (r * r) + r) + 1.0f;
  // In two halves, because 2^n alone may be too large or too small for a float.
  const FloatBits half = n >> 1;
  return power * power_of_two(half) * power_of_two(n - half);
}

// e^x - 1 without cancellation, for x <= 0.
inline Float exponential_less_one(Float x) {
  const Float cut = larger(all(-30.0f), x);
  const auto [n, r] = reduce(cut);
  const Float scale = power_of_two(n);
  const Float less_one = exp_tail(r) * (r * r) + r;
  return less_one * scale + (scale - 1.0f);
}

// Natural logarithm (Cephes' logf): x = m 2^e with m from √½ to √2, a polynomial in m - 1.
inline Float logarithm(Float x) {
  const FloatBits tiny = x < 1.17549435e-38f;
  const Float y = tiny ? x * 8388608.0f : x;  // scales denormal numbers by 2^23
  FloatBits e = ((bits_of(y) >> 23) & 0xFF) - 126;
  Float m = from_bits((bits_of(y) & 0x007FFFFF) | 0x3F000000);  // from ½ to 1
  const FloatBits low = m < 0.707106781186547524f;
  m = low ? m + m : m;
  e = low ? e - 1 : e;
  e = tiny ? e - 23 : e;
  const Float exponent = __builtin_convertvector(e, Float);
  const Float f = m - 1.0f;
  const Float square = f * f;
  Float p = 7.0376836292e-2f * f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  Float tail = p * f * square;
  tail = exponent * -2.12194440e-4f + tail;
  tail = tail - 0.5f * square;
  Float result = (f + tail) + exponent * 0.693359375f;
  const float infinity = std::numeric_limits<float>::infinity();
  result = x == infinity ? x : result;
  result = x == 0 ? all(-infinity) : result;
  return x >= 0 ? result : all(std::numeric_limits<float>::quiet_NaN());
}

// log(1 + y) for 0 <= y <= 1, corrected for the rounding error of 1 + y.
inline Float logarithm_of_one_more(Float y) {
  const Float u = y + 1.0f;
  return logarithm(u) + (y - (u - 1.0f)) / u;
}

// Hyperbolic tangent (Cephes' tanhf): a polynomial near 0, through e^2x elsewhere.
inline Float hyperbolic_tangent(Float x) {
  const Float a = absolute(x);
  const Float s = x * x;
  Float p = -5.70498872745e-3f * s + 2.06390887954e-2f;
  p = p * s - 5.37397155531e-2f;
  p = p * s + 1.33314422036e-1f;
  p = p * s - 3.33332819422e-1f;
  const Float near = p * s * x + x;
  const Float far = 1.0f - 2.0f / (exponential(smaller(a, all(20.0f)) * 2.0f) + 1.0f);
  const Float result = a < 0.625f ? near : (x < 0 ? -far : far);
  return x == x ? result : x;
}

// Φ(x), the standard normal distribution: Φ(-a) = e^(-a²/2) t P(t) with t = 1 / (1 + 0.4 a), P fitted by
// weighted least squares to a relative error of 1.5e-8 for a up to 14.5, where Φ(-a) is 0 in float.
inline Float normal_distribution(Float x) {
  const Float a = smaller(all(14.5f), absolute(x));
  const Float t = 1.0f / (a * 0.4f + 1.0f);
  Float p = t * 3.220853612e-02f - 1.767712138e-01f;
  p = p * t + 3.821695461e-01f;
  p = p * t - 3.737880764e-01f;
  p = p * t + 1.192226875e-01f;
  p = p * t - 2.666078952e-02f;
  p = p * t + 9.126016266e-02f;
  p = p * t + 1.331580380e-01f;
  p = p * t + 1.596250963e-01f;
  p = p * t + 1.595760208e-01f;
  // a² in two parts, the first of them exact, because the exponential multiplies errors by a².
  const Float high = from_bits(bits_of(a) & ~0xFFF);
  const Float rest = (a - high) * (a + high);
  const Float below = exponential(high * high * -0.5f) * exponential(rest * -0.5f) * (t * p);
  return x < 0 ? below : 1.0f - below;  // NaN stays NaN
}

// Sine and cosine (Cephes' sinf and cosf): x minus a multiple of π/2 in three parts (Cody and Waite 1980),
// then a polynomial. Accurate for |x| up to 8192; larger x keep only rounding errors, limited to [-1, 1].
template <class V>
struct SineCosine {
  V sine, cosine;
};

inline SineCosine<Float> sine_cosine(Float x) {
  const Float shifted = x * 0.636619772367581343f + ROUNDING;
  const Float n = shifted - ROUNDING;
  Float r = x - n * 1.5703125f;
  r = r - n * 4.837512969970703125e-4f;
  r = r - n * 7.54978995489188216e-8f;
  const Float s = r * r;
  Float p = -1.9515295891e-4f * s + 8.3321608736e-3f;
  p = p * s - 1.6666654611e-1f;
  const Float sine = p * s * r + r;
  Float q = 2.443315711809948e-5f * s - 1.388731625493765e-3f;
  q = q * s + 4.166664568298827e-2f;
  const Float cosine = q * s * s - 0.5f * s + 1.0f;
  const FloatBits quarter = bits_of(shifted) - ROUNDING_BITS;
  const FloatBits odd = (quarter & 1) != 0;
  const Float one = all(1.0f);
  const Float a = larger(-one, smaller(one, odd ? cosine : sine));
  const Float b = larger(-one, smaller(one, odd ? sine : cosine));
  return {(quarter & 2) != 0 ? -a : a, ((quarter + 1) & 2) != 0 ? -b : b};
}

using Double = Vector<double>;

inline SineCosine<Double> sine_cosine(Double x) {
  return {lane_by_lane<double>(x, [](double a) { return std::sin(a); }),
          lane_by_lane<double>(x, [](double a) { return std::cos(a); })};
}

inline Double exponential(Double x) {
  return lane_by_lane<double>(x, [](double a) { return std::exp(a); });
}
inline Double exponential_less_one(Double x) {
  return lane_by_lane<double>(x, [](double a) { return std::expm1(a); });
}
inline Double logarithm(Double x) {
  return lane_by_lane<double>(x, [](double a) { return std::log(a); });
}
inline Double logarithm_of_one_more(Double x) {
  return lane_by_lane<double>(x, [](double a) { return std::log1p(a); });
}
inline Double hyperbolic_tangent(Double x) {
  return lane_by_lane<double>(x, [](double a) { return std::tanh(a); });
}
inline Double normal_distribution(Double x) {
  return lane_by_lane<double>(
      x, [](double a) { return 0.5 * std::erfc(-a * 0.70710678118654752440); });
}

// 1 / (1 + e^-x) without overflow.
template <class V>
inline V logistic(V x) {
  const V small = exponential(-absolute(x));  // from 0 to 1
  const V one = V{} + 1;
  return (x >= 0 ? one : small) / (one + small);
}

// log(1 + e^x) without overflow.
template <class V>
inline V softplus(V x) {
  return (x > 0 ? x : V{}) + logarithm_of_one_more(exponential(-absolute(x)));
}

}  // namespace deltarule::DELTARULE_LEVEL
