// A team of threads that share the tasks of one loop after another.
//
// Which thread takes which task changes nothing in the result: tasks write to places of their own.
// Waiting members spin for a moment, because the next loop follows within microseconds, then sleep.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace deltarule {

class Team {
 public:
  explicit Team(int threads);  // the calling thread is one of them
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const { return static_cast<int>(members_.size()) + 1; }

  // Calls work(task, thread) for each task from 0 to tasks - 1 and returns when all are done; thread
  // is below size(). `parallel`: whether it is worth waking the others.
  template <class Work>
  void run(std::size_t tasks, bool parallel, const Work& work) {
    if (!parallel || tasks < 2 || members_.empty()) {
      for (std::size_t task = 0; task < tasks; ++task) work(task, 0);
      return;
    }
    share(tasks, [](const void* context, std::size_t task, int thread) {
      (*static_cast<const Work*>(context))(task, thread);
    }, &work);
  }

 private:
  using Call = void (*)(const void* context, std::size_t task, int thread);

  void share(std::size_t tasks, Call call, const void* context);
  void live(int thread);
  void take_tasks(std::uint64_t ticket, int thread);

  // ticket_ = round · 2³² + next task; CLOSED in place of the task while a round is being prepared.
  // A member that comes late finds another round in it and touches nothing.
  static constexpr std::uint64_t CLOSED = 0xFFFFFFFFu;
  alignas(64) std::atomic<std::uint64_t> ticket_{CLOSED};
  alignas(64) std::atomic<std::size_t> done_{0};
  alignas(64) std::atomic<std::uint32_t> round_{0};
  std::atomic<Call> call_{nullptr};
  std::atomic<const void*> context_{nullptr};
  std::atomic<std::size_t> tasks_{0};
  std::atomic<bool> over_{false};
  std::vector<std::thread> members_;
};

}  // namespace deltarule
