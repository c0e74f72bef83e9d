// A team of threads that share the tasks of one loop after another.
//
// Which thread takes which task changes nothing in the result: tasks write to places of their own.
// Each thread begins with a share of its own, the same in each loop of as many tasks, because its cache
// still holds what it wrote there; who is done early helps the others. Waiting members spin for a
// moment, because the next loop follows within microseconds, then sleep. Where other programs use the
// processors, members come late or not at all: then the calling thread goes on alone for a while.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace deltarule {

class ThreadPool {
 public:
  explicit ThreadPool(int threads);  // the calling thread is one of them
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return static_cast<int>(workers_.size()) + 1; }

  // From now on the calling thread does all tasks by itself, or no longer.
  void set_single_threaded(bool alone) { single_threaded_ = alone; }
  bool is_single_threaded() const { return single_threaded_ || workers_.empty(); }

  // Calls work(task, thread) for each task from 0 to tasks - 1 and returns when all are done; thread
  // is below size(). `parallel`: whether it is worth waking the others.
  template <class Work>
  void run(std::size_t tasks, bool parallel, const Work& work) {
    if (!parallel || tasks < 2 || is_single_threaded() || is_resting()) {
      for (std::size_t task = 0; task < tasks; ++task) work(task, 0);
      return;
    }
    share(tasks, [](const void* context, std::size_t task, int thread) {
      (*static_cast<const Work*>(context))(task, thread);
    }, &work);
  }

 private:
  using Call = void (*)(const void* context, std::size_t task, int thread);

  // round · 2³² + next task of one thread's share; CLOSED in place of the task while a round is being
  // prepared. A member that comes late finds another round in it and touches nothing.
  struct alignas(64) Ticket {
    std::atomic<std::uint64_t> value{CLOSED};
  };
  static constexpr std::uint64_t CLOSED = 0xFFFFFFFFu;

  void share(std::size_t tasks, Call call, const void* context);
  void wait_for_others(std::size_t tasks, double began_s);
  bool is_resting() { return resting_until_s_ > 0 && still_resting(); }
  bool still_resting();
  void live(int thread);
  std::size_t take_tasks(std::uint64_t round, int thread);  // returns how many
  std::size_t take_share(std::uint64_t round, std::size_t owner, int thread);

  std::vector<Ticket> tickets_;  // one for each thread
  alignas(64) std::atomic<std::size_t> done_{0};
  alignas(64) std::atomic<std::uint32_t> round_{0};
  std::atomic<bool> over_{false};
  bool single_threaded_ = false;
  std::atomic<bool> sleeps_{false};  // whether somebody waits to be woken
  double resting_until_s_ = 0;         // 0: the team works together
  int idle_rounds_ = 0;            // in a row, in which nobody helped
  alignas(64) std::atomic<Call> call_{nullptr};
  std::atomic<const void*> context_{nullptr};
  std::atomic<std::size_t> tasks_{0};
  std::vector<std::thread> workers_;
};

// Who does the tasks of a loop: a team, or one member of it alone, who is in a task of the team already.
class Executor {
 public:
  explicit Executor(ThreadPool& team) : pool_(&team) {}
  static Executor on_thread(int thread) { return Executor(thread); }

  template <class Work>
  void run(std::size_t tasks, bool parallel, const Work& work) const {
    if (pool_ != nullptr) return pool_->run(tasks, parallel, work);
    for (std::size_t task = 0; task < tasks; ++task) work(task, thread_);
  }

 private:
  explicit Executor(int thread) : thread_(thread) {}
  ThreadPool* pool_ = nullptr;
  int thread_ = 0;
};

}  // namespace deltarule
