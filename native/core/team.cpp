#include "core/team.hpp"

namespace deltarule {
namespace {

constexpr int SPINS_BEFORE_SLEEP = 4000;  // about 50 microseconds
constexpr int SPINS_BEFORE_YIELD = 20000;

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

Team::Team(int threads) {
  for (int thread = 1; thread < threads; ++thread)
    members_.emplace_back([this, thread] { live(thread); });
}

Team::~Team() {
  over_.store(true);
  round_.fetch_add(1);
  round_.notify_all();
  for (std::thread& member : members_) member.join();
}

void Team::share(std::size_t tasks, Call call, const void* context) {
  const std::uint64_t round = ((ticket_.load() >> 32) + 1) & CLOSED;  // 32 bits, wraps around
  ticket_.store(round << 32 | CLOSED);  // nobody takes a task of the last round any more
  call_.store(call);
  context_.store(context);
  tasks_.store(tasks);
  done_.store(0);
  ticket_.store(round << 32);
  round_.store(static_cast<std::uint32_t>(round));
  round_.notify_all();
  take_tasks(round, 0);
  for (int spins = 0; done_.load(std::memory_order_acquire) != tasks; ++spins) {
    if (spins < SPINS_BEFORE_YIELD) pause();
    else std::this_thread::yield();
  }
}

void Team::live(int thread) {
  std::uint32_t seen = 0;
  while (true) {
    for (int spins = 0; round_.load(std::memory_order_acquire) == seen; ++spins) {
      if (spins < SPINS_BEFORE_SLEEP) pause();
      else round_.wait(seen);
    }
    seen = round_.load(std::memory_order_acquire);
    if (over_.load()) return;
    take_tasks(ticket_.load() >> 32, thread);
  }
}

void Team::take_tasks(std::uint64_t round, int thread) {
  std::uint64_t ticket = ticket_.load();
  while (ticket >> 32 == round && (ticket & CLOSED) != CLOSED) {
    const Call call = call_.load();
    const void* context = context_.load();
    const std::size_t tasks = tasks_.load();
    const std::size_t task = ticket & CLOSED;
    if (task >= tasks) return;
    // Succeeds only while this round is open, so what was read above belongs to it.
    if (!ticket_.compare_exchange_weak(ticket, ticket + 1)) continue;
    call(context, task, thread);
    done_.fetch_add(1, std::memory_order_release);
    ticket = ticket_.load();
  }
}

}  // namespace deltarule
