// Memory that the caller reads and writes, and what is said where something cannot be done.
#include "core/memory.hpp"

#include <cstdlib>
#include <limits>
#include <new>

#include "wasm/interface.hpp"

namespace deltarule {
namespace {

const char* sentence = "";

constexpr const char* MEMORY_EXHAUSTED = "out of memory";

}  // namespace

bool accept(const char* problem) {
  sentence = problem == nullptr ? "" : problem;
  return problem == nullptr;
}

void out_of_memory() {
  accept(MEMORY_EXHAUSTED);
  __builtin_trap();
}

// The sentence of the last call that could not be done, ended by a zero byte; empty if it could.
DELTARULE_EXPORT(message) const char* message() { return sentence; }

// Memory for the caller's arrays, or 0 if there is not enough.
DELTARULE_EXPORT(allocate) void* allocate_array(std::size_t bytes) {
  void* memory = nullptr;
  if (bytes <= std::numeric_limits<std::size_t>::max() - ALIGNMENT)
    memory = std::aligned_alloc(ALIGNMENT, bytes / ALIGNMENT * ALIGNMENT + ALIGNMENT);
  accept(memory == nullptr ? MEMORY_EXHAUSTED : nullptr);
  return memory;
}

DELTARULE_EXPORT(release) void release_array(void* memory) { std::free(memory); }

namespace {

// What the standard library cannot allocate ends the instance as well.
[[maybe_unused]] const std::new_handler REPLACED = std::set_new_handler(out_of_memory);

}  // namespace
}  // namespace deltarule
