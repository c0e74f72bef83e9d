// Memory that the caller reads and writes, and what is said where something cannot be done.
#include "core/memory.hpp"

#include <cstdlib>
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

// Zeroed memory, aligned to 64 bytes.
DELTARULE_EXPORT(allocate) void* allocate_memory(std::size_t bytes) { return allocate(bytes); }
DELTARULE_EXPORT(release) void release_memory(void* memory, std::size_t bytes) { release(memory, bytes); }

namespace {

// What the standard library cannot allocate ends the instance as well.
[[maybe_unused]] const std::new_handler REPLACED = std::set_new_handler(out_of_memory);

}  // namespace
}  // namespace deltarule
