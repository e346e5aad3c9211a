#include "golden_systems/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sonant {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void raise(double& worst, double by) {
  if (!(by <= worst)) worst = by;  // to NaN, too
}

}  // namespace

Shape Comparison::shape(const std::string& name) const {
  if (npz_.has(name)) return npz_.shape(name);
  const auto dims = npz_.integers(name + ".shape");
  return Shape(std::span<const std::int64_t>(dims));
}

void Comparison::add_double(const std::string& name, const Tensor<double>& ours,
                            Tolerance tolerance, bool absolute) {
  const double limit = single_ ? tolerance.in_float : tolerance.in_double;
  for (const std::string& at : {name, "f32/" + name}) {
    if (!has(at) || (at != name && !single_)) continue;
    if (limit == 0)
      skipped_.push_back(at);
    else
      add_line(at, npz_.has(at) ? whole(ours, npz_.real(at), absolute) : sampled(ours, at), limit);
  }
}

void Comparison::add_forgotten(const std::vector<std::string>& beginnings) {
  for (std::string name : npz_.names()) {
    for (const char* part : {".sum", ".index", ".sample", ".shape"})
      if (const auto at = name.rfind(part); at != name.npos) name = name.substr(0, at);
    const auto begins = [&](const std::string& with) { return name.starts_with(with); };
    const auto is = [&](const SystemLine& line) { return line.array == name; };
    if (std::ranges::any_of(beginnings, begins) && has(name) && std::ranges::none_of(lines, is) &&
        std::ranges::count(skipped_, name) == 0 && (single_ || !name.starts_with("f32/")))
      add_line(name, kInfinity, 0);
  }
}

double Comparison::whole(const Tensor<double>& got, const Tensor<double>& want, bool absolute) {
  if (got.size() != want.size()) return kInfinity;
  double worst = 0, largest = 0;
  for (std::int64_t n = 0; n < want.size(); ++n) {
    raise(worst, std::abs(got[n] - want[n]));
    largest = std::max(largest, std::abs(want[n]));
  }
  return largest > 0 && !absolute ? worst / largest : worst;
}

// Samples, sum and sum of squares, in units of what they could be at most.
double Comparison::sampled(const Tensor<double>& got, const std::string& name) const {
  const auto index = npz_.integers(name + ".index");
  const Tensor<double> sample = npz_.real(name + ".sample");
  double largest = 0, sum = 0, magnitude = 0, square = 0, worst = 0;
  for (double value : got.span()) {
    largest = std::max(largest, std::abs(value));
    sum += value;
    magnitude += std::abs(value);
    square += value * value;
  }
  const auto over = [](double difference, double scale) {
    return scale > 0 ? std::abs(difference) / scale : std::abs(difference);
  };
  for (std::size_t n = 0; n < index.size(); ++n) {
    if (index[n] >= got.size()) return kInfinity;
    raise(worst, over(got[index[n]] - sample[static_cast<std::int64_t>(n)], largest));
  }
  raise(worst, over(sum - npz_.real(name + ".sum").item(), magnitude));
  raise(worst, over(square - npz_.real(name + ".sumsq").item(), 2 * square));
  return worst;
}

}  // namespace sonant
