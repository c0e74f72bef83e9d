// ThreadTuning: shares updates where that was faster, does not where it was slower, and measures again.
#include "core/thread_tuning.hpp"

#include "tests/check.hpp"

using namespace deltarule;

namespace {

// How many of `updates` were shared if they take the given times; every `late`th takes 50 times as long.
int shared_of(ThreadTuning& tuning, int updates, double alone_s, double shared_s, int late = 1'000'000) {
  int shared = 0;
  for (int i = 1; i <= updates; ++i) {
    shared += tuning.shares();
    tuning.took((tuning.shares() ? shared_s : alone_s) * (i % late == 0 ? 50 : 1));
  }
  return shared;
}

}  // namespace

int main() {
  {
    ThreadTuning tuning;
    CHECK(!tuning.shares());  // the first update runs alone
    CHECK(shared_of(tuning, 10'000, 2, 1) > 9'700);
    CHECK(shared_of(tuning, 10'000, 1, 1.6) < 1'300);  // the machine has changed
    CHECK(shared_of(tuning, 10'000, 2, 1) > 8'700);    // and again
  }
  {
    ThreadTuning tuning;
    CHECK(shared_of(tuning, 10'000, 1, 0.99) < 300);  // no gain: leave the processor to others
  }
  {
    ThreadTuning tuning;
    CHECK(shared_of(tuning, 10'000, 2, 1, 7) > 9'700);  // an update that was interrupted decides nothing
  }
  return failures > 0;
}
