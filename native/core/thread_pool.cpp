#include "core/thread_pool.hpp"

#include "core/clock.hpp"
#include "core/flush_to_zero.hpp"

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
// How long the caller then works alone, as a multiple of the lost time.
constexpr double REST_FACTOR = 20;
constexpr double IDLE_REST_S = 1e-3;

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

ThreadPool::ThreadPool(int threads) : tickets_(static_cast<std::size_t>(threads)) {
  for (int thread = 1; thread < threads; ++thread)
    workers_.emplace_back([this, thread] { live(thread); });
}

ThreadPool::~ThreadPool() {
  over_.store(true);
  round_.fetch_add(1);
  round_.notify_all();
  for (std::thread& member : workers_) member.join();
}

void ThreadPool::share(std::size_t tasks, Call call, const void* context) {
  const std::uint64_t round = ((tickets_[0].value.load() >> 32) + 1) & CLOSED;  // 32 bits, wraps around
  for (Ticket& ticket : tickets_) ticket.value.store(round << 32 | CLOSED);  // closes the last round
  call_.store(call);
  context_.store(context);
  tasks_.store(tasks);
  done_.store(0);
  for (std::size_t owner = 0; owner < tickets_.size(); ++owner)
    tickets_[owner].value.store(round << 32 | tasks * owner / tickets_.size());
  round_.store(static_cast<std::uint32_t>(round));
  if (sleeps_.exchange(false)) round_.notify_all();
  const double began_s = now_s();
  const std::size_t taken = take_tasks(round, 0);
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
  if (waited_s > STALL_FACTOR * worked_s + STALL_S) resting_until_s_ = now_s() + REST_FACTOR * waited_s;
}

bool ThreadPool::still_resting() {
  if (now_s() < resting_until_s_) return true;
  resting_until_s_ = 0;
  return false;
}

void ThreadPool::live(int thread) {
  const FlushToZero flush;  // as on the calling thread: no result depends on which thread does a task
  std::uint32_t seen = 0;
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
  for (std::size_t i = 0; i < tickets_.size(); ++i)
    taken += take_share(round, (first + i) % tickets_.size(), thread);
  return taken;
}

std::size_t ThreadPool::take_share(std::uint64_t round, std::size_t owner, int thread) {
  std::atomic<std::uint64_t>& next = tickets_[owner].value;
  std::uint64_t ticket = next.load();
  std::size_t taken = 0;
  while (ticket >> 32 == round && (ticket & CLOSED) != CLOSED) {
    const Call call = call_.load();
    const void* context = context_.load();
    const std::size_t end = tasks_.load() * (owner + 1) / tickets_.size();
    const std::size_t task = ticket & CLOSED;
    if (task >= end) break;
    // Succeeds only while this round is open, so the values read above belong to it.
    if (!next.compare_exchange_weak(ticket, ticket + 1)) continue;
    call(context, task, thread);
    done_.fetch_add(1, std::memory_order_release);
    taken += 1;
    ticket = next.load();
  }
  return taken;
}

}  // namespace deltarule
