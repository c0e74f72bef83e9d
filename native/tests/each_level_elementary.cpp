// exp, log, tanh and their relatives in float against the C library in double, over the whole range:
// errors in units in the last place (ulp) of the true value.
#include "core/elementary.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tests/each_level.hpp"

namespace {

using namespace deltarule;
using namespace deltarule::DELTARULE_LEVEL;

constexpr std::uint32_t STRIDE = 2003;  // bit patterns between two tested numbers: 2 million in all

// |got - wanted| in ulps of float; where wanted overflows or is NaN, got must do the same.
double ulps(float got, double wanted) {
  const float rounded = static_cast<float>(wanted);
  if (std::isnan(wanted)) return std::isnan(got) ? 0 : 1e9;
  if (std::isinf(rounded)) {
    // The neighbor of the largest float is accepted.
    return got == rounded || got == std::copysign(std::numeric_limits<float>::max(), rounded) ? 0 : 1e9;
  }
  if (!std::isfinite(got)) return std::abs(wanted) > 3.4028230e38 ? 0 : 1e9;
  int exponent = 0;
  std::frexp(wanted, &exponent);
  const double unit = std::ldexp(1.0, std::max(exponent - 24, -149));
  return std::abs(static_cast<double>(got) - wanted) / unit;
}

template <class F, class G>
void check(const char* name, F function, G truth, float low, float high, double limit) {
  double worst = 0;
  float where = 0;
  float in[LANES<float>], out[LANES<float>];
  int filled = 0;
  const auto flush = [&] {
    store(out, function(load(in)));
    for (int i = 0; i < filled; ++i) {
      const double error = ulps(out[i], truth(static_cast<double>(in[i])));
      if (error > worst) worst = error, where = in[i];
    }
    filled = 0;
  };
  for (std::uint64_t bits = 0; bits <= 0xFFFFFFFFu; bits += STRIDE) {
    const auto word = static_cast<std::uint32_t>(bits);
    float x;
    std::memcpy(&x, &word, sizeof x);
    if (!(x >= low && x <= high) && !(std::isnan(x) && std::isinf(high))) continue;
    in[filled++] = x;
    if (filled == LANES<float>) flush();
  }
  std::fill(in + filled, in + LANES<float>, 0.5f);
  flush();
  std::printf("%-24s worst error %.3f ulp at %.9g\n", name, worst, static_cast<double>(where));
  CHECK(worst <= limit);
}

// sin and cos: the absolute error, because ulps mean nothing near their zeros.
void check_waves(float range) {
  double worst = 0;
  for (float x = -range; x < range; x += range / 400000) {
    float in[LANES<float>], sine[LANES<float>], cosine[LANES<float>];
    for (int i = 0; i < LANES<float>; ++i) in[i] = x + static_cast<float>(i) * 1e-3f * range;
    const auto both = sine_cosine(load(in));
    store(sine, both.sine);
    store(cosine, both.cosine);
    for (int i = 0; i < LANES<float>; ++i) {
      const double truth = static_cast<double>(in[i]);
      worst = std::max({worst, std::abs(static_cast<double>(sine[i]) - std::sin(truth)),
                        std::abs(static_cast<double>(cosine[i]) - std::cos(truth))});
    }
  }
  std::printf("sin and cos, |x| < %-7.0f worst error %.3g\n", static_cast<double>(range), worst);
  CHECK(worst <= 1.2e-7);  // 2 ulp of 1
}

}  // namespace

void run_tests() {
  check_waves(10);
  check_waves(8000);
  const float all = std::numeric_limits<float>::infinity();
  check("exp", [](Float x) { return exponential(x); }, [](double x) { return std::exp(x); }, -all, all, 2);
  check("exp - 1, x <= 0", [](Float x) { return exponential_less_one(x); },
        [](double x) { return std::expm1(x); }, -all, 0, 2);
  check("log", [](Float x) { return logarithm(x); }, [](double x) { return std::log(x); }, -all, all, 2);
  check("log(1 + x), 0 <= x <= 1", [](Float x) { return logarithm_of_one_more(x); },
        [](double x) { return std::log1p(x); }, 0, 1, 2);
  check("tanh", [](Float x) { return hyperbolic_tangent(x); }, [](double x) { return std::tanh(x); }, -all,
        all, 2);
  check("logistic", [](Float x) { return logistic(x); },
        [](double x) { return 1 / (1 + std::exp(-x)); }, -87, all, 2.25);
  check("normal distribution", [](Float x) { return normal_distribution(x); },
        [](double x) { return 0.5 * std::erfc(-x * std::sqrt(0.5)); }, -13, all, 6);
}
