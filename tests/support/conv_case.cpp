#include "support/conv_case.h"

#include <algorithm>
#include <cmath>

#include <sonant/core/random.h>

namespace sonant {

using kernels::ConvKernel;
using kernels::ConvPart;
using kernels::ConvShape;

namespace {

// Height, width, channels, outputs, rows and columns of the window.
ConvCase plain(int h, int w, int c, int o, int rows, int columns, int images) {
  return {{.height = h, .width = w, .channels = c, .outputs = o, .rows = rows, .columns = columns},
          images};
}
ConvCase bordered(ConvCase c, int top, int bottom, int left, int right) {
  c.shape.top = top, c.shape.bottom = bottom, c.shape.left = left, c.shape.right = right;
  return c;
}
ConvCase strided(ConvCase c, int y, int x, int groups) {
  c.shape.stride_y = y, c.shape.stride_x = x, c.shape.groups = groups;
  return c;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const ConvCase& c) {
  const ConvShape& s = c.shape;
  return out << c.images << " images " << s.height << "x" << s.width << "x" << s.channels
             << ", windows " << s.rows << "x" << s.columns << " to " << s.outputs << ", strides "
             << s.stride_y << "," << s.stride_x << ", groups " << s.groups << ", border " << s.top
             << " " << s.bottom << " " << s.left << " " << s.right;
}

std::vector<ConvCase> conv_cases() {
  std::vector<ConvCase> all = {plain(1, 1, 1, 1, 1, 1, 1),
                               bordered(plain(23, 5, 1, 32, 11, 1, 2), 5, 5, 0, 0),
                               bordered(plain(9, 20, 1, 32, 1, 9, 3), 0, 0, 4, 4),
                               bordered(plain(12, 5, 24, 40, 3, 3, 9), 1, 1, 1, 1),
                               plain(6, 5, 17, 83, 1, 1, 20),
                               strided(bordered(plain(7, 8, 6, 9, 3, 2, 2), 0, 1, 1, 0), 2, 3, 3),
                               strided(bordered(plain(5, 6, 8, 8, 2, 3, 4), 1, 0, 0, 2), 1, 2, 8),
                               plain(4, 3, 2, 3, 4, 3, 5),
                               strided(bordered(plain(3, 9, 2, 3, 2, 2, 2), 3, 2, 2, 3), 5, 4, 1)};
  for (const int outputs : {1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 48, 49, 63, 64, 65, 81})
    all.push_back(bordered(plain(3, 4, 1 + outputs % 5, outputs, 2, 2, 1), 0, 1, 0, 1));
  return all;
}

template <Real T>
Tensor<T> exact_in_float(std::int64_t size, std::uint64_t seed) {
  Tensor<float> numbers({size});
  Random(seed).fill_normal(numbers.span(), 0.0f, 1.0f);
  return numbers.to<T>();
}

template <Real T>
double error_of_largest(const Tensor<T>& a, const Tensor<double>& b, double least) {
  double worst = 0, largest = least;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    const double e = std::abs(static_cast<double>(a[i]) - b[i]);
    worst = std::isnan(e) ? HUGE_VAL : std::max(worst, e);
    largest = std::max(largest, std::abs(b[i]));
  }
  return worst / largest;
}

template <Real T>
ConvResult<T> run_conv(const ConvKernel<T>& row, const ConvCase& c) {
  const ConvShape& s = c.shape;
  const auto array = [](std::int64_t size, std::uint64_t seed) {
    return exact_in_float<T>(size, seed);
  };
  const auto weights = weight_count(s);
  const auto x = array(c.images * in_size(s), 1), w = array(weights, 2), bias = array(s.outputs, 3),
             dy = array(c.images * out_size(s), 5);
  const auto sizes = row.sizes(s, c.images);
  const auto memory = [](std::int64_t size) { return Tensor<T>({size}, T(NAN)); };
  auto packed = memory(sizes.packed), work = memory(sizes.forward_workspace);
  ConvResult<T> r = {memory(c.images * out_size(s)), memory(c.images * out_size(s)),
                     array(c.images * in_size(s), 6), array(weights, 7)};
  row.pack(s, w.data(), ConvPart::forward, packed.data());
  row.forward({s, c.images, packed.data(), x.data(), nullptr, r.y.data(), work.data()});
  row.forward({s, c.images, packed.data(), x.data(), bias.data(), r.biased.data(), work.data()});
  packed = memory(sizes.packed);
  row.pack(s, w.data(), ConvPart::input_gradient, packed.data());
  auto back = memory(sizes.backward_workspace);
  Tensor<T> dw({sizes.weight_gradient});
  row.backward(
      {s, c.images, packed.data(), x.data(), dy.data(), r.dx.data(), dw.data(), back.data()});
  row.unpack(s, dw.data(), r.dw.data());
  return r;
}

template <Real T>
double conv_error(const ConvResult<T>& got, const ConvResult<double>& expected) {
  return std::max({error_of_largest(got.y, expected.y, 1e-300),
                   error_of_largest(got.biased, expected.biased, 1e-300),
                   error_of_largest(got.dx, expected.dx, 1e-300),
                   error_of_largest(got.dw, expected.dw, 1e-300)});
}

template Tensor<float> exact_in_float(std::int64_t, std::uint64_t);
template double error_of_largest(const Tensor<float>&, const Tensor<double>&, double);
template ConvResult<float> run_conv(const ConvKernel<float>&, const ConvCase&);
template double conv_error(const ConvResult<float>&, const ConvResult<double>&);
template Tensor<double> exact_in_float(std::int64_t, std::uint64_t);
template double error_of_largest(const Tensor<double>&, const Tensor<double>&, double);
template ConvResult<double> run_conv(const ConvKernel<double>&, const ConvCase&);
template double conv_error(const ConvResult<double>&, const ConvResult<double>&);

}  // namespace sonant
