// How a value of a column becomes features: the operations of deltarule/preprocessing/operations.py, in the
// same order of float64 arithmetic, so that the features have the same bits. Datetimes are left to NumPy, whose
// sine and cosine may differ from those of the C++ library in the last bit.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace deltarule {

// Distinct training quantiles with their normal scores, see `Knots` in operations.py.
struct Knots {
  std::vector<double> edges, low, high, middle;

  double score(double x) const {
    if (std::isnan(x)) return 0;
    if (x < edges.front()) return low.front();
    if (x > edges.back()) return high.back();
    if (edges.size() == 1) return middle.front();
    const std::ptrdiff_t after = std::upper_bound(edges.begin(), edges.end(), x) - edges.begin();
    const std::ptrdiff_t last = static_cast<std::ptrdiff_t>(edges.size()) - 2;
    const std::size_t at = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(after - 1, 0, last));
    double before = edges[at], next = edges[at + 1];
    if (!std::isfinite(edges.back() - edges.front())) {  // halves of such large numbers are exact
      x /= 2;
      before /= 2;
      next /= 2;
    }
    const double share = std::min(std::max((x - before) / (next - before), 0.0), 1.0);
    if (share == 0) return middle[at];
    if (share == 1) return middle[at + 1];
    return high[at] + share * (low[at + 1] - high[at]);
  }
};

// The scores of many numbers, with the same bits. Of buckets of equal width, a larger number never has an earlier
// one, so that the edges in other buckets than its own need no comparison.
class ManyScores {
 public:
  ManyScores() = default;
  explicit ManyScores(const Knots& knots) {
    const std::vector<double>& edges = knots.edges;
    const std::size_t count = BUCKETS_OF_AN_EDGE * edges.size();
    if (edges.size() < 2 || edges.size() > MAX_EDGES) return;
    first_ = edges.front();
    scale_ = static_cast<double>(count) / (edges.back() - first_);
    if (!(scale_ > 0 && std::isfinite(scale_))) return;
    std::vector<std::uint16_t> edges_in(count);
    before_.resize(count);
    for (const double edge : edges) ++edges_in[bucket(edge)];
    steps_ = *std::max_element(edges_in.begin(), edges_in.end());
    if (steps_ > MAX_EDGES_OF_A_BUCKET) {
      before_.clear();
      return;
    }
    for (std::size_t i = 1; i < count; ++i) before_[i] = static_cast<std::uint16_t>(before_[i - 1] + edges_in[i - 1]);
    edges_ = edges;
    edges_.resize(edges.size() + MAX_EDGES_OF_A_BUCKET, std::numeric_limits<double>::infinity());
    for (std::size_t i = 0; i + 1 < edges.size(); ++i)
      segments_.push_back({edges[i], edges[i + 1] - edges[i], knots.high[i], knots.low[i + 1] - knots.high[i]});
  }

  double score(const Knots& knots, double x) const {
    // Where many edges are in one bucket, there are none.
    if (before_.empty() || !(x >= first_ && x <= knots.edges.back())) return knots.score(x);
    std::size_t after = before_[bucket(x)];
    for (std::size_t i = 0; i < steps_; ++i) after += edges_[after] <= x;
    const std::size_t at = std::min(after - 1, segments_.size() - 1);
    const Segment& segment = segments_[at];
    const double share = (x - segment.begin) / segment.width;
    if (share == 0) return knots.middle[at];
    if (share >= 1) return knots.middle[at + 1];
    return segment.high + share * segment.rise;
  }

 private:
  struct Segment {
    double begin, width, high, rise;
  };
  static constexpr std::size_t BUCKETS_OF_AN_EDGE = 8, MAX_EDGES_OF_A_BUCKET = 4, MAX_EDGES = 60'000;

  std::size_t bucket(double x) const {
    return std::min(static_cast<std::size_t>((x - first_) * scale_), before_.size() - 1);
  }

  double first_ = 0, scale_ = 0;
  std::size_t steps_ = 0;
  std::vector<std::uint16_t> before_;  // edges in earlier buckets
  std::vector<double> edges_;          // and infinities
  std::vector<Segment> segments_;
};

// (x - mean) / scale; both sides are halved, so that the difference does not overflow.
inline double standardized(double x, double mean, double scale) { return (x / 2 - mean / 2) / (scale / 2); }

inline double soft_clip(double x, double middle, double scale) {
  constexpr double MAX_Z = 1e6, CLIP = 3;
  if (std::isnan(x)) return 0;
  const double z = std::min(std::max(standardized(x, middle, scale), -MAX_Z), MAX_Z), share = z / CLIP;
  return z / std::sqrt(1 + share * share);
}

// What is done with a value; `a` to `d` are the numbers of the operation, in the order of its fields.
struct Operation {
  enum class Kind { soft_clip, standardize, normal_score, sign, is_missing, one_hot, look_up, code_from_one };

  Kind kind;
  double a = 0, b = 0, c = 0, d = 0;
  std::size_t count = 0;         // of one_hot: levels,
  bool marks_others = false;     // and whether another place is 1 for -1
  std::vector<double> entries;   // of look_up
  Knots knots;                   // of normal_score,
  ManyScores many_scores;        // and those of many numbers

  std::size_t width() const { return kind == Kind::one_hot ? count + marks_others : 1; }

  // Writes the features of a number, NaN if missing.
  void apply(double x, float* out) const {
    switch (kind) {
      case Kind::soft_clip: *out = static_cast<float>(soft_clip(x, a, b)); break;
      case Kind::standardize: {
        const double z = standardized(std::isnan(x) ? a : x, b, c);
        *out = static_cast<float>(std::min(std::max(z, -d), d));
        break;
      }
      case Kind::normal_score: *out = static_cast<float>(knots.score(x)); break;
      case Kind::sign: *out = std::isnan(x) ? 0.f : static_cast<float>(2 * x - 1); break;
      default: *out = std::isnan(x) ? 1.f : 0.f; break;
    }
  }

  // Writes the features of the code of a level, -1 if missing or unknown.
  void apply_code(std::int32_t code, float* out) const {
    if (kind == Kind::one_hot) {
      std::fill_n(out, width(), 0.f);
      if (code >= 0) out[code] = 1;
      else if (marks_others) out[count] = 1;
    } else if (kind == Kind::look_up) {
      *out = static_cast<float>(code < 0 ? entries.back() : entries[static_cast<std::size_t>(code)]);
    } else {
      *out = static_cast<float>(code + 1);
    }
  }
};

// One column of a row: which values it takes, and what becomes of them.
struct RowColumn {
  enum class Values { number, boolean, code, other };

  Values values = Values::other;
  std::vector<Operation> operations;
  std::vector<std::string> levels;                           // of codes
  std::unordered_map<std::string_view, std::int32_t> codes;  // views of `levels`
  std::vector<double> missing;                               // numbers that mark a missing cell
  double low = -std::numeric_limits<double>::infinity();     // of the training rows; numbers beyond are left
  double high = std::numeric_limits<double>::infinity();     // to Python, which reports them
  std::size_t width = 0;

  // Whether a number is one that most rows have: finite, in the range of training, no mark of a missing cell.
  bool is_usual(double x) const {
    return x >= low && x <= high && std::isfinite(x) && std::find(missing.begin(), missing.end(), x) == missing.end();
  }

  void encode(double x, float* out) const {
    for (const Operation& operation : operations) {
      operation.apply(x, out);
      out += operation.width();
    }
  }

  void encode_code(std::int32_t code, float* out) const {
    for (const Operation& operation : operations) {
      operation.apply_code(code, out);
      out += operation.width();
    }
  }

  // The same of some rows of a table: the features of each row begin `stride` after those of the one before.
  void encode_rows(const double* values, const std::int64_t* rows, std::size_t count, float* out,
                   std::size_t stride) const {
    for (const Operation& operation : operations) {
      if (operation.kind == Operation::Kind::normal_score) {
        for (std::size_t i = 0; i < count; ++i)
          out[i * stride] = static_cast<float>(operation.many_scores.score(operation.knots, values[rows[i]]));
      } else {
        for (std::size_t i = 0; i < count; ++i) operation.apply(values[rows[i]], out + i * stride);
      }
      out += operation.width();
    }
  }

  void encode_rows(const std::int32_t* codes, const std::int64_t* rows, std::size_t count, float* out,
                   std::size_t stride) const {
    for (std::size_t i = 0; i < count; ++i) encode_code(codes[rows[i]], out + i * stride);
  }
};

}  // namespace deltarule
