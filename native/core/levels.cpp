#include "core/compute.hpp"

#include <initializer_list>

namespace deltarule {

#define DELTARULE_DECLARE(level)                                             \
  namespace level {                                                          \
  std::unique_ptr<Compute<float>> make_float(const Plan& plan, int threads); \
  std::unique_ptr<Compute<double>> make_double(const Plan& plan, int threads); \
  extern const FormulaNames FORMULA_NAMES;                                   \
  }

DELTARULE_DECLARE(baseline)
#if defined(DELTARULE_HAS_X86_LEVELS)
DELTARULE_DECLARE(avx2)
DELTARULE_DECLARE(avx512)
#endif

namespace {

struct Entry {
  const char* name;
  MakeCompute<float> make_float;
  MakeCompute<double> make_double;
};

const Entry& entry_of(Level level) {
  static const Entry entries[] = {
      {"baseline", baseline::make_float, baseline::make_double},
#if defined(DELTARULE_HAS_X86_LEVELS)
      {"avx2", avx2::make_float, avx2::make_double},
      {"avx512", avx512::make_float, avx512::make_double},
#else
      {"avx2", nullptr, nullptr},
      {"avx512", nullptr, nullptr},
#endif
  };
  return entries[static_cast<int>(level)];
}

}  // namespace

const FormulaNames& formula_names() { return baseline::FORMULA_NAMES; }

const char* name_of(Level level) { return entry_of(level).name; }

bool is_compiled(Level level) { return entry_of(level).make_float != nullptr; }

bool is_supported(Level level) {
  if (!is_compiled(level)) return false;
#if defined(DELTARULE_HAS_X86_LEVELS)
  // The instructions that -march=x86-64-v3 and -v4 allow.
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  if (level == Level::avx2) return avx2;
  if (level == Level::avx512)
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
#endif
  return true;
}

Level best_level() {
  for (const Level level : {Level::avx512, Level::avx2})
    if (is_supported(level)) return level;
  return Level::baseline;
}

std::unique_ptr<Compute<float>> make_compute_float(Level level, const Plan& plan, int threads) {
  return entry_of(level).make_float(plan, threads);
}

std::unique_ptr<Compute<double>> make_compute_double(Level level, const Plan& plan, int threads) {
  return entry_of(level).make_double(plan, threads);
}

}  // namespace deltarule
