// A size near the largest number is refused, and neither rounding nor multiplication makes a small one of it.
#include "core/memory.hpp"

#include <limits>
#include <new>

#include "tests/check.hpp"

using namespace deltarule;

namespace {

template <class Use>
bool is_refused(const Use& use) {
  try {
    use();
  } catch (const std::bad_alloc&) {
    return true;
  }
  return false;
}

bool is_refused(std::size_t bytes) {
  return is_refused([&] { release(allocate(bytes), bytes); });
}

}  // namespace

int main() {
  for (std::size_t below = 0; below <= std::size_t{3} << 20; below += std::size_t{1} << 18)
    CHECK(is_refused(std::numeric_limits<std::size_t>::max() - below));
  CHECK(!is_refused(std::size_t{16} << 20));
  const std::size_t root = std::size_t{1} << 4 * sizeof(std::size_t);
  CHECK(checked_product(root, root - 1) == root * (root - 1));
  CHECK(is_refused([&] { checked_product(root, root); }));
  return failures > 0;
}
