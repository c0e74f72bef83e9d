// What the WebAssembly module offers to JavaScript (`loader.mjs`) and, through it, to Python
// (`src/deltarule/engines/wasm_module.py`): functions over pointers and numbers.
//
// - Memory: the caller allocates and releases what it passes; what the module returns lives until the next call
//   for the same object. Pointers to objects are handles: 0 means that `message` has a sentence.
// - `bits` is 32 or 64: the type of the numbers, float or double. Where an object exists, it knows its type.
// - There are no exceptions. If memory is exhausted, `allocate` returns 0, and every other call traps after
//   writing `message`; either way the instance must not be used again, and the caller makes a new one.
#pragma once

#include <cstddef>
#include <cstdint>

#define DELTARULE_EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace deltarule {

// Imported from the host, which passes them on to whom it serves.
extern "C" __attribute__((import_module("deltarule"), import_name("keep_going"))) int keep_going();
extern "C" __attribute__((import_module("deltarule"), import_name("target_scale"))) double target_scale();

// Stores the sentence that `message` returns; null: none. Returns whether there was none.
bool accept(const char* problem);

}  // namespace deltarule
