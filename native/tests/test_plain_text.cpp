// Lines of plain text tables, against cells and numbers written by hand.
#include "core/plain_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>
#include <version>

#include "tests/check.hpp"

using namespace deltarule;

namespace {

constexpr CellKind NUMBER = CellKind::number, TEXT = CellKind::text, SKIPPED = CellKind::skipped;

PlainTextFormat format(std::vector<CellKind> columns) { return {',', '"', std::move(columns), {"NA", "?"}, true}; }

std::string text_of(const TextCells& cells) { return {cells.bytes.begin(), cells.bytes.end()}; }

void cells_are_found() {
  PlainTextParser parser(format({NUMBER, TEXT, SKIPPED, NUMBER}));
  std::vector<double> numbers(2 * 8, -1.0);
  const std::string_view text = "1.5,red,x,-2e3\nNA,,,0\n-0.125,\"a, b\",\"y\",9007199254740991\n";
  CHECK(parser.parse(text, numbers.data(), 8, 8) == text.size());
  CHECK(parser.is_plain() && parser.rows() == 3 && parser.has_all_numbers());
  CHECK(numbers[0] == 1.5 && std::isnan(numbers[1]) && numbers[2] == -0.125);
  CHECK(numbers[8] == -2000 && numbers[9] == 0 && numbers[10] == 9007199254740991.0);
  CHECK(parser.missing() == (std::vector<std::size_t>{1, 0}));
  CHECK(parser.lowest_fractions()[0] == -0.125 && std::isnan(parser.lowest_fractions()[1]));
  CHECK(text_of(parser.texts(0)) == std::string("\3\0\0\0red\4\0\0\0a, b", 15));
  CHECK(parser.texts(0).present == (std::vector<std::uint8_t>{1, 0, 1}));
  CHECK(parser.texts(1).bytes.empty() && parser.texts(1).present == (std::vector<std::uint8_t>{0, 0, 0}));
  CHECK(parser.text_bytes() == 15);
}

void rows_come_in_groups() {
  PlainTextParser parser(format({NUMBER, TEXT}));
  std::vector<double> numbers(2);
  const std::string_view text = "1,a\r\n2,b\r\n3,c\r\n";
  CHECK(parser.parse(text, numbers.data(), 2, 2) == 10);
  CHECK(parser.rows() == 2 && numbers[1] == 2);
  parser.clear();
  CHECK(parser.parse(text.substr(10), numbers.data(), 2, 2) == 5);
  CHECK(parser.rows() == 1 && numbers[0] == 3 && text_of(parser.texts(0)) == std::string("\1\0\0\0c", 5));
}

// Whether a table of a number and a text is plain.
bool is_plain(std::string_view text, bool infers_types = true) {
  PlainTextFormat wanted = format({NUMBER, TEXT});
  wanted.infers_types = infers_types;
  PlainTextParser parser(wanted);
  double numbers[8];
  parser.parse(text, numbers, 8, 8);
  return parser.is_plain();
}

void what_is_not_plain_is_left() {
  CHECK(is_plain("1,a\n2,b\n"));
  for (const char* text : {"007,a\n", "-01.5,a\n", "+1,a\n", ".5,a\n", "1.,a\n", " 1,a\n", "1 ,a\n", "1_0,a\n",
                           "0x1,a\n", "1e,a\n", "1e1000,a\n", "1e9999,a\n", "nan,a\n", "inf,a\n", "\"1\",a\n",
                           "--,a\n",
                           "9007199254740992,a\n", "1e16,a\n"})
    CHECK(!is_plain(text));
  for (const char* text : {"1\n", "1,a,b\n", "\n", "1,a\n\n", "1,a\"b\n", "1,\"a\"b\n", "1,\"a\"\"b\"\n", "1,\"\"\n",
                           "1,\"a\nb\"\n", "1,a\rb\n", "1,a\r\n2,b\n", "1,a\n2,b\r\n"})
    CHECK(!is_plain(text));
  CHECK(!is_plain(std::string_view("1,a\0b\n", 6)));
  CHECK(!is_plain("1," + std::string(1 << 20, 'a') + "\n"));
  CHECK(is_plain("9007199254740992,a\n", false) && is_plain("1e300,a\n", false) && !is_plain("007,a\n", false));
}

void numbers_are_rounded_correctly() {
  PlainTextParser parser(format({NUMBER, NUMBER}));
  std::vector<double> numbers(2 * 4);
  // Digits of all lengths, at any distance from the end of the text.
  for (std::size_t digits = 1; digits <= 15; ++digits)
    for (std::size_t more = 0; more < 12; ++more) {
      const std::string fraction = std::string("123456789012345").substr(0, digits);
      const std::string line = "-3." + fraction + "," + std::string(more + 1, '7') + "\n";
      PlainTextParser one(format({NUMBER, NUMBER}));
      double pair[2];
      one.parse(line, pair, 1, 1);
      CHECK(one.is_plain() && pair[0] == -std::strtod(("3." + fraction).c_str(), nullptr));
    }
  // 2^-1074, the largest double below 1, 17 digits, and a number just below the tie of 1 and the next double.
  const std::string_view text =
      "5e-324,0.99999999999999988897769753748\n9007199254740.9935,1.00000000000000011102230246251565404\n";
  parser.parse(text, numbers.data(), 4, 4);
#if defined(__cpp_lib_to_chars)
  CHECK(parser.is_plain() && parser.rows() == 2);
  CHECK(numbers[0] == std::numeric_limits<double>::denorm_min() && numbers[4] == std::nextafter(1.0, 0.0));
  CHECK(numbers[1] == 9007199254740.9935 && numbers[5] == 1.0);
#else
  CHECK(!parser.is_plain());
#endif
}

void dictionaries_are_in_the_order_of_the_cells() {
  const double numbers[] = {2.5, 0.0, -0.0, 2.5, 0.0};
  Dictionary found, larger;
  CHECK(!find_dictionary(numbers, 3, larger));
  CHECK(find_dictionary(numbers, 5, found) && found.count == 3);
  CHECK(found.places == (std::vector<std::uint16_t>{0, 1, 2, 0, 1}));
  double values[3];
  std::memcpy(values, found.values.data(), sizeof values);
  CHECK(values[0] == 2.5 && !std::signbit(values[1]) && std::signbit(values[2]));

  std::vector<double> many(2 * MAX_DICTIONARY_VALUES);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i / 2);
  Dictionary all, none;
  CHECK(find_dictionary(many.data(), many.size(), all) && all.count == MAX_DICTIONARY_VALUES);
  CHECK(all.places.back() == MAX_DICTIONARY_VALUES - 1);
  many.push_back(-1);
  CHECK(!find_dictionary(many.data(), many.size(), none));

  TextCells cells;
  for (const char* text : {"b", "", "b", "aa"}) {
    const auto size = static_cast<std::uint8_t>(std::strlen(text));
    cells.bytes.insert(cells.bytes.end(), {size, 0, 0, 0});
    cells.bytes.insert(cells.bytes.end(), text, text + size);
  }
  Dictionary texts;
  CHECK(find_dictionary(cells, texts) && texts.count == 3);
  CHECK(texts.places == (std::vector<std::uint16_t>{0, 1, 0, 2}));
}

}  // namespace

int main() {
  cells_are_found();
  rows_come_in_groups();
  what_is_not_plain_is_left();
  numbers_are_rounded_correctly();
  dictionaries_are_in_the_order_of_the_cells();
  return failures > 0;
}
