// ThreadTuning: takes a team where it was quicker, keeps away where it was not, and looks again.
#include "core/thread_tuning.hpp"

#include "tests/check.hpp"

using namespace deltarule;

namespace {

// How many of `updates` were shared, where they take as long as given; every `late`th takes 50 times that.
int shared_of(ThreadTuning& pace, int updates, double alone_s, double shared_s, int late = 1'000'000) {
  int shared = 0;
  for (int i = 1; i <= updates; ++i) {
    shared += pace.shares();
    pace.took((pace.shares() ? shared_s : alone_s) * (i % late == 0 ? 50 : 1));
  }
  return shared;
}

}  // namespace

int main() {
  {
    ThreadTuning pace;
    CHECK(!pace.shares());  // the first update wakes nobody
    CHECK(shared_of(pace, 10'000, 2, 1) > 9'700);
    CHECK(shared_of(pace, 10'000, 1, 1.6) < 1'300);  // the machine has changed
    CHECK(shared_of(pace, 10'000, 2, 1) > 8'700);    // and again
  }
  {
    ThreadTuning pace;
    CHECK(shared_of(pace, 10'000, 1, 0.99) < 300);  // what gains nothing leaves the processor to others
  }
  {
    ThreadTuning pace;
    CHECK(shared_of(pace, 10'000, 2, 1, 7) > 9'700);  // an update that was interrupted decides nothing
  }
  return failures > 0;
}
