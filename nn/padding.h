// What a batch's padding does to the numbers; docs/models.md has the formulas.
#pragma once

#include <array>
#include <string_view>

namespace sonant {

enum class Padding {
  masked,  // nothing: a sequence's result does not depend on the others in the batch
  paper,   // as in the published system: padded frames count as zeros in the statistics of
           // bn_residual (training) and take their share of the attention (always)
};
constexpr std::array<std::string_view, 2> words_of(Padding) { return {"masked", "paper"}; }

}  // namespace sonant
