// Names of the formulas: each list is written once, next to its formulas, as X(name) X(name) ...;
// the enumeration and the table of names come from it. Python looks numbers up by name.
#pragma once

#include <cstring>
#include <span>

#define DELTARULE_ENUMERATOR(name, ...) name,
#define DELTARULE_NAME(name, ...) #name,

namespace deltarule {

using Names = std::span<const char* const>;

// The formulas that the core is compiled with.
struct FormulaNames {
  Names activations;
  Names losses;
  Names optimizers;
  Names optimizer_settings;
  Names column_embeddings;
};
const FormulaNames& formula_names();

// Returns the number of a name, or -1.
inline int number_of(Names names, const char* name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (std::strcmp(names[i], name) == 0) return static_cast<int>(i);
  return -1;
}

}  // namespace deltarule
