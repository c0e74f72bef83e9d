#include "core/thread_pool.hpp"

#include <algorithm>
#include <utility>

#include "core/clock.hpp"
#include "core/flush_to_zero.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

namespace deltarule {
namespace {

constexpr int SPINS_BEFORE_SLEEP = 4000;  // about 50 microseconds
constexpr int SPINS_BEFORE_CLOCK = 100;   // about a microsecond
constexpr int SPINS_BEFORE_YIELD = 1000;

// Sharing does not pay off after a round in which the caller waited this much longer than it worked, or
// after this many consecutive rounds in which no worker helped.
constexpr double STALL_FACTOR = 3;
constexpr double STALL_S = 5e-6;
constexpr int MAX_IDLE_ROUNDS = 50;
constexpr double IDLE_REST_S = 1e-3;  // how long the caller then works alone, in the second case
constexpr int GOOD_ROUNDS = 500;      // rounds without a rest after which a stall counts as the first

// Threads of a parent process. A list that is reachable, so that they are not reported as lost memory.
struct ParentsThreads {
  std::vector<std::thread> threads;
  ParentsThreads* next;
};

std::atomic<ParentsThreads*> parents_threads{nullptr};
std::atomic<std::uint32_t> forks{0};
std::atomic<int> refused{0};

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

std::uint32_t fork_count() {
#if defined(__unix__) || defined(__APPLE__)
  static const int registered = pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1); });
  static_cast<void>(registered);
#endif
  return forks.load(std::memory_order_relaxed);
}

int take_refused_threads() { return refused.exchange(0); }

ThreadPool::ThreadPool(int threads) : tickets_(static_cast<std::size_t>(std::max(threads, 1))) {
  start(threads - 1);
}

void ThreadPool::start(int workers) {
  int started = 0;
  try {
    for (; started < workers; ++started) {
      const int thread = started + 1;
      workers_.emplace_back([this, thread, seen = round_.load()] { live(thread, seen); });
    }
  } catch (const std::exception&) {  // a limit on processes or on memory
    refused.fetch_add(workers - started);
  }
  size_ = started + 1;
}

// The threads do not exist in this process: they can be neither joined nor destroyed.
void ThreadPool::leave_parents_workers() {
  auto* const left = new ParentsThreads{std::move(workers_), parents_threads.load()};
  while (!parents_threads.compare_exchange_weak(left->next, left)) {
  }
  workers_.clear();
  forks_ = fork_count();
}

ThreadPool::~ThreadPool() {
  if (forks_ != fork_count()) leave_parents_workers();
  over_.store(true);
  round_.fetch_add(1);
  round_.notify_all();
  for (std::thread& member : workers_) member.join();
}

void ThreadPool::share(std::size_t tasks, Call call, const void* context) {
  if (forks_ != fork_count()) {
    leave_parents_workers();
    start(size_ - 1);
  }
  const std::uint64_t round = ((tickets_[0].value.load() >> 32) + 1) & CLOSED;  // 32 bits, wraps around
  for (Ticket& ticket : tickets_) ticket.value.store(round << 32 | CLOSED);  // closes the last round
  call_.store(call);
  context_.store(context);
  tasks_.store(tasks);
  done_.store(0);
  const auto owners = static_cast<std::size_t>(size_);
  for (std::size_t owner = 0; owner < owners; ++owner)
    tickets_[owner].value.store(round << 32 | tasks * owner / owners);
  round_.store(static_cast<std::uint32_t>(round));
  if (sleeps_.exchange(false)) round_.notify_all();
  const double began_s = now_s();
  note_round(tasks, take_tasks(round, 0), began_s);
  if (!failed_.load()) return;
  failed_.store(false);
  std::rethrow_exception(std::exchange(error_, nullptr));
}

// Waits for the others, and rests if sharing did not pay.
void ThreadPool::note_round(std::size_t tasks, std::size_t taken, double began_s) {
  good_rounds_ += 1;
  idle_rounds_ = taken == tasks ? idle_rounds_ + 1 : 0;
  if (idle_rounds_ < MAX_IDLE_ROUNDS) return wait_for_others(tasks, began_s);
  idle_rounds_ = 0;
  resting_until_s_ = now_s() + IDLE_REST_S;
}

void ThreadPool::wait_for_others(std::size_t tasks, double began_s) {
  const auto all_done = [&] { return done_.load(std::memory_order_acquire) == tasks; };
  for (int spins = 0; spins < SPINS_BEFORE_CLOCK; ++spins) {
    if (all_done()) return;
    pause();
  }
  const double worked_s = now_s() - began_s;
  for (int spins = 0; !all_done(); ++spins) {
    if (spins < SPINS_BEFORE_YIELD) pause();
    else std::this_thread::yield();
  }
  const double waited_s = now_s() - began_s - worked_s;
  if (waited_s > STALL_FACTOR * worked_s + STALL_S) rest(waited_s);
}

void ThreadPool::rest(double waited_s) {
  rest_factor_ = good_rounds_ > GOOD_ROUNDS ? MIN_REST_FACTOR : std::min(2 * rest_factor_, MAX_REST_FACTOR);
  good_rounds_ = 0;
  resting_until_s_ = now_s() + rest_factor_ * waited_s;
}

bool ThreadPool::still_resting() {
  if (now_s() < resting_until_s_) return true;
  resting_until_s_ = 0;
  return false;
}

void ThreadPool::live(int thread, std::uint32_t seen) {
  const FlushToZero flush;  // as on the calling thread: no result depends on which thread does a task
  while (true) {
    for (int spins = 0; round_.load(std::memory_order_acquire) == seen; ++spins) {
      if (spins < SPINS_BEFORE_SLEEP) {
        pause();
        continue;
      }
      sleeps_.store(true);
      round_.wait(seen);
    }
    seen = round_.load(std::memory_order_acquire);
    if (over_.load()) return;
    take_tasks(seen, thread);
  }
}

std::size_t ThreadPool::take_tasks(std::uint64_t round, int thread) {
  const auto first = static_cast<std::size_t>(thread);
  std::size_t taken = 0;
  const auto owners = static_cast<std::size_t>(size_);
  for (std::size_t i = 0; i < owners; ++i) taken += take_share(round, (first + i) % owners, thread);
  return taken;
}

std::size_t ThreadPool::take_share(std::uint64_t round, std::size_t owner, int thread) {
  std::atomic<std::uint64_t>& next = tickets_[owner].value;
  std::uint64_t ticket = next.load();
  std::size_t taken = 0;
  while (ticket >> 32 == round && (ticket & CLOSED) != CLOSED) {
    const Call call = call_.load();
    const void* context = context_.load();
    const std::size_t end = tasks_.load() * (owner + 1) / static_cast<std::size_t>(size_);
    const std::size_t task = ticket & CLOSED;
    if (task >= end) break;
    // Succeeds only while this round is open, so the values read above belong to it.
    if (!next.compare_exchange_weak(ticket, ticket + 1)) continue;
    try {
      call(context, task, thread);
    } catch (...) {
      if (!failed_.exchange(true)) error_ = std::current_exception();
    }
    done_.fetch_add(1, std::memory_order_release);
    taken += 1;
    ticket = next.load();
  }
  return taken;
}

}  // namespace deltarule
