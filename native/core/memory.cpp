#include "core/memory.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#define DELTARULE_MAPS 1
#endif

namespace deltarule {
namespace {

// So much is asked of the system itself: it gives zeros, takes pages only where something is written,
// and has them back at once, where the C library keeps some for each thread that ever allocated.
constexpr std::size_t MAPPED_BYTES = std::size_t{1} << 20;

}  // namespace

void* allocate(std::size_t bytes) {
#ifdef DELTARULE_MAPS
  if (bytes >= MAPPED_BYTES) {
    void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    return memory;
  }
#endif
  const std::size_t rounded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  void* memory = std::aligned_alloc(ALIGNMENT, rounded);
  if (memory == nullptr) throw std::bad_alloc();
  std::memset(memory, 0, rounded);
  return memory;
}

void release(void* memory, std::size_t bytes) noexcept {
#ifdef DELTARULE_MAPS
  if (memory != nullptr && bytes >= MAPPED_BYTES) {
    munmap(memory, bytes);
    return;
  }
#endif
  std::free(memory);
}

}  // namespace deltarule
