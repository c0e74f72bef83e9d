#include <new>

#include "core/memory.hpp"

namespace deltarule {

void out_of_memory() { throw std::bad_alloc(); }

}  // namespace deltarule
