#include "core/plain_text.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <utility>
#include <version>

namespace deltarule {
namespace {

constexpr std::size_t MAX_LINE_BYTES = 1 << 20;  // half of what DuckDB allows
constexpr double MAX_EXACT_INTEGER = 9007199254740992.0;  // 2^53
constexpr std::uint64_t MAX_EXACT_MANTISSA = std::uint64_t(1) << 53;
constexpr int MAX_EXACT_POWER = 22, MAX_DIGITS = 19, MAX_EXPONENT_DIGITS = 3;
constexpr double POWERS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                             1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

constexpr std::uint64_t INTEGER_POWERS[] = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};
constexpr std::size_t DIGITS_AT_ONCE = 8;

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// Appends the next digits to a number, eight at once where as many bytes can be read (Lemire 2021), and returns where
// they end. The digits of some bytes are first multiplied in pairs, then in fours, then together.
[[gnu::always_inline]] inline const char* append_digits(const char* s, const char* end, std::uint64_t& number) {
  if constexpr (std::endian::native == std::endian::little) {
    if (end - s >= static_cast<std::ptrdiff_t>(DIGITS_AT_ONCE)) {
      constexpr std::uint64_t EACH = 0x0101010101010101, PAIRS = 0x000000ff000000ff;
      std::uint64_t bytes;
      std::memcpy(&bytes, s, sizeof bytes);
      const std::uint64_t values = bytes - '0' * EACH;
      const std::uint64_t others = (values | (bytes + (0x7f - '9') * EACH)) & (0x80 * EACH);  // right up to the first
      const auto count = static_cast<std::size_t>(std::countr_zero(others)) / 8;
      if (count > 0) {
        std::uint64_t digits = values << (8 * (DIGITS_AT_ONCE - count));
        digits = 10 * digits + (digits >> 8);
        digits = ((digits & PAIRS) * (100 + (1'000'000ull << 32)) +
                  ((digits >> 16) & PAIRS) * (1 + (10'000ull << 32))) >> 32;
        number = number * INTEGER_POWERS[count] + static_cast<std::uint32_t>(digits);
      }
      s += count;
      if (count < DIGITS_AT_ONCE) return s;
    }
  }
  while (is_digit(*s)) number = 10 * number + static_cast<std::uint64_t>(*s++ - '0');
  return s;
}

bool is_whole(double value) {
  return std::fabs(value) >= MAX_EXACT_INTEGER || value == static_cast<double>(static_cast<std::int64_t>(value));
}

// The number of a text in the plain spelling whose digits or exponent are many, correctly rounded.
bool long_number(const char* begin, const char* end, double& value) {
#if defined(__cpp_lib_to_chars)
  const auto [stop, error] = std::from_chars(begin, end, value);
  return error == std::errc() && stop == end && std::isfinite(value);
#else
  static_cast<void>(begin), static_cast<void>(end), static_cast<void>(value);
  return false;
#endif
}

void append(std::vector<std::uint8_t>& bytes, std::string_view text) {
  const std::size_t size = text.size(), before = bytes.size();
  bytes.resize(before + 4 + size);
  std::uint8_t* const out = bytes.data() + before;
  for (int i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(size >> (8 * i));
  std::memcpy(out + 4, text.data(), size);
}

// With nearly as many values as cells among the first ones, a dictionary of all would be too large.
constexpr std::size_t FIRST_CELLS = 2048, MANY_OF_FIRST = 1960;

std::uint64_t mixed(std::uint64_t bits) {  // the end of SplitMix64
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}

// Places of distinct values, found by their hashes; a value that is equal has the same one.
class Places {
 public:
  // The place of the value, which `equals` compares with that of another place; the next one if it is new.
  template <class Equals>
  std::size_t place_of(std::uint64_t hash, std::size_t next, const Equals& equals) {
    for (std::size_t i = hash % SLOTS;; i = (i + 1) % SLOTS) {
      if (slots_[i] == 0) {
        slots_[i] = static_cast<std::uint16_t>(next + 1);
        return next;
      }
      if (equals(slots_[i] - 1u)) return slots_[i] - 1u;
    }
  }

 private:
  static constexpr std::size_t SLOTS = 2 * MAX_DICTIONARY_VALUES;
  std::vector<std::uint16_t> slots_ = std::vector<std::uint16_t>(SLOTS);  // 0: free
};

}  // namespace

bool find_dictionary(const double* numbers, std::size_t count, Dictionary& found) {
  Places places;
  std::vector<std::uint64_t> values;
  found.places.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t bits;
    std::memcpy(&bits, numbers + i, sizeof bits);
    const auto is_same = [&](std::size_t p) { return values[p] == bits; };
    const std::size_t place = places.place_of(mixed(bits), values.size(), is_same);
    if (place == values.size()) {
      if (place == MAX_DICTIONARY_VALUES || (place == MANY_OF_FIRST && i < FIRST_CELLS)) return false;
      values.push_back(bits);
    }
    found.places[i] = static_cast<std::uint16_t>(place);
  }
  found.count = values.size();
  if (3 * count < 4 * found.count) return false;  // it would not be smaller than the numbers
  found.values.resize(values.size() * sizeof(std::uint64_t));
  if (!values.empty()) std::memcpy(found.values.data(), values.data(), found.values.size());
  return true;
}

bool find_dictionary(const TextCells& cells, Dictionary& found) {
  Places places;
  std::vector<std::string_view> values;
  const std::uint8_t* at = cells.bytes.data();
  const std::uint8_t* const end = at + cells.bytes.size();
  while (at < end) {
    std::size_t size = 0;
    for (int i = 0; i < 4; ++i) size |= static_cast<std::size_t>(at[i]) << (8 * i);
    const std::string_view text(reinterpret_cast<const char*>(at + 4), size);
    const std::size_t hash = std::hash<std::string_view>()(text);
    const std::size_t place = places.place_of(hash, values.size(), [&](std::size_t p) { return values[p] == text; });
    if (place == values.size()) {
      if (place == MAX_DICTIONARY_VALUES) return false;
      values.push_back(text);
      append(found.values, text);
    }
    found.places.push_back(static_cast<std::uint16_t>(place));
    at += 4 + size;
  }
  found.count = values.size();
  return true;
}

PlainTextParser::PlainTextParser(PlainTextFormat format) : format_(std::move(format)) {
  for (const char c : {format_.separator, format_.quote, '\n', '\r', '\0'})
    stops_[static_cast<std::uint8_t>(c)] = true;
  for (const CellKind kind : format_.columns) {
    if (kind == CellKind::number) missing_.push_back(0);
    else texts_.emplace_back();
  }
  had_number_.assign(missing_.size(), false);
  lowest_fractions_.assign(missing_.size(), std::numeric_limits<double>::quiet_NaN());
}

std::size_t PlainTextParser::parse(std::string_view text, double* numbers, std::size_t stride,
                                   std::size_t most_rows) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (is_plain_ && at < end && rows_ < most_rows) {
    const char* const line = at;
    is_plain_ = parse_line(at, end, numbers, stride) && static_cast<std::size_t>(at - line) <= MAX_LINE_BYTES;
    rows_ += is_plain_;
  }
  return static_cast<std::size_t>(at - text.data());
}

std::size_t PlainTextParser::text_bytes() const {
  std::size_t total = 0;
  for (const TextCells& cells : texts_) total += cells.bytes.size();
  return total;
}

bool PlainTextParser::has_all_numbers() const {
  for (std::size_t i = 0; i < missing_.size(); ++i)
    if (!had_number_[i] && missing_[i] == rows_) return false;
  return true;
}

void PlainTextParser::clear() {
  for (TextCells& cells : texts_) {
    cells.bytes.clear();
    cells.present.clear();
  }
  for (std::size_t i = 0; i < missing_.size(); ++i) had_number_[i] = had_number_[i] || missing_[i] < rows_;
  std::fill(missing_.begin(), missing_.end(), 0);
  rows_ = 0;
}

// Every cell is followed by a line feed somewhere, so that nothing is read beyond the text.
[[gnu::always_inline]] inline bool PlainTextParser::parse_number(const char*& at, const char* end, double& value,
                                   bool& may_be_fraction) const {
  const char* const begin = at;
  const bool is_negative = *begin == '-';
  const char* s = begin + is_negative;
  const char* const first = s;
  std::uint64_t mantissa = 0;
  while (is_digit(*s)) mantissa = 10 * mantissa + static_cast<std::uint64_t>(*s++ - '0');
  const auto whole = s - first;
  if (whole == 0 || (whole > 1 && *first == '0')) return false;
  auto digits = whole;
  int exponent = 0;
  if (*s == '.') {
    const char* const fraction = ++s;
    s = append_digits(s, end, mantissa);
    if (s == fraction) return false;
    digits += s - fraction;
    exponent = -static_cast<int>(std::min<std::ptrdiff_t>(s - fraction, 1000));
  }
  if (*s == 'e' || *s == 'E') {
    ++s;
    const bool is_small = *s == '-';
    s += is_small || *s == '+';
    const char* const power = s;
    int n = 0;
    while (is_digit(*s) && s - power <= MAX_EXPONENT_DIGITS) n = 10 * n + (*s++ - '0');
    if (s == power || s - power > MAX_EXPONENT_DIGITS) return false;
    exponent += is_small ? -n : n;
  }
  if (!ends_cell(*s)) return false;
  may_be_fraction = exponent < 0;
  if (digits <= MAX_DIGITS && mantissa <= MAX_EXACT_MANTISSA && std::abs(exponent) <= MAX_EXACT_POWER) {
    // Both are exact, so that the one operation rounds correctly (Clinger 1990).
    const double exact = static_cast<double>(static_cast<std::int64_t>(mantissa));
    const double size = exponent < 0 ? exact / POWERS[-exponent] : exact * POWERS[exponent];
    value = std::bit_cast<double>(std::bit_cast<std::uint64_t>(size) | std::uint64_t(is_negative) << 63);
  } else if (!long_number(begin, s, value)) {
    return false;
  }
  if (format_.infers_types && std::fabs(value) >= MAX_EXACT_INTEGER) {
    value = std::numeric_limits<double>::quiet_NaN();
    return false;
  }
  at = s;
  return true;
}

bool PlainTextParser::parse_line(const char*& line, const char* end, double* numbers, std::size_t stride) {
  const char* at = line;
  const CellKind* const kinds = format_.columns.data();
  std::size_t number = 0, text = 0;
  const std::size_t count = format_.columns.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (at >= end) return false;
    if (kinds[i] == CellKind::number) {
      double value = std::numeric_limits<double>::quiet_NaN();
      bool may_be_fraction = false;
      if (parse_number(at, end, value, may_be_fraction)) {
        double& lowest = lowest_fractions_[number];
        if (may_be_fraction && !(value >= lowest) && !is_whole(value)) lowest = value;
      } else {
        if (!parse_missing(at)) return false;
        ++missing_[number];
      }
      numbers[number++ * stride + rows_] = value;
    } else {
      std::string_view cell;
      if (!parse_text(at, cell)) return false;
      TextCells& cells = texts_[text++];
      const bool is_present = kinds[i] == CellKind::text && !cell.empty();
      cells.present.push_back(is_present);
      if (is_present) append(cells.bytes, cell);
    }
    if (i + 1 < count && *at++ != format_.separator) return false;
  }
  if (!passes_line_end(at)) return false;
  line = at;
  return true;
}

// All lines must end alike, as DuckDB wants it.
bool PlainTextParser::passes_line_end(const char*& at) {
  const bool has_carriage_return = *at == '\r';
  at += has_carriage_return;
  if (*at++ != '\n') return false;
  if (!knows_line_end_) has_carriage_returns_ = has_carriage_return;
  knows_line_end_ = true;
  return has_carriage_return == has_carriage_returns_;
}

bool PlainTextParser::parse_missing(const char*& at) const {
  std::string_view cell;
  return parse_text(at, cell) && (cell.empty() || format_.missing.contains(std::string(cell)));
}

// A quoted text may hold separators; whether an empty one is missing is left to DuckDB.
bool PlainTextParser::parse_text(const char*& at, std::string_view& cell) const {
  if (*at == format_.quote) {
    const char* const begin = ++at;
    while (!stops_[static_cast<std::uint8_t>(*at)] || *at == format_.separator) ++at;
    cell = {begin, static_cast<std::size_t>(at - begin)};
    return !cell.empty() && *at++ == format_.quote && ends_cell(*at);
  }
  const char* const begin = at;
  while (!stops_[static_cast<std::uint8_t>(*at)]) ++at;
  cell = {begin, static_cast<std::size_t>(at - begin)};
  return ends_cell(*at);
}

}  // namespace deltarule
