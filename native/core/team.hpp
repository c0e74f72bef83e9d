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

class Team {
 public:
  explicit Team(int threads);  // the calling thread is one of them
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const { return static_cast<int>(members_.size()) + 1; }

  // From now on the calling thread does all tasks by itself, or no longer.
  void leave_alone(bool alone) { alone_ = alone; }
  bool is_alone() const { return alone_ || members_.empty(); }

  // Calls work(task, thread) for each task from 0 to tasks - 1 and returns when all are done; thread
  // is below size(). `parallel`: whether it is worth waking the others.
  template <class Work>
  void run(std::size_t tasks, bool parallel, const Work& work) {
    if (!parallel || tasks < 2 || is_alone() || rests()) {
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
  bool rests() { return rests_until_s_ > 0 && still_rests(); }
  bool still_rests();
  void live(int thread);
  std::size_t take_tasks(std::uint64_t round, int thread);  // returns how many
  std::size_t take_share(std::uint64_t round, std::size_t owner, int thread);

  std::vector<Ticket> tickets_;  // one for each thread
  alignas(64) std::atomic<std::size_t> done_{0};
  alignas(64) std::atomic<std::uint32_t> round_{0};
  std::atomic<bool> over_{false};
  bool alone_ = false;
  std::atomic<bool> sleeps_{false};  // whether somebody waits to be woken
  double rests_until_s_ = 0;         // 0: the team works together
  int lonely_rounds_ = 0;            // in a row, in which nobody helped
  alignas(64) std::atomic<Call> call_{nullptr};
  std::atomic<const void*> context_{nullptr};
  std::atomic<std::size_t> tasks_{0};
  std::vector<std::thread> members_;
};

// Who does the tasks of a loop: a team, or one member of it alone, who is in a task of the team already.
class Crew {
 public:
  explicit Crew(Team& team) : team_(&team) {}
  static Crew alone(int thread) { return Crew(thread); }

  template <class Work>
  void run(std::size_t tasks, bool parallel, const Work& work) const {
    if (team_ != nullptr) return team_->run(tasks, parallel, work);
    for (std::size_t task = 0; task < tasks; ++task) work(task, thread_);
  }

 private:
  explicit Crew(int thread) : thread_(thread) {}
  Team* team_ = nullptr;
  int thread_ = 0;
};

}  // namespace deltarule
