#include "support/map_case.h"

#include <algorithm>
#include <cmath>

#include "support/conv_case.h"

namespace sonant {

using kernels::MapKernel;
using kernels::MapWindows;

std::vector<MapWindows> map_cases() {
  std::vector<MapWindows> all;
  for (const int channels : {1, 3, 8, 15, 16, 17, 33, 64})
    for (MapWindows w :
         {MapWindows{1, 1, 0, 1, 1}, MapWindows{9, 7, 0, 2, 2}, MapWindows{12, 5, 0, 2, 1},
          MapWindows{6, 5, 0, 6, 5}, MapWindows{70, 3, 0, 1, 4}}) {
      w.channels = channels;
      all.push_back(w);
    }
  return all;
}

template <Real T>
MapResult<T> run_map(const MapKernel<T>& row, const MapWindows& w, int images) {
  const std::int64_t C = w.channels, places = std::int64_t{w.height} * w.width;
  const std::int64_t windows = std::int64_t{(w.height + w.window_height - 1) / w.window_height} *
                               ((w.width + w.window_width - 1) / w.window_width);
  std::uint64_t seed = 0;
  const auto array = [&](std::int64_t size) { return exact_in_float<T>(size, ++seed); };
  const auto x = array(images * places * C), dy = array(images * windows * C), scale = array(C),
             shift = array(C), mean = array(C), rstd = array(C), offset = array(C),
             slope = array(C), origin = array(C);
  const kernels::ChannelNorm<T> norm = {scale.data(), shift.data(), mean.data(), rstd.data()};
  MapResult<T> r = {Tensor<double>({2, C}, 0.5), Tensor<double>({2, C}, -2),
                    Tensor<T>({images * windows * C}, T(NAN)),
                    Tensor<T>({images * places * C}, T(NAN))};
  row.moments(images * places, w.channels, x.data(), origin.data(), r.moments.data(),
              r.moments.data() + C);
  row.forward(w, images, norm, x.data(), r.y.data());
  row.gradient_sums(w, images, norm, x.data(), dy.data(), r.sums.data(), r.sums.data() + C);
  row.backward(w, images, norm, x.data(), dy.data(), offset.data(), slope.data(), r.dx.data());
  return r;
}

template <Real T>
double map_error(const MapResult<T>& got, const MapResult<double>& expected) {
  return std::max({error_of_largest(got.moments, expected.moments, 1),
                   error_of_largest(got.sums, expected.sums, 1),
                   error_of_largest(got.y, expected.y, 1),
                   error_of_largest(got.dx, expected.dx, 1)});
}

template MapResult<float> run_map(const MapKernel<float>&, const MapWindows&, int);
template MapResult<double> run_map(const MapKernel<double>&, const MapWindows&, int);
template double map_error(const MapResult<float>&, const MapResult<double>&);
template double map_error(const MapResult<double>&, const MapResult<double>&);

}  // namespace sonant
