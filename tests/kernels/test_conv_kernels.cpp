// Every row of the registry against the first one in double: forward, both gradients, and what is
// added to.
#include <algorithm>
#include <cmath>
#include <map>
#include <ostream>
#include <vector>

#include <sonant/core/kernels/conv.h>
#include <sonant/core/tensor.h>

#include "support/close.h"

using namespace sonant;
using namespace sonant::test;
using kernels::ConvKernel;
using kernels::ConvPart;
using kernels::ConvShape;

namespace {

struct Case {
  ConvShape shape;
  int images;
  friend std::ostream& operator<<(std::ostream& out, const Case& c) {
    const ConvShape& s = c.shape;
    return out << c.images << " images " << s.height << "x" << s.width << "x" << s.channels
               << ", windows " << s.rows << "x" << s.columns << " to " << s.outputs << ", strides "
               << s.stride_y << "," << s.stride_x << ", groups " << s.groups << ", border " << s.top
               << " " << s.bottom << " " << s.left << " " << s.right;
  }
};

// Height, width, channels, outputs, rows and columns of the window.
Case plain(int h, int w, int c, int o, int rows, int columns, int images) {
  return {{.height = h, .width = w, .channels = c, .outputs = o, .rows = rows, .columns = columns},
          images};
}
Case bordered(Case c, int top, int bottom, int left, int right) {
  c.shape.top = top, c.shape.bottom = bottom, c.shape.left = left, c.shape.right = right;
  return c;
}
Case strided(Case c, int y, int x, int groups) {
  c.shape.stride_y = y, c.shape.stride_x = x, c.shape.groups = groups;
  return c;
}

// Sizes around those of vectors, tiles and chunks; all parts of a border; every stride and group.
std::vector<Case> cases() {
  std::vector<Case> all = {plain(1, 1, 1, 1, 1, 1, 1),
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
struct Result {
  Tensor<T> y, biased, dx, dw;
};

template <Real T>
Result<T> run(const ConvKernel<T>& row, const Case& c) {
  const ConvShape& s = c.shape;
  const auto array = [&](std::int64_t size, std::uint64_t seed) {
    return normal<double>({size}, seed).template to<float>().template to<T>();  // same in both
  };
  const auto weights = weight_count(s);
  const auto x = array(c.images * in_size(s), 1), w = array(weights, 2), bias = array(s.outputs, 3),
             dy = array(c.images * out_size(s), 5);
  const auto sizes = row.sizes(s, c.images);
  const auto memory = [](std::int64_t size) { return Tensor<T>({size}, T(NAN)); };
  auto packed = memory(sizes.packed), work = memory(sizes.forward_workspace);
  Result<T> r = {memory(c.images * out_size(s)), memory(c.images * out_size(s)),
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

// Of the largest number of a result; NaN counts as much.
template <Real T>
double error(const Tensor<T>& got, const Tensor<double>& expected) {
  double worst = 0, largest = 1e-300;
  for (std::int64_t i = 0; i < got.size(); ++i) {
    const double e = std::abs(static_cast<double>(got[i]) - expected[i]);
    worst = std::isnan(e) ? HUGE_VAL : std::max(worst, e);
    largest = std::max(largest, std::abs(expected[i]));
  }
  return worst / largest;
}

}  // namespace

TEMPLATE_TEST_CASE("convolution kernels agree with the reference in double", "[kernels]", float,
                   double) {
  using T = TestType;
  std::map<const ConvKernel<T>*, double> worst;
  for (const Case& c : cases()) {
    const Result<double> expected = run(kernels::conv_kernels<double>().reference(), c);
    for (const ConvKernel<T>* row : kernels::conv_kernels<T>().usable_rows()) {
      const Result<T> got = run(*row, c);
      INFO(kernels::label(*row) << ", " << c);
      const double y = error(got.y, expected.y), biased = error(got.biased, expected.biased),
                   dx = error(got.dx, expected.dx), dw = error(got.dw, expected.dw);
      CHECK(y <= row->accuracy);
      CHECK(biased <= row->accuracy);
      CHECK(dx <= row->accuracy);
      CHECK(dw <= row->accuracy);
      worst[row] = std::max({worst[row], y, biased, dx, dw});
    }
  }
  for (const auto& [row, e] : worst)
    WARN(kernels::label(*row) << ": at most " << e << " (limit " << row->accuracy << ")");
}
