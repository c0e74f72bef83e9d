// Lines of plain text tables as columns; Python reads the file and writes the columns.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "bindings/bindings.hpp"
#include "core/plain_text.hpp"

namespace deltarule {
namespace {

using nb::literals::operator""_a;

CellKind kind_of(int number) {
  if (number < 0 || number > static_cast<int>(CellKind::number)) throw nb::value_error("there is no such kind of cell");
  return static_cast<CellKind>(number);
}

char byte_of(int number) {
  if (number < 1 || number > 127) throw nb::value_error("separator and quote must be ASCII characters");
  return static_cast<char>(number);
}

nb::object described(const Dictionary& found) {
  const nb::bytes values(found.values.data(), found.values.size());
  return nb::make_tuple(values, found.count, nb::bytes(found.places.data(), 2 * found.places.size()));
}

// Values, their count and the places of numbers, of which none is NaN; None for numbers with many values.
nb::object dictionary_of(ArrayIn<double, 1> numbers) {
  Dictionary found;
  return find_dictionary(numbers.data(), numbers.shape(0), found) ? described(found) : nb::none();
}

nb::bytes bytes_of(const std::vector<std::uint8_t>& bytes) {
  return nb::bytes(bytes.data(), bytes.size());
}

// A parser that one thread uses, and the numbers of its columns.
class Parser {
 public:
  Parser(int separator, int quote, const std::vector<int>& kinds, const std::vector<std::string>& missing,
         bool infers_types)
      : parser_(format(separator, quote, kinds, missing, infers_types)) {
    for (const int kind : kinds) (kind_of(kind) == CellKind::number ? numbers_ : texts_) += 1;
  }

  // Parses lines of text[begin:stop], which ends with a line feed; returns where the next line begins.
  std::size_t parse(ArrayIn<std::uint8_t, 1> text, std::size_t begin, std::size_t stop, ArrayOut<double, 2> numbers,
                    std::size_t most_rows) {
    if (numbers.shape(0) != numbers_ || numbers.shape(1) < most_rows)
      throw nb::value_error("numbers do not fit the columns and rows");
    if (begin > stop || stop > text.shape(0)) throw nb::value_error("the text is not that long");
    const auto* const first = reinterpret_cast<const char*>(text.data());
    if (begin < stop && first[stop - 1] != '\n') throw nb::value_error("the text must end with a line feed");
    const ReleasedGil released;
    return begin + parser_.parse({first + begin, stop - begin}, numbers.data(), numbers.shape(1), most_rows);
  }

  // The texts of the column at a place among those that are no numbers, which are present, and their dictionary.
  nb::tuple texts(std::size_t place) const {
    if (place >= texts_) throw nb::value_error("there is no such column of texts");
    const TextCells& cells = parser_.texts(place);
    Dictionary found;
    const bool is_found = find_dictionary(cells, found);
    return nb::make_tuple(bytes_of(cells.bytes), bytes_of(cells.present), is_found ? described(found) : nb::none());
  }

  const PlainTextParser& parser() const { return parser_; }
  void clear() { parser_.clear(); }

 private:
  static PlainTextFormat format(int separator, int quote, const std::vector<int>& kinds,
                                const std::vector<std::string>& missing, bool infers_types) {
    PlainTextFormat format{byte_of(separator), byte_of(quote), {}, {missing.begin(), missing.end()}, infers_types};
    for (const int kind : kinds) format.columns.push_back(kind_of(kind));
    return format;
  }

  PlainTextParser parser_;
  std::size_t numbers_ = 0, texts_ = 0;
};

}  // namespace

void bind_plain_text(nb::module_& m) {
  m.def("dictionary_of", &dictionary_of, "numbers"_a.noconvert());
  nb::class_<Parser>(m, "PlainTextParser")
      .def(nb::init<int, int, const std::vector<int>&, const std::vector<std::string>&, bool>(), nb::kw_only(),
           "separator"_a, "quote"_a, "kinds"_a, "missing"_a, "infers_types"_a)
      .def("parse", &Parser::parse, "text"_a.noconvert(), "begin"_a, "stop"_a, "numbers"_a.noconvert(),
           "most_rows"_a)
      .def("texts", &Parser::texts, "place"_a)
      .def("clear", &Parser::clear)
      .def_prop_ro("is_plain", [](const Parser& p) { return p.parser().is_plain(); })
      .def_prop_ro("rows", [](const Parser& p) { return p.parser().rows(); })
      .def_prop_ro("text_bytes", [](const Parser& p) { return p.parser().text_bytes(); })
      .def_prop_ro("lowest_fractions", [](const Parser& p) { return p.parser().lowest_fractions(); })
      .def_prop_ro("missing", [](const Parser& p) { return p.parser().missing(); })
      .def_prop_ro("has_all_numbers", [](const Parser& p) { return p.parser().has_all_numbers(); });
}

}  // namespace deltarule
