// The number types of Sonant: it runs in float, and its derivatives are checked in double.
#pragma once

#include <concepts>

namespace sonant {

template <class T>
concept Real = std::same_as<T, float> || std::same_as<T, double>;

}  // namespace sonant
