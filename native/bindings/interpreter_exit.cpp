// Threads that compute without the GIL while the interpreter ends.
#include <atomic>
#include <chrono>
#include <thread>

#include "bindings/bindings.hpp"

namespace deltarule {
namespace {

constexpr auto MAX_WAIT = std::chrono::seconds(1);
constexpr auto POLL = std::chrono::milliseconds(1);
// The process has usually ended by then. If not, somebody may be waiting for the thread.
constexpr auto END = std::chrono::seconds(10);

std::atomic<bool> leaving{false};  // whether the interpreter is about to end
std::atomic<std::thread::id> leaver{};
std::atomic<int> coming_back{0};  // threads that wait for the GIL

// Called before the interpreter ends: lets threads that already wait for the GIL have it, and stops others
// from asking for it.
void leave() {
  leaver.store(std::this_thread::get_id());
  leaving.store(true);
  PyThreadState* const state = PyEval_SaveThread();
  const auto until = std::chrono::steady_clock::now() + MAX_WAIT;
  while (coming_back.load() > 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(POLL);
  PyEval_RestoreThread(state);
}

}  // namespace

void ReleasedGil::take_back() {
  coming_back.fetch_add(1);
  if (leaving.load() && leaver.load() != std::this_thread::get_id()) {
    coming_back.fetch_sub(1);
    std::this_thread::sleep_for(END);
    coming_back.fetch_add(1);
  }
  PyEval_RestoreThread(state_);
  coming_back.fetch_sub(1);
}

bool ReleasedGil::handle_signals() {
  take_back();
  const bool handled = PyErr_CheckSignals() == 0;
  state_ = PyEval_SaveThread();
  return handled;
}

double ReleasedGil::number_from(nb::handle function) {
  struct ReleasesAgain {
    ReleasedGil& gil;
    ~ReleasesAgain() { gil.state_ = PyEval_SaveThread(); }
  };
  take_back();
  const ReleasesAgain again{*this};
  return nb::cast<double>(function());
}

void bind_exit(nb::module_& m) {
  m.def("_leave", &leave);
  nb::module_::import_("atexit").attr("register")(m.attr("_leave"));
}

}  // namespace deltarule
