// What surrounds a map whose windows would not cover it, for convolution and pooling alike.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace sonant {

enum class Border {
  same,   // as much as ceil(n / stride) windows need, the smaller half of it in front
  valid,  // nothing: only windows that lie within
};
constexpr std::array<std::string_view, 2> words_of(Border) { return {"same", "valid"}; }

// Windows of `size` along n numbers, and what lies before and behind these.
struct WindowsAlong {
  int count, before, after;
};
inline WindowsAlong windows_along(int n, int size, int stride, Border border) {
  if (border == Border::valid) return {n < size ? 0 : (n - size) / stride + 1, 0, 0};
  const int count = (n + stride - 1) / stride;
  const int around = std::max(0, (count - 1) * stride + size - n);
  return {count, around / 2, around - around / 2};
}

}  // namespace sonant
