// Thread pools: each task is done exactly once in every round, for any number of threads and tasks.
#include "core/thread_pool.hpp"

#include <chrono>
#include <vector>

#include "core/flush_to_zero.hpp"
#include "tests/check.hpp"

using namespace deltarule;

namespace {

void each_task_is_done_once(int threads) {
  ThreadPool pool(threads);
  CHECK(pool.size() == threads);
  for (int round = 0; round < 300; ++round) {
    std::vector<int> done(static_cast<std::size_t>(round % 17), 0);
    bool known_thread = true;
    pool.run(done.size(), true, [&](std::size_t task, int thread) {
      done[task] += 1;
      if (thread < 0 || thread >= threads) known_thread = false;
    });
    CHECK(known_thread);
    for (const int times : done) CHECK(times == 1);
    // Long enough for the workers to fall asleep.
    if (round % 100 == 99) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

void work_not_worth_sharing_stays_here() {
  ThreadPool pool(3);
  const auto here = std::this_thread::get_id();
  pool.run(5, false, [&](std::size_t, int thread) {
    CHECK(thread == 0);
    CHECK(std::this_thread::get_id() == here);
  });
}

// A number that is smaller than the smallest normal one, unless it is flushed to 0.
float tiny_product() {
  volatile float a = 1e-30f, b = 1e-10f;
  return a * b;
}

void tiny_numbers_are_zero_on_every_thread() {
  CHECK(tiny_product() > 0);
  {
    const FlushToZero flush;
    ThreadPool pool(3);
    for (int round = 0; round < 50; ++round) {
      std::vector<float> products(64, 1.0f);
      pool.run(products.size(), true, [&](std::size_t task, int) { products[task] = tiny_product(); });
      for (const float product : products) CHECK(product == 0);
    }
  }
  CHECK(tiny_product() > 0);
}

}  // namespace

int main() {
  for (const int threads : {1, 2, 3, 5}) each_task_is_done_once(threads);
  work_not_worth_sharing_stays_here();
  tiny_numbers_are_zero_on_every_thread();
  return failures > 0;
}
