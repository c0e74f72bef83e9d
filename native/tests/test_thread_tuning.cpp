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
    CHECK(shared_of(tuning, 10'000, 2, 1) > 9'900);
    CHECK(shared_of(tuning, 10'000, 1, 1.6) < 150);  // the machine has changed
    CHECK(shared_of(tuning, 10'000, 2, 1) > 8'900);  // and again
  }
  {
    ThreadTuning tuning;
    CHECK(shared_of(tuning, 10'000, 1, 0.99) < 100);  // no gain: leave the processor to others
  }
  {
    ThreadTuning tuning;
    CHECK(shared_of(tuning, 10'000, 2, 1, 7) > 8'500);  // an update that was interrupted decides little
  }
  {
    ThreadTuning tuning;  // other programs are busy at the start of a short training
    shared_of(tuning, 30, 1, 1.5);
    CHECK(shared_of(tuning, 300, 1, 0.6) > 250);
  }
  {
    ThreadTuning tuning;  // sharing looks worthwhile only at the start
    shared_of(tuning, 30, 3, 2);
    CHECK(shared_of(tuning, 300, 1, 2) < 150);
  }
  return failures > 0;
}
