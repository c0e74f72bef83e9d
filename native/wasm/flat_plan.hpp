// A plan as a flat list of float64 numbers. Records follow each other field by field, in the order of
// `core/plan_fields.hpp`:
//
//   number            one number; booleans and enumerations too
//   whole             an integer of 64 bits: its upper 32 bits, then its lower ones
//   optional KIND     0, or 1 and the value
//   list KIND         the count and the values
//   RECORD            its fields
//
// `describe_records` writes this form as JSON, from the fields themselves; the caller packs by it.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "core/plan_fields.hpp"

namespace deltarule {

template <class T>
constexpr bool IS_NUMBER = std::is_arithmetic_v<T> || std::is_enum_v<T>;

// Reads records; `problem` is a sentence once something does not fit, and then nothing more is read.
class FlatReader {
 public:
  FlatReader(const double* numbers, std::size_t count) : at_(numbers), end_(numbers + count) {}

  template <class Record>
  void read(Record& record) {
    if constexpr (IS_NUMBER<Record>) read_number(record);
    else each_field(record, [this](const char*, auto& field) { this->read(field); });
  }

  const char* problem() const {
    if (problem_ != nullptr || at_ == end_) return problem_;
    return "a plan has more numbers than its fields";
  }

 private:
  template <class T>
  void read_number(T& field) {
    if constexpr (std::is_same_v<T, std::uint64_t>) {
      const std::uint64_t upper = whole(), lower = whole();
      field = upper << 32 | lower;
    } else if constexpr (std::is_floating_point_v<T>) {
      field = next();
    } else {
      field = static_cast<T>(whole());
    }
  }

  template <class T>
  void read(std::optional<T>& field) {
    if (whole() == 0) return;
    field.emplace();
    read(*field);
  }

  template <class T>
  void read(std::vector<T>& field) {
    const std::uint32_t count = whole();
    if (count > static_cast<std::size_t>(end_ - at_)) return fail();
    field.resize(count);
    for (T& item : field) read(item);
  }

  template <std::size_t N>
  void read(std::array<double, N>& field) {
    const std::uint32_t count = whole();
    if (count > N) return fail("a formula has too many settings");
    for (std::uint32_t i = 0; i < count; ++i) field[i] = next();
  }

  double next() {
    if (at_ == end_) {
      fail();
      return 0;
    }
    return *at_++;
  }

  std::uint32_t whole() {
    const double number = next();
    if (number >= 0 && number <= 4294967295.0 && number == std::floor(number))
      return static_cast<std::uint32_t>(number);
    fail("a number of a plan is not an integer of 32 bits");
    return 0;
  }

  void fail(const char* sentence = "a plan has fewer numbers than its fields") {
    if (problem_ == nullptr) problem_ = sentence;
    at_ = end_;
  }

  const double* at_;
  const double* end_;
  const char* problem_ = nullptr;
};

template <class T>
struct Kind {
  static std::string name() { return IS_NUMBER<T> ? "number" : RECORD_NAME<T>; }
};
template <>
inline std::string Kind<std::uint64_t>::name() { return "whole"; }
template <class T>
struct Kind<std::optional<T>> {
  static std::string name() { return "optional " + Kind<T>::name(); }
};
template <class T>
struct Kind<std::vector<T>> {
  static std::string name() { return "list " + Kind<T>::name(); }
};
template <std::size_t N>
struct Kind<std::array<double, N>> {
  static std::string name() { return "list number"; }
};

// Returns {"fields": kinds} for one record, as members of a JSON object.
template <class Record>
std::string describe_record() {
  std::string text = "\"" + std::string(RECORD_NAME<Record>) + "\":{";
  Record record;
  const char* comma = "";
  each_field(record, [&]<class Field>(const char* name, Field&) {
    text += comma + ("\"" + std::string(name)) + "\":\"" + Kind<Field>::name() + "\"";
    comma = ",";
  });
  return text + "}";
}

}  // namespace deltarule
