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

// Releases the GIL for the time of a computation. A daemon thread that asks for it while the interpreter ends
// would be ended by Python within C++ functions, which aborts the process: it waits for the end instead.
class ReleasedGil {
 public:
  ReleasedGil() : state_(PyEval_SaveThread()) {}
  ~ReleasedGil() { take_back(); }
  ReleasedGil(const ReleasedGil&) = delete;
  ReleasedGil& operator=(const ReleasedGil&) = delete;

  // Lets Python handle signals; returns false if a handler raised, with the exception set.
  bool handle_signals();

  // Returns the number that a Python function without arguments returns.
  double number_from(nb::handle function);

 private:
  void take_back();

  PyThreadState* state_;
};

void bind_exit(nb::module_& m);
void bind_plan(nb::module_& m);
void bind_engine(nb::module_& m);
void bind_networks(nb::module_& m);
void bind_rows(nb::module_& m);
void bind_plain_text(nb::module_& m);
void bind_block_writing(nb::module_& m);
void bind_probabilities(nb::module_& m);

}  // namespace deltarule
