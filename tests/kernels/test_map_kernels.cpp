// Every row of the registry against the first one in double.
#include <algorithm>
#include <cmath>

#include <sonant/core/kernels/map.h>
#include <sonant/core/tensor.h>

#include "support/close.h"

using namespace sonant;
using namespace sonant::test;
using kernels::MapKernel;
using kernels::MapWindows;

namespace {

template <Real T>
struct Result {
  Tensor<double> moments, sums;
  Tensor<T> y, dx;
};

template <Real T>
Result<T> run(const MapKernel<T>& row, const MapWindows& w, int images) {
  const std::int64_t C = w.channels, places = std::int64_t{w.height} * w.width;
  const std::int64_t windows = std::int64_t{(w.height + w.window_height - 1) / w.window_height} *
                               ((w.width + w.window_width - 1) / w.window_width);
  std::uint64_t seed = 0;
  const auto array = [&](std::int64_t size) {
    return normal<double>({size}, ++seed).template to<float>().template to<T>();  // same in both
  };
  const auto x = array(images * places * C), dy = array(images * windows * C), scale = array(C),
             shift = array(C), mean = array(C), rstd = array(C), offset = array(C),
             slope = array(C), origin = array(C);
  const kernels::ChannelNorm<T> norm = {scale.data(), shift.data(), mean.data(), rstd.data()};
  Result<T> r = {Tensor<double>({2, C}, 0.5), Tensor<double>({2, C}, -2),
                 Tensor<T>({images * windows * C}, T(NAN)), array(images * places * C)};
  row.moments(images * places, w.channels, x.data(), origin.data(), r.moments.data(),
              r.moments.data() + C);
  row.forward(w, images, norm, x.data(), r.y.data());
  row.gradient_sums(w, images, norm, x.data(), dy.data(), r.sums.data(), r.sums.data() + C);
  row.backward(w, images, norm, x.data(), dy.data(), offset.data(), slope.data(), r.dx.data());
  return r;
}

template <Real T>
double error(const Tensor<T>& got, const Tensor<double>& expected) {
  double worst = 0, largest = 1;
  for (std::int64_t i = 0; i < got.size(); ++i) {
    const double e = std::abs(static_cast<double>(got[i]) - expected[i]);
    worst = std::isnan(e) ? HUGE_VAL : std::max(worst, e);
    largest = std::max(largest, std::abs(expected[i]));
  }
  return worst / largest;
}

}  // namespace

TEMPLATE_TEST_CASE("map kernels agree with the reference in double", "[kernels]", float, double) {
  using T = TestType;
  for (const int channels : {1, 3, 8, 15, 16, 17, 33, 64})
    for (const MapWindows w : {MapWindows{1, 1, channels, 1, 1}, MapWindows{9, 7, channels, 2, 2},
                               MapWindows{12, 5, channels, 2, 1}, MapWindows{6, 5, channels, 6, 5},
                               MapWindows{70, 3, channels, 1, 4}}) {
      const auto expected = run(kernels::map_kernels<double>().reference(), w, 3);
      for (const MapKernel<T>* row : kernels::map_kernels<T>().usable_rows()) {
        INFO(kernels::label(*row) << ": " << w.height << "x" << w.width << "x" << channels
                                  << ", windows " << w.window_height << "x" << w.window_width);
        const auto got = run(*row, w, 3);
        CHECK(error(got.moments, expected.moments) <= row->accuracy);
        CHECK(error(got.sums, expected.sums) <= row->accuracy);
        CHECK(error(got.y, expected.y) <= row->accuracy);
        CHECK(error(got.dx, expected.dx) <= row->accuracy);
      }
    }
}
