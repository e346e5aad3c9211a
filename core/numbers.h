// Numbers in texts, as people write them.
#pragma once

#include <cstdint>
#include <string>

namespace sonant {

std::string with_thousands(std::int64_t n);  // "46,772"

// "1 epoch", "12,345 epochs". `nouns` for a noun that takes more than an s: "1 class", "2 classes".
std::string count_of(std::int64_t n, const std::string& noun, const std::string& nouns = {});

// The fewest digits that read back as the same bits, and a point or an exponent among them: "0.3",
// "1.0", "1e-05", "nan", "-inf".
std::string shortest_decimal(double value);

}  // namespace sonant
