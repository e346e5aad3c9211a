#include <sonant/core/random.h>

#include <Random123/philox.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace sonant {
namespace {

using Block = r123::Philox4x32::ctr_type;

Block philox(std::uint64_t seed, std::uint64_t stream, std::uint64_t block) {
  const Block counter{{static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                       static_cast<std::uint32_t>(stream),
                       static_cast<std::uint32_t>(stream >> 32)}};
  const r123::Philox4x32::key_type key{
      {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}};
  return r123::Philox4x32()(counter, key);
}

std::uint64_t join(std::uint32_t high, std::uint32_t low) {
  return (static_cast<std::uint64_t>(high) << 32) | low;
}

// 53 bits: every double k * 2^-53 in [0,1) is equally likely.
double to_unit(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

}  // namespace

Random Random::split(std::uint64_t id) const {
  // The child's stream number is a Philox image of (stream, id): distinct children collide with
  // probability 2^-64. The top bit of the block counter keeps it apart from all numbers drawn.
  const Block b = philox(seed_, stream_, id | (std::uint64_t{1} << 63));
  return Random(seed_, join(b[0], b[1]));
}

std::uint32_t Random::bits(std::uint64_t index) const {
  return philox(seed_, stream_, index / 4)[index % 4];
}

double Random::uniform(std::uint64_t index) const {
  const Block b = philox(seed_, stream_, index / 2);
  const std::size_t k = 2 * (index % 2);
  return to_unit(join(b[k], b[k + 1]));
}

double Random::normal(std::uint64_t index) const {
  const Block b = philox(seed_, stream_, index / 2);
  // 1 - u is in (0,1], so the logarithm is finite.
  const double radius = std::sqrt(-2.0 * std::log(1.0 - to_unit(join(b[0], b[1]))));
  const double angle = 2.0 * std::numbers::pi * to_unit(join(b[2], b[3]));
  return radius * (index % 2 == 0 ? std::cos(angle) : std::sin(angle));
}

void Random::fill_bits(std::span<std::uint32_t> out, std::uint64_t first) const {
  for (std::size_t i = 0; i < out.size();) {
    const Block b = philox(seed_, stream_, (first + i) / 4);
    for (auto k = static_cast<std::size_t>((first + i) % 4); k < 4 && i < out.size(); ++k)
      out[i++] = b[k];
  }
}

template <Real T>
void Random::fill_uniform(std::span<T> out, T low, T high, std::uint64_t first) const {
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<T>(low + (high - low) * uniform(first + i));
}

template <Real T>
void Random::fill_normal(std::span<T> out, T mean, T stddev, std::uint64_t first) const {
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<T>(mean + stddev * normal(first + i));
}

std::vector<int> Random::permutation(int n) const {
  check(n >= 0, "Random::permutation", "expects n >= 0, got ", n);
  std::vector<int> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (int i = n - 1; i > 0; --i) {
    // A 53-bit uniform times at most 2^31 leaves a bias below 2^-22: far under any shuffle's noise.
    const auto j = static_cast<std::size_t>(uniform(static_cast<std::uint64_t>(i)) * (i + 1));
    std::swap(order[static_cast<std::size_t>(i)], order[j]);
  }
  return order;
}

template void Random::fill_uniform(std::span<float>, float, float, std::uint64_t) const;
template void Random::fill_uniform(std::span<double>, double, double, std::uint64_t) const;
template void Random::fill_normal(std::span<float>, float, float, std::uint64_t) const;
template void Random::fill_normal(std::span<double>, double, double, std::uint64_t) const;

}  // namespace sonant
