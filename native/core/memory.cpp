#include "core/memory.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace deltarule {
namespace {

std::size_t rounded_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

#if defined(__linux__)
// Large arrays come from the system itself, which hands out zeros, on pages of this size where it has
// them: fresh memory costs a fault for each page.
constexpr std::size_t HUGE_PAGE = std::size_t{1} << 21;

bool is_large(std::size_t bytes) { return bytes >= HUGE_PAGE; }

void* map(std::size_t bytes) {
  const std::size_t wanted = rounded_up(bytes, HUGE_PAGE);
  void* const all = mmap(nullptr, wanted + HUGE_PAGE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) throw std::bad_alloc();
  char* const begin = static_cast<char*>(all);
  char* const aligned = begin + (HUGE_PAGE - reinterpret_cast<std::uintptr_t>(begin) % HUGE_PAGE) % HUGE_PAGE;
  const auto before = static_cast<std::size_t>(aligned - begin);
  if (before > 0) munmap(begin, before);
  munmap(aligned + wanted, HUGE_PAGE - before);
  madvise(aligned, wanted, MADV_HUGEPAGE);  // a wish: where it is refused, small pages do
  return aligned;
}

void unmap(void* memory, std::size_t bytes) { munmap(memory, rounded_up(bytes, HUGE_PAGE)); }
#else
bool is_large(std::size_t) { return false; }
void* map(std::size_t) { return nullptr; }
void unmap(void*, std::size_t) {}
#endif

}  // namespace

void* allocate(std::size_t bytes) {
  if (is_large(bytes)) return map(bytes);
  const std::size_t rounded = rounded_up(bytes, ALIGNMENT);
  void* memory = std::aligned_alloc(ALIGNMENT, rounded);
  if (memory == nullptr) throw std::bad_alloc();
  std::memset(memory, 0, rounded);
  return memory;
}

void release(void* memory, std::size_t bytes) noexcept {
  if (is_large(bytes)) unmap(memory, bytes);
  else std::free(memory);
}

}  // namespace deltarule
