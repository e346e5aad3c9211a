#include <sonant/nn/padding.h>

#include <sonant/core/error.h>

namespace sonant {

Padding padding_from_name(std::string_view name) {
  if (name == "masked") return Padding::masked;
  check(name == "paper", "padding", "expects masked or paper, got '", name, "'");
  return Padding::paper;
}

const char* name_of(Padding padding) { return padding == Padding::masked ? "masked" : "paper"; }

}  // namespace sonant
