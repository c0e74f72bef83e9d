// Vectors of T as wide as the instruction level allows, in the compiler's vector types.
//
// Everything that depends on the instruction level lives in a namespace of that level's name, so that
// the same sources can be compiled several times into one library.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#ifndef DELTARULE_LEVEL
#error "compile through native/core/levels/*.cpp, which say for which instruction level"
#endif

namespace deltarule::DELTARULE_LEVEL {

#if defined(DELTARULE_VECTOR_BYTES)  // for tests: wider than the instructions, which is slower
constexpr int VECTOR_BYTES = DELTARULE_VECTOR_BYTES;
#elif defined(__AVX512F__)
constexpr int VECTOR_BYTES = 64;
#elif defined(__AVX2__)
constexpr int VECTOR_BYTES = 32;
#else
constexpr int VECTOR_BYTES = 16;
#endif

template <class T>
struct VectorTypes;
template <>
struct VectorTypes<float> {
  typedef float Real __attribute__((vector_size(VECTOR_BYTES)));
  typedef std::int32_t Whole __attribute__((vector_size(VECTOR_BYTES)));
};
template <>
struct VectorTypes<double> {
  typedef double Real __attribute__((vector_size(VECTOR_BYTES)));
  typedef std::int64_t Whole __attribute__((vector_size(VECTOR_BYTES)));
};
template <class T>
using Vector = typename VectorTypes<T>::Real;
template <class T>
using Whole = typename VectorTypes<T>::Whole;  // integers of T's width; the type of comparisons

template <class T>
constexpr int LANES = VECTOR_BYTES / static_cast<int>(sizeof(T));

// A strip is STRIP samples side by side; batches are stored strip by strip (see products.hpp).
constexpr int STRIP_VECTORS = 2;
template <class T>
constexpr int STRIP = STRIP_VECTORS * LANES<T>;

template <class T>
inline Vector<T> load(const T* from) {
  Vector<T> v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}

// Loads the first `count` numbers of a vector, or all of it; the other lanes are zeros.
template <class T>
inline Vector<T> load_up_to(const T* from, std::size_t count) {
  if (count >= LANES<T>) return load(from);
#if defined(__AVX512F__) && !defined(DELTARULE_VECTOR_BYTES)
  const auto mask = (1u << count) - 1;
  if constexpr (sizeof(T) == 4) return Vector<T>(_mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), from));
  else return Vector<T>(_mm512_maskz_loadu_pd(static_cast<__mmask8>(mask), from));
#else
  Vector<T> v{};
  for (int lane = 0; lane < LANES<T>; ++lane)
    if (static_cast<std::size_t>(lane) < count) v[lane] = from[lane];
  return v;
#endif
}

template <class T>
inline void store(T* to, Vector<T> v) {
  __builtin_memcpy(to, &v, sizeof v);
}

template <class T>
inline Vector<T> all(T value) {
  return value - Vector<T>{};  // x - 0 is x for every x, the signed zeros and NaN included
}

template <class V>
inline V larger(V a, V b) {  // b where one of them is NaN
  return a > b ? a : b;
}

template <class V>
inline V smaller(V a, V b) {
  return a < b ? a : b;
}

template <class V>
inline V absolute(V a) {
  return a < 0 ? -a : a + 0;  // + 0: |-0| is +0
}

template <class T>
inline Vector<T> sign_of(Vector<T> a) {  // NaN stays NaN
  const Vector<T> zero{};
  return a > 0 ? all(T(1)) : (a < 0 ? all(T(-1)) : (a == 0 ? zero : a));
}

template <class T, class F>
inline Vector<T> lane_by_lane(Vector<T> v, F f) {
  for (int i = 0; i < LANES<T>; ++i) v[i] = f(v[i]);
  return v;
}

template <class T>
inline Vector<T> square_root(Vector<T> v) {
#if defined(DELTARULE_VECTOR_BYTES)
  return lane_by_lane<T>(v, [](T x) { return std::sqrt(x); });
#elif defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) return Vector<T>(_mm512_sqrt_ps(__m512(v)));
  else return Vector<T>(_mm512_sqrt_pd(__m512d(v)));
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4) return Vector<T>(_mm256_sqrt_ps(__m256(v)));
  else return Vector<T>(_mm256_sqrt_pd(__m256d(v)));
#elif defined(__x86_64__)
  if constexpr (sizeof(T) == 4) return Vector<T>(_mm_sqrt_ps(__m128(v)));
  else return Vector<T>(_mm_sqrt_pd(__m128d(v)));
#else
  return lane_by_lane<T>(v, [](T x) { return std::sqrt(x); });
#endif
}

}  // namespace deltarule::DELTARULE_LEVEL
