// Lines of a UTF-8 text table as columns: numbers in the plain spelling as float64, other cells as texts.
//
// Only tables without surprises are parsed, to the cells that DuckDB's strict parser finds. Of everything else, such
// as a quote within a cell, a code among numbers (007) or a line with another number of cells, nothing is
// known but that DuckDB has to read the table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace deltarule {

enum class CellKind : std::uint8_t { skipped, text, number };

struct PlainTextFormat {
  char separator = ',', quote = '"';
  std::vector<CellKind> columns;
  std::unordered_set<std::string> missing;  // spellings of missing numbers
  bool infers_types = true;                 // then integers from 2^53 on are no numbers
};

// Texts of some rows: the length of each in 4 bytes (little-endian), and its bytes; missing ones have none.
struct TextCells {
  std::vector<std::uint8_t> bytes, present;  // `present` has an entry for each row
};

// The distinct values of some cells in the order of their first cell, and the place of each cell's value among them.
struct Dictionary {
  std::vector<std::uint8_t> values;  // as the cells themselves
  std::vector<std::uint16_t> places;
  std::size_t count = 0;
};

constexpr std::size_t MAX_DICTIONARY_VALUES = 16384;

// Finds the dictionary of numbers, of which none is NaN, or of texts; returns false for more values than that, and for
// numbers that it would not make smaller.
bool find_dictionary(const double* numbers, std::size_t count, Dictionary& found);
bool find_dictionary(const TextCells& cells, Dictionary& found);

class PlainTextParser {
 public:
  explicit PlainTextParser(PlainTextFormat format);

  // Parses whole lines of `text`, each of which ends with a line feed, at most until `most_rows` rows are
  // there. Number i of row r is written to numbers[i * stride + r], NaN if missing. Returns the bytes parsed.
  // Once the table is not plain, nothing more is parsed.
  std::size_t parse(std::string_view text, double* numbers, std::size_t stride, std::size_t most_rows);

  bool is_plain() const { return is_plain_; }
  std::size_t rows() const { return rows_; }                                       // that are there
  const TextCells& texts(std::size_t place) const { return texts_[place]; }        // of a column that is no number
  const std::vector<std::size_t>& missing() const { return missing_; }             // cells of each number column
  std::size_t text_bytes() const;  // of all texts that are there
  bool has_all_numbers() const;  // whether each number column had a number so far

  // The lowest number that is not whole of each number column, so far; NaN if there is none.
  const std::vector<double>& lowest_fractions() const { return lowest_fractions_; }

  // Forgets the rows, so that the next ones are parsed.
  void clear();

 private:
  bool parse_line(const char*& at, const char* end, double* numbers, std::size_t stride);
  bool parse_number(const char*& at, const char* end, double& value, bool& may_be_fraction) const;
  bool parse_missing(const char*& at) const;
  bool parse_text(const char*& at, std::string_view& cell) const;
  bool ends_cell(char c) const { return c == format_.separator || c == '\n' || c == '\r'; }
  bool passes_line_end(const char*& at);

  PlainTextFormat format_;
  bool stops_[256] = {};  // bytes that end a text or make it none that is plain
  std::vector<TextCells> texts_;
  std::vector<std::size_t> missing_;
  std::vector<bool> had_number_;  // in the rows before
  std::vector<double> lowest_fractions_;
  std::size_t rows_ = 0;
  bool is_plain_ = true, knows_line_end_ = false, has_carriage_returns_ = false;
};

}  // namespace deltarule
