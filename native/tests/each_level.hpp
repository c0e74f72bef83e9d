// For tests of what is compiled for each instruction level: CMakeLists.txt compiles
// native/tests/each_level_*.cpp once for each, with DELTARULE_LEVEL and DELTARULE_LEVEL_NUMBER.
#pragma once

#include "core/compute.hpp"
#include "tests/check.hpp"

void run_tests();

int main() {
  const auto level = static_cast<deltarule::Level>(DELTARULE_LEVEL_NUMBER);
  if (!deltarule::is_supported(level)) {
    std::printf("skipped: this processor does not have %s\n", deltarule::name_of(level));
    return 0;
  }
  run_tests();
  return failures > 0;
}
