// The module deltarule.engines._native: each file of this folder binds one topic.
#include "bindings/bindings.hpp"

NB_MODULE(_native, m) {
  m.doc() = "The compiled part of deltarule's native engine; use deltarule.engines.native.";
  // A daemon thread that still trains, or an error that the interpreter keeps, holds objects at exit. This
  // is no fault of the program, and the system takes their memory.
  nanobind::set_leak_warnings(false);
  deltarule::bind_exit(m);
  deltarule::bind_plan(m);
  deltarule::bind_engine(m);
  deltarule::bind_networks(m);
  deltarule::bind_rows(m);
  deltarule::bind_plain_text(m);
  deltarule::bind_block_writing(m);
  deltarule::bind_probabilities(m);
}
