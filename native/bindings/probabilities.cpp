// Temperature scaling of class probabilities.
#include <optional>

#include "bindings/bindings.hpp"
#include "core/probabilities.hpp"

namespace deltarule {
namespace {

using nb::literals::operator""_a;

constexpr std::size_t RELEASE_ROWS = 1000;  // from here on other threads may run meanwhile

void check_classes(std::size_t classes) {
  if (classes == 0 || classes > MAX_CLASSES) throw nb::value_error("this number of classes is not supported");
}

void scale(ArrayOut<double, 3> logits, double temperature) {
  check_classes(logits.shape(2));
  std::optional<ReleasedGil> released;
  if (logits.shape(1) > RELEASE_ROWS) released.emplace();
  scale_logits(logits.data(), logits.shape(0) * logits.shape(1), logits.shape(2), temperature);
}

void mean(ArrayIn<double, 3> powers, ArrayOut<double, 2> out) {
  check_classes(powers.shape(2));
  if (powers.shape(0) == 0 || out.shape(0) != powers.shape(1) || out.shape(1) != powers.shape(2))
    throw nb::value_error("out does not fit powers");
  std::optional<ReleasedGil> released;
  if (powers.shape(1) > RELEASE_ROWS) released.emplace();
  mean_shares(powers.data(), powers.shape(0), powers.shape(1), powers.shape(2), out.data());
}

}  // namespace

void bind_probabilities(nb::module_& m) {
  m.attr("MAX_CLASSES") = MAX_CLASSES;
  m.def("scale_logits", &scale, "logits"_a.noconvert(), "temperature"_a);
  m.def("mean_shares", &mean, "powers"_a.noconvert(), "out"_a.noconvert());
}

}  // namespace deltarule
