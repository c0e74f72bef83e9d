#include "core/memory.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace deltarule {

void* allocate(std::size_t bytes) {
  const std::size_t rounded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  void* memory = std::aligned_alloc(ALIGNMENT, rounded);
  if (memory == nullptr) throw std::bad_alloc();
  std::memset(memory, 0, rounded);
  return memory;
}

void release(void* memory) noexcept { std::free(memory); }

}  // namespace deltarule
