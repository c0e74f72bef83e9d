// Thread pools: each task is done exactly once in every round, for any number of threads and tasks; what a
// task throws arrives in the caller, threads that cannot start are done without, and pools work on in a
// forked process.
#include "core/thread_pool.hpp"

#include <chrono>
#include <new>
#include <string>
#include <vector>

#include "core/flush_to_zero.hpp"
#include "tests/check.hpp"

#ifdef __GLIBC__
#include <pthread.h>
#endif

// ThreadSanitizer does not follow a process with threads through a fork.
#if defined(__unix__) && !defined(__SANITIZE_THREAD__)
#include <sys/wait.h>
#include <unistd.h>
#define DELTARULE_FORKS 1
#endif

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

void an_exception_arrives_in_the_caller(int threads) {
  ThreadPool pool(threads);
  for (int round = 0; round < 300; ++round) {
    const std::size_t failing = static_cast<std::size_t>(round) % 40;
    std::vector<int> done(32, 0);
    bool caught = false;
    try {
      pool.run(done.size(), true, [&](std::size_t task, int) {
        done[task] += 1;
        if (task == failing) throw std::bad_alloc();
      });
    } catch (const std::bad_alloc&) {
      caught = true;
    }
    CHECK(caught == (failing < done.size()));
    for (std::size_t task = 0; task < done.size(); ++task)
      CHECK(done[task] == 1 || (caught && task > failing && done[task] == 0));
  }
}

int sum_of_tasks(ThreadPool& pool) {
  std::vector<int> numbers(100, 0);
  pool.run(numbers.size(), true, [&](std::size_t task, int) { numbers[task] = static_cast<int>(task); });
  int sum = 0;
  for (const int number : numbers) sum += number;
  return sum;
}

#ifdef __GLIBC__
// Threads with a stack larger than any address space cannot start.
void refused_threads_are_done_without() {
  take_refused_threads();
  pthread_attr_t former, huge;
  pthread_getattr_default_np(&former);
  pthread_attr_init(&huge);
  CHECK(pthread_attr_setstacksize(&huge, std::size_t{1} << 50) == 0);
  CHECK(pthread_setattr_default_np(&huge) == 0);
  ThreadPool pool(4);
  CHECK(pthread_setattr_default_np(&former) == 0);
  pthread_attr_destroy(&former);
  pthread_attr_destroy(&huge);
  CHECK(pool.size() == 1);
  CHECK(take_refused_threads() == 3);
  CHECK(take_refused_threads() == 0);
  CHECK(sum_of_tasks(pool) == 4950);
}
#endif

#ifdef DELTARULE_FORKS
// Whether a forked process, which has `pool` without its workers, uses and destroys it.
void a_forked_process_goes_on(bool uses) {
  auto* const pool = new ThreadPool(3);
  CHECK(sum_of_tasks(*pool) == 4950);
  const pid_t child = fork();
  if (child == 0) {
    bool right = true;
    for (int round = 0; uses && round < 100; ++round) right = right && sum_of_tasks(*pool) == 4950;
    right = right && pool->size() == 3;
    delete pool;
    ThreadPool fresh(3);
    right = right && sum_of_tasks(fresh) == 4950;
    _exit(right ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK(sum_of_tasks(*pool) == 4950);
  delete pool;
}
#endif

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
  for (const int threads : {1, 2, 5}) an_exception_arrives_in_the_caller(threads);
#ifdef __GLIBC__
  refused_threads_are_done_without();
#endif
#ifdef DELTARULE_FORKS
  for (const bool uses : {true, false}) a_forked_process_goes_on(uses);
#endif
  work_not_worth_sharing_stays_here();
  tiny_numbers_are_zero_on_every_thread();
  return failures > 0;
}
