// Threads that share the tasks of one loop after another.
//
// Results do not depend on which thread takes which task, because tasks write to separate memory. Each
// thread starts with its own share, the same in every loop with as many tasks, because its cache still
// holds what it wrote there; threads that finish early help the others. Waiting workers spin briefly,
// because the next loop usually follows within microseconds, then sleep. Where other programs use the
// processors, workers start late or not at all; then the calling thread works alone for a while.
//
// A thread that the system refuses to start is done without. An exception of a task is thrown in the
// calling thread when all tasks have ended. In a forked process, which inherits the pool without its
// workers, new workers start with the next loop.
#pragma once

#include <cstddef>

#if !defined(__wasm__)
#include <atomic>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>
#endif

namespace deltarule {

#if defined(__wasm__)
// WebAssembly has one thread; thread_pool.cpp is not compiled for it.
class ThreadPool {
 public:
  explicit ThreadPool(int) {}
  int size() const { return 1; }
  void set_single_threaded(bool) {}
  bool is_single_threaded() const { return true; }

  template <class Work>
  void run(std::size_t tasks, bool, const Work& work) {
    for (std::size_t task = 0; task < tasks; ++task) work(task, 0);
  }
};
#else

// How many times this process was forked from another: memory from before a fork may refer to threads
// that exist only in the parent.
std::uint32_t fork_count();

// Returns how many threads the system has refused to start since the last call.
int take_refused_threads();

class ThreadPool {
 public:
  explicit ThreadPool(int threads);  // the calling thread is one of them
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return size_; }

  // Makes the calling thread do all tasks by itself, or share them again.
  void set_single_threaded(bool alone) { single_threaded_ = alone; }
  bool is_single_threaded() const { return single_threaded_ || size_ == 1; }

  // Calls work(task, thread) for each task from 0 to tasks - 1 and returns when all are done; thread
  // is below size(). `parallel`: whether waking the others pays off.
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

  // round · 2³² + next task of one thread's share; CLOSED instead of the task while a round is being
  // prepared. A worker that is late finds another round here and takes nothing.
  struct alignas(64) Ticket {
    std::atomic<std::uint64_t> value{CLOSED};
  };
  static constexpr std::uint64_t CLOSED = 0xFFFFFFFFu;

  // How long the caller works alone after a stall, as a multiple of the lost time: it grows from stall to
  // stall, so that a moment's load costs little and a lasting one too.
  static constexpr double MIN_REST_FACTOR = 3;
  static constexpr double MAX_REST_FACTOR = 48;

  void start(int workers);
  void leave_parents_workers();
  void share(std::size_t tasks, Call call, const void* context);
  void note_round(std::size_t tasks, std::size_t taken, double began_s);
  void wait_for_others(std::size_t tasks, double began_s);
  bool is_resting() { return resting_until_s_ > 0 && still_resting(); }
  bool still_resting();
  void rest(double waited_s);
  void live(int thread, std::uint32_t seen);
  std::size_t take_tasks(std::uint64_t round, int thread);  // returns how many
  std::size_t take_share(std::uint64_t round, std::size_t owner, int thread);

  std::vector<Ticket> tickets_;  // at least one per thread
  alignas(64) std::atomic<std::size_t> done_{0};
  alignas(64) std::atomic<std::uint32_t> round_{0};
  std::atomic<bool> over_{false};
  bool single_threaded_ = false;
  std::atomic<bool> sleeps_{false};  // whether a worker is sleeping
  std::atomic<bool> failed_{false};  // whether a task of this round has thrown
  double resting_until_s_ = 0;       // 0: the threads work together
  double rest_factor_ = MIN_REST_FACTOR;
  int idle_rounds_ = 0;  // consecutive rounds in which no worker helped
  int good_rounds_ = 0;  // consecutive rounds without a rest
  int size_ = 1;         // the calling thread and the workers
  std::uint32_t forks_ = fork_count();  // when the workers were started
  alignas(64) std::atomic<Call> call_{nullptr};
  std::atomic<const void*> context_{nullptr};
  std::atomic<std::size_t> tasks_{0};
  std::exception_ptr error_;  // of the first task that has thrown
  std::vector<std::thread> workers_;
};
#endif

// Runs the tasks of a loop: on all threads of a pool, or on one thread that is already in a task of it.
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
