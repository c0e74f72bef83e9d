#include "core/memory.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#include <unistd.h>
#define DELTARULE_MAPS 1
#elif defined(_WIN32)
#include <malloc.h>
#endif

namespace deltarule {
namespace {

std::size_t rounded_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

#ifdef DELTARULE_MAPS
// From this size on memory comes from the system directly: it is zeroed, uses pages only where something is
// written, and is returned at once, whereas the C library keeps some for each thread that allocated.
constexpr std::size_t MAPPED_BYTES = std::size_t{1} << 20;
// Allocations of 8 MiB and more use pages of this size if available: each new page costs a page fault.
constexpr std::size_t HUGE_PAGE = std::size_t{1} << 21;

bool is_mapped(std::size_t bytes) { return bytes >= MAPPED_BYTES; }

void* map(std::size_t bytes) {
  const bool large = bytes >= 4 * HUGE_PAGE;
  const std::size_t spare = large ? HUGE_PAGE : 0;  // to align the start to such a page
  void* const all =
      mmap(nullptr, bytes + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) out_of_memory();
  if (!large) return all;
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t before = (spare - reinterpret_cast<std::uintptr_t>(all) % spare) % spare;
  char* const memory = static_cast<char*>(all) + before;
  const std::size_t end = rounded_up(bytes, page), behind = rounded_up(bytes + spare, page) - before - end;
  if (before > 0) munmap(all, before);
  if (behind > 0) munmap(memory + end, behind);
#ifdef MADV_HUGEPAGE
  madvise(memory, bytes, MADV_HUGEPAGE);  // a hint: if refused, small pages are used
#endif
  return memory;
}

void unmap(void* memory, std::size_t bytes) { munmap(memory, bytes); }
#else
bool is_mapped(std::size_t) { return false; }
void* map(std::size_t) { return nullptr; }
void unmap(void*, std::size_t) {}
#endif

// Windows has no std::aligned_alloc, because its free could not release such memory.
#if defined(_WIN32)
void* aligned(std::size_t bytes) { return _aligned_malloc(bytes, ALIGNMENT); }
void release_aligned(void* memory) { _aligned_free(memory); }
#else
void* aligned(std::size_t bytes) { return std::aligned_alloc(ALIGNMENT, bytes); }
void release_aligned(void* memory) { std::free(memory); }
#endif

}  // namespace

void* allocate(std::size_t bytes) {
  // Nobody has half of all addresses, and below that no sum here overflows.
  if (bytes > std::numeric_limits<std::size_t>::max() / 2) out_of_memory();
  if (is_mapped(bytes)) return map(bytes);
  const std::size_t rounded = rounded_up(bytes, ALIGNMENT);
  void* memory = aligned(rounded);
  if (memory == nullptr) out_of_memory();
  std::memset(memory, 0, rounded);
  return memory;
}

void release(void* memory, std::size_t bytes) noexcept {
  if (is_mapped(bytes)) unmap(memory, bytes);
  else release_aligned(memory);
}

}  // namespace deltarule
