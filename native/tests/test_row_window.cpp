// Windows of a block file: the rows and their order, with and without a thread that reads ahead, and what
// happens when the file is cut short or changed.
#include "core/row_window.hpp"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "tests/check.hpp"

// Windows has no fork, and ThreadSanitizer does not follow a process with threads through one.
#if !defined(__SANITIZE_THREAD__) && !defined(_WIN32)
#include <sys/wait.h>
#define DELTARULE_FORKS 1
#endif

using namespace deltarule;

namespace {

constexpr std::size_t ROWS = 103, BLOCK_ROWS = 10, BLOCK_BYTES = 4096;

// A file of one float, one code of 2 bytes, a class number of 1 byte and a weight, all made from the row.
struct File {
  std::FILE* const file = std::tmpfile();
  const int descriptor = fileno(file);
  BlockSource source;

  File() {
    for (std::size_t first = 0; first < ROWS; first += BLOCK_ROWS) {
      const std::size_t count = std::min(BLOCK_ROWS, ROWS - first);
      std::vector<char> block(BLOCK_BYTES, 0);
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t row = first + i;
        const float number = static_cast<float>(row), weight = static_cast<float>(row % 2 + 1);
        const auto code = static_cast<std::uint16_t>(1000 + row);
        std::copy_n(reinterpret_cast<const char*>(&number), 4, block.data() + 4 * i);
        std::copy_n(reinterpret_cast<const char*>(&code), 2, block.data() + 64 + 2 * i);
        block[128 + i] = static_cast<char>(row % 3);
        std::copy_n(reinterpret_cast<const char*>(&weight), 4, block.data() + 192 + 4 * i);
      }
      CHECK(write(descriptor, block.data(), BLOCK_BYTES) == static_cast<ssize_t>(BLOCK_BYTES));
    }
    source.descriptor = descriptor;
    source.rows = ROWS;
    source.block_rows = BLOCK_ROWS;
    source.features = {{StoredType::float32, 1, {1}}, {StoredType::uint16, 1, {0}}};
    source.targets = {StoredType::uint8, 1, {}};
    source.class_numbers = true;
    source.classes = 3;
    source.weighted = true;
    source.mean_weight = 2;
    source.inputs = 2;
    source.outputs = 3;
  }
  ~File() { std::fclose(file); }
};

Plan plan_of(std::size_t batch_rows, std::size_t block_rows, std::size_t window_blocks) {
  Plan plan;
  plan.sampling = SamplingKind::blocks;
  plan.batch_rows = batch_rows;
  plan.block_rows = block_rows;
  plan.window_blocks = window_blocks;
  plan.epochs = 4;
  plan.seed = 11;
  return plan;
}

template <class T>
std::vector<std::uint32_t> rows_of(WindowReader<T>& reader, const Plan& plan, std::uint32_t epoch) {
  std::vector<std::uint32_t> rows;
  reader.begin_epoch(epoch);
  while (rows.size() < ROWS) {
    const auto [table, batch] = reader.next(std::min(plan.batch_rows, ROWS - rows.size()));
    for (std::size_t i = 0; i < batch.count; ++i) {
      const std::size_t place = batch.order[batch.first + i];
      const auto row = static_cast<std::size_t>(table.inputs[2 * place + 1]);
      CHECK(table.inputs[2 * place] == static_cast<T>(1000 + row));
      CHECK(table.classes[place] == static_cast<std::int32_t>(row % 3));
      CHECK(table.weights[place] == static_cast<T>(row % 2 + 1) / 2);
      rows.push_back(static_cast<std::uint32_t>(row));
    }
  }
  return rows;
}

// Batches of one and of several windows, windows of one and of all blocks.
template <class T>
void windows_have_the_order_of_rows_in_memory() {
  const File file;
  for (const Plan& plan : {plan_of(7, 10, 3), plan_of(30, 10, 3), plan_of(4, 4, 1), plan_of(32, 25, 2),
                           plan_of(8, 10, 11), plan_of(103, 10, 40)}) {
    for (const bool reads_ahead : {false, true}) {
      WindowReader<T> reader(file.source, plan, reads_ahead);
      for (const std::uint32_t epoch : {0u, 1u, 2u, 0u, 3u}) {
        std::vector<std::uint32_t> wanted(ROWS);
        BlockOrder(plan, epoch, ROWS).write(wanted.data());
        CHECK(rows_of(reader, plan, epoch) == wanted);
        if (epoch == 1) reader.wait();
      }
    }
  }
}

void pieces_are_all_rows_in_order() {
  const File file;
  WindowReader<float> reader(file.source, plan_of(7, 10, 3), true);
  std::size_t rows = 0;
  reader.each_table(true, [&](const Table<float>& table) {
    for (std::size_t i = 0; i < table.rows; ++i) CHECK(table.inputs[2 * i + 1] == static_cast<float>(rows++));
  });
  CHECK(rows == ROWS);
}

template <class Work>
bool fails(const Work& work) {
  try {
    work();
  } catch (const FileReadError&) {
    return true;
  }
  return false;
}

void a_file_that_changes_is_an_error_each_time() {
  for (const bool reads_ahead : {false, true}) {
    const File file;
    const Plan plan = plan_of(7, 10, 3);
    WindowReader<float> reader(file.source, plan, reads_ahead);
    rows_of(reader, plan, 0);
    CHECK(ftruncate(file.descriptor, 3 * BLOCK_BYTES) == 0);
    CHECK(fails([&] { rows_of(reader, plan, 1); }));
    CHECK(fails([&] { rows_of(reader, plan, 1); }));
  }
  const File file;
  const std::vector<char> wrong(BLOCK_ROWS, 3);  // there are three classes: 0, 1 and 2
  CHECK(lseek(file.descriptor, 128, SEEK_SET) == 128);
  CHECK(write(file.descriptor, wrong.data(), wrong.size()) > 0);
  WindowReader<float> reader(file.source, plan_of(7, 10, 11), true);
  CHECK(fails([&] { reader.begin_epoch(0); }));
}

// Class numbers that were written as floats: 0.5 is none.
void a_fraction_is_no_class_number() {
  const File file;
  BlockSource source = file.source;
  source.targets = {StoredType::float32, 1, {}};
  source.weighted = false;
  for (const float number : {1.0f, 0.5f}) {
    for (std::size_t first = 0; first < ROWS; first += BLOCK_ROWS) {
      const std::vector<float> block(BLOCK_ROWS, number);
      CHECK(lseek(file.descriptor, static_cast<off_t>(first / BLOCK_ROWS * BLOCK_BYTES + 128), SEEK_SET) > 0);
      CHECK(write(file.descriptor, block.data(), 4 * BLOCK_ROWS) > 0);
    }
    WindowReader<float> reader(source, plan_of(7, 10, 11), true);
    CHECK(fails([&] { reader.begin_epoch(0); }) == (number != 1.0f));
  }
}

#ifdef DELTARULE_FORKS
void a_forked_process_reads_on() {
  const File file;
  const Plan plan = plan_of(7, 10, 3);
  WindowReader<float> reader(file.source, plan, true);
  reader.begin_epoch(0);
  reader.next(7);  // a thread may be reading the next window now
  const pid_t child = fork();
  if (child == 0) {
    std::vector<std::uint32_t> wanted(ROWS);
    BlockOrder(plan, 1, ROWS).write(wanted.data());
    _exit(rows_of(reader, plan, 1) == wanted && failures == 0 ? 0 : 1);
  }
  int status = 1;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}
#endif

}  // namespace

int main() {
  windows_have_the_order_of_rows_in_memory<float>();
  windows_have_the_order_of_rows_in_memory<double>();
  pieces_are_all_rows_in_order();
  a_file_that_changes_is_an_error_each_time();
  a_fraction_is_no_class_number();
#ifdef DELTARULE_FORKS
  a_forked_process_reads_on();
#endif
  return failures > 0;
}
