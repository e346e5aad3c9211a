// Pictures and sounds inside a page, as data: URIs.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <sonant/core/tensor.h>

namespace sonant::report {

std::string base64(std::span<const std::byte> bytes);

enum class Palette {
  sequential,  // viridis: dark blue to yellow; reads the same on light and dark pages
  diverging,   // blue, white in the middle, red: for signed values with low = -high
  share,       // white to blue: for values from 0 on
};

// A picture of x (T,R): one pixel per value, time to the right, row r = 0 at the bottom; values
// outside [low, high] get the colour of the nearer end. A .bmp with 256 colours, because browsers
// read it, and it takes no library to write. The style sheet darkens the two palettes with white in
// them on a dark page.
std::string heat_map_uri(const Tensor<float>& x, double low, double high, Palette palette);
// The class that tells the style sheet which palette it is.
const char* css_class(Palette palette);

}  // namespace sonant::report
