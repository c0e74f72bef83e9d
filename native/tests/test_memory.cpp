// allocate: a size near the largest number is refused, and no rounding makes a small one of it.
#include "core/memory.hpp"

#include <limits>
#include <new>

#include "tests/check.hpp"

using namespace deltarule;

namespace {

bool is_refused(std::size_t bytes) {
  try {
    release(allocate(bytes), bytes);
  } catch (const std::bad_alloc&) {
    return true;
  }
  return false;
}

}  // namespace

int main() {
  for (std::size_t below = 0; below <= std::size_t{3} << 20; below += std::size_t{1} << 18)
    CHECK(is_refused(std::numeric_limits<std::size_t>::max() - below));
  CHECK(!is_refused(std::size_t{16} << 20));
  return failures > 0;
}
