// Matrix products of odd shapes against three nested loops in double; compiled for each level.
#include <cmath>
#include <random>
#include <vector>

#include "core/chain.hpp"
#include "tests/each_level.hpp"

namespace {

using namespace deltarule;
using namespace deltarule::DELTARULE_LEVEL;

template <class T>
constexpr double TOLERANCE = sizeof(T) == 4 ? 1e-5 : 1e-13;

template <class T>
std::vector<T> numbers(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<T> all(count);
  for (T& each : all) each = static_cast<T>(uniform(random));
  return all;
}

// Rows (samples, width) into strips, through the gather that training uses.
template <class T>
OwnedStrips<T> strips_of(const std::vector<T>& rows, std::size_t width, std::size_t samples) {
  OwnedStrips<T> strips(width, samples);
  for (std::size_t s = 0; s < strips_for<T>(samples); ++s) {
    const T* addresses[STRIP<T>];
    const std::size_t here = std::min<std::size_t>(STRIP<T>, samples - s * STRIP<T>);
    for (std::size_t j = 0; j < STRIP<T>; ++j)
      addresses[j] = rows.data() + (s * STRIP<T> + std::min(j, here - 1)) * width;
    gather_strip(addresses, width, strips.view().strip(s));
  }
  return strips;
}

template <class T>
T at(const Strips<T>& strips, std::size_t unit, std::size_t sample) {
  return strips.strip(sample / STRIP<T>)[unit * STRIP<T> + sample % STRIP<T>];
}

// Multiplies (rows, depth) by (depth, samples) in every task of its grid.
template <class T, bool K_MAJOR>
void check_multiply(std::size_t rows, std::size_t depth, std::size_t samples, bool packed) {
  const std::vector<T> left = numbers<T>(rows * depth, 1), right = numbers<T>(samples * depth, 2);
  const std::vector<T> bias = numbers<T>(rows, 3);
  const std::size_t stride = K_MAJOR ? rows : depth;
  OwnedStrips<T> x = strips_of(right, depth, samples), out(rows, samples);
  Buffer<T> scratch(PACK_NUMBERS);
  const std::size_t strips = strips_for<T>(samples), in_last = samples - (strips - 1) * STRIP<T>;
  const Grid grid(rows, {0, strips}, packed);
  std::size_t finished = 0;
  for (std::size_t task = 0; task < grid.tasks(); ++task)
    multiply_block<T, K_MAJOR>({left.data(), stride}, depth, std::as_const(x).view(), out.view(),
                               bias.data(), grid, task,
                               [&](std::size_t s) { return s + 1 == strips && in_last <= LANES<T> ? 1 : 2; },
                               packed, scratch.data(),
                               [&](std::size_t, std::size_t row, std::size_t row_end) {
                                 finished += row_end - row;
                               });
  CHECK(finished == rows * strips);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t sample = 0; sample < samples; ++sample) {
      double sum = static_cast<double>(bias[i]);
      for (std::size_t k = 0; k < depth; ++k)
        sum += static_cast<double>(left[K_MAJOR ? k * stride + i : i * stride + k]) *
               static_cast<double>(right[sample * depth + k]);
      CHECK_NEAR(at(out.view(), i, sample), sum, TOLERANCE<T> * std::sqrt(double(depth) + 1));
    }
  }
}

template <class T>
void check_gradient(std::size_t inputs, std::size_t units, std::size_t samples) {
  const std::vector<T> x = numbers<T>(samples * inputs, 4), d = numbers<T>(samples * units, 5);
  const OwnedStrips<T> left = strips_of(x, inputs, samples);
  const OwnedStrips<T> deltas = strips_of(d, units, samples);
  const std::size_t strips = strips_for<T>(samples), panel = strips * STRIP<T> * STRIP<T>;
  Buffer<T> transposed(ceil_div(units, STRIP<T>) * panel), out((inputs + 1) * units);
  for (std::size_t s = 0; s < strips; ++s)
    transpose_strip(deltas.view(), units, s, transposed.data(), panel);
  const GradientGrid grid(inputs + 1, units);  // the last row: biases
  for (int times = 1; times <= 2; ++times) {
    for (std::size_t task = 0; task < grid.tasks(); ++task) {
      const GradientBlock block(grid, task);
      gradient_block<T>(left.view(), transposed.data(), panel, samples, block,
                        out.data() + block.row * units + block.column, units, times == 2,
                        nullptr);
    }
    for (std::size_t i = 0; i <= inputs; ++i) {
      for (std::size_t j = 0; j < units; ++j) {
        double sum = 0;
        for (std::size_t k = 0; k < samples; ++k)
          sum += (i < inputs ? static_cast<double>(x[k * inputs + i]) : 1.0) *
                 static_cast<double>(d[k * units + j]);
        CHECK_NEAR(out[i * units + j], times * sum, TOLERANCE<T> * std::sqrt(double(samples)) * times);
      }
    }
  }
}

template <class T>
void check_products() {
  const std::size_t shapes[][3] = {{1, 1, 1},   {3, 4, 32},  {6, 5, 16},    {7, 13, 17},   {12, 2, 1},
                                   {13, 31, 9}, {50, 7, 33}, {25, 257, 40}, {100, 530, 5}, {61, 300, 70}};
  for (const auto& [rows, depth, samples] : shapes) {
    for (const bool packed : {false, true}) {
      check_multiply<T, true>(rows, depth, samples, packed);
      check_multiply<T, false>(rows, depth, samples, packed);
    }
    check_gradient<T>(rows, depth, samples);
  }
}

}  // namespace

void run_tests() {
  check_products<float>();
  check_products<double>();
}
