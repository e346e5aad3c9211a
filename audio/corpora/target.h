// What is to be learnt of a corpus' clips: a column, as classes or as numbers.
#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/audio/corpus.h>

namespace sonant {

enum class TargetKind { classes, numbers };
enum class Missing { refused, allowed };  // clips without a value

// One value for each clip, in labels or in numbers; the other one is empty. A clip without a value
// has -1, or NaN.
struct Target {
  std::string name;                           // of the column
  std::vector<std::string> class_names = {};  // empty for numbers
  std::vector<int> labels = {};               // indices into class_names
  std::vector<double> numbers = {};

  bool known(std::size_t clip) const {
    return numbers.empty() ? labels[clip] >= 0 : !std::isnan(numbers[clip]);
  }
  std::size_t missing() const;  // clips without a value
};

// The column's classes are Corpus::class_names for Corpus::target, else its values in sorted order.
// UsageError, with the columns that there are, if there is none of that name. Error if a clip has
// no value, unless that is allowed, if all have the same, and, for numbers, if one is not a finite
// number.
Target target(const Corpus& corpus, std::string_view column, TargetKind kind = TargetKind::classes,
              Missing missing = Missing::refused);

// The column as a model knows it: classes in its order, or numbers if it has no names. Empty cells
// are allowed, and values that are all the same. UsageError as above; Error for a value that is
// none of the classes, or no number.
Target known_target(const Corpus& corpus, std::string_view column,
                    const std::vector<std::string>& class_names);

// Names of the columns of which any clip has a value, sorted; "speaker" is one.
std::vector<std::string> columns_of(const Corpus& corpus);

// The corpus with another column as its target: label and class_names are that column's.
Corpus with_target(Corpus corpus, std::string_view column);

}  // namespace sonant
