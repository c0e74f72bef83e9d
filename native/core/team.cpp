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

Team::Team(int threads) : tickets_(static_cast<std::size_t>(threads)) {
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
  const std::uint64_t round = ((tickets_[0].value.load() >> 32) + 1) & CLOSED;  // 32 bits, wraps around
  for (Ticket& ticket : tickets_) ticket.value.store(round << 32 | CLOSED);  // the last round is over
  call_.store(call);
  context_.store(context);
  tasks_.store(tasks);
  done_.store(0);
  for (std::size_t owner = 0; owner < tickets_.size(); ++owner)
    tickets_[owner].value.store(round << 32 | tasks * owner / tickets_.size());
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
    take_tasks(seen, thread);
  }
}

void Team::take_tasks(std::uint64_t round, int thread) {
  const auto own = static_cast<std::size_t>(thread);
  for (std::size_t i = 0; i < tickets_.size(); ++i)
    take_share(round, (own + i) % tickets_.size(), thread);
}

void Team::take_share(std::uint64_t round, std::size_t owner, int thread) {
  std::atomic<std::uint64_t>& next = tickets_[owner].value;
  std::uint64_t ticket = next.load();
  while (ticket >> 32 == round && (ticket & CLOSED) != CLOSED) {
    const Call call = call_.load();
    const void* context = context_.load();
    const std::size_t end = tasks_.load() * (owner + 1) / tickets_.size();
    const std::size_t task = ticket & CLOSED;
    if (task >= end) return;
    // Succeeds only while this round is open, so what was read above belongs to it.
    if (!next.compare_exchange_weak(ticket, ticket + 1)) continue;
    call(context, task, thread);
    done_.fetch_add(1, std::memory_order_release);
    ticket = next.load();
  }
}

}  // namespace deltarule
