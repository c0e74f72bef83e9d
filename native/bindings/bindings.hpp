// Bindings check arrays (dtype, dimensions, row-major order; nothing is copied), release the GIL and
// call the core.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

namespace deltarule {

namespace nb = nanobind;

template <class T, std::size_t DIMENSIONS>
using ArrayIn = nb::ndarray<const T, nb::ndim<DIMENSIONS>, nb::c_contig, nb::device::cpu>;
template <class T, std::size_t DIMENSIONS>
using ArrayOut = nb::ndarray<T, nb::ndim<DIMENSIONS>, nb::c_contig, nb::device::cpu>;

void bind_plan(nb::module_& m);
void bind_engine(nb::module_& m);

}  // namespace deltarule
