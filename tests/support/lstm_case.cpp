#include "support/lstm_case.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include <sonant/core/random.h>

#include "support/scratch.h"

namespace sonant {
namespace {

template <Real T>
Tensor<T> normal(Shape shape, std::uint64_t stream, float stddev) {
  Tensor<float> t(shape);
  Random(5, stream).fill_normal(t.span(), 0.0f, stddev);
  return t.to<T>();
}

template <Real T>
struct Problem {
  PackedLayout layout;
  Tensor<T> x, w_ih, w_hh, b_ih, b_hh, h0, c0, dh, dhn, dcn;

  explicit Problem(const LstmCase& c) : layout(c.lengths) {
    const std::int64_t N = layout.rows(), B = layout.batch(), D = c.D, H = c.H;
    const float scale = 1.0f / std::sqrt(static_cast<float>(H));
    x = normal<T>({N, D}, 1, 1.0f);
    w_ih = normal<T>({4 * H, D}, 2, scale);
    w_hh = normal<T>({4 * H, H}, 3, scale);
    b_ih = normal<T>({4 * H}, 4, 0.5f);
    b_hh = normal<T>({4 * H}, 5, 0.5f);
    h0 = normal<T>({B, H}, 6, 0.5f);
    c0 = normal<T>({B, H}, 7, 1.0f);
    dh = normal<T>({N, H}, 8, 1.0f);
    dhn = normal<T>({B, H}, 9, 1.0f);
    dcn = normal<T>({B, H}, 10, 1.0f);
  }
};

// Lengths 1..T, the first one T.
std::vector<int> random_lengths(int B, int T, std::uint64_t seed) {
  std::vector<int> lengths = {T};
  for (int b = 1; b < B; ++b)
    lengths.push_back(1 +
                      static_cast<int>(Random(seed).uniform(static_cast<std::uint64_t>(b)) * T));
  return lengths;
}

}  // namespace

std::vector<LstmCase> lstm_cases() {
  constexpr int sizes[] = {1, 7, 8, 9, 31, 46, 64};
  constexpr int batches[] = {1, 64, 7, 8, 31, 9, 46, 2};
  std::vector<LstmCase> all;
  for (int H : sizes)
    for (int D : sizes) {
      const auto n = all.size();
      const int B = batches[n % 8], T = n % 5 == 3 ? 1 : 4 + static_cast<int>(n % 3) * 3;
      all.push_back({.D = D,
                     .H = H,
                     .lengths = random_lengths(B, T, n),
                     .reverse = n % 2 == 1,
                     .initial = n % 3 != 1,
                     .state_gradients = n % 4 != 2,
                     .shards = 1 + static_cast<int>(n % 3)});
    }
  all.push_back({.D = 9, .H = 17, .lengths = {400, 1, 399, 64}});
  all.push_back({.D = 16, .H = 16, .lengths = {65, 64, 3}, .reverse = true, .initial = true});
  // More sequences than rows in a chunk.
  all.push_back({.D = 3, .H = 5, .lengths = random_lengths(150, 3, 1), .shards = 2});
  for (LstmCase& c : all) c.shards = std::min(c.shards, static_cast<int>(c.lengths.size()));
  return all;
}

std::ostream& operator<<(std::ostream& out, const LstmCase& c) {
  const int longest = *std::max_element(c.lengths.begin(), c.lengths.end());
  return out << "D=" << c.D << " H=" << c.H << " B=" << c.lengths.size() << " T=" << longest
             << (c.reverse ? " reverse" : "") << (c.initial ? " initial" : "")
             << (c.state_gradients ? " state gradients" : "") << " shards=" << c.shards;
}

template <Real T>
LstmResult<T> run_lstm(const kernels::LstmKernel<T>& kernel, const LstmCase& c) {
  const Problem<T> p(c);
  const std::int64_t N = p.layout.rows(), B = p.layout.batch(), D = c.D, H = c.H;
  const Shape shapes[] = {{N, H},     {B, H},  {B, H}, {N, D}, {4 * H, D},
                          {4 * H, H}, {4 * H}, {B, H}, {B, H}};
  LstmResult<T> result;
  for (std::uint64_t k = 0; k < std::size(shapes); ++k)
    result.tensors.push_back(normal<T>(shapes[k], 20 + k, 1.0f));
  const auto out = [&](std::size_t k) { return result.tensors[k].data(); };

  const kernels::LstmParameters<T> parameters = {p.w_ih.data(), p.w_hh.data(), p.b_ih.data(),
                                                 p.b_hh.data()};
  const T *h0 = c.initial ? p.h0.data() : nullptr, *c0 = c.initial ? p.c0.data() : nullptr;
  for (int shard = 0; shard < c.shards; ++shard) {
    const kernels::LstmRows rows = {p.layout.first_row().data(),
                                    p.layout.active().data(),
                                    p.layout.steps(),
                                    shard,
                                    c.shards,
                                    c.reverse};
    const kernels::LstmSizes sizes = kernel.sizes(c.D, c.H, rows);
    Scratch<T> prepared(sizes.prepared, "prepared parameters"), saved(sizes.saved, "saved");
    Scratch<T> forward(sizes.forward_workspace, "forward workspace");
    Scratch<T> backward(sizes.backward_workspace, "backward workspace");
    using kernels::LstmPart;
    if (kernel.prepare)
      for (LstmPart part :
           {LstmPart::forward, LstmPart::recurrent_gradient, LstmPart::input_gradient})
        kernel.prepare(c.D, c.H, parameters, part, prepared.data());
    kernel.forward({c.D, c.H, rows, parameters, prepared.data(), p.x.data(), h0, c0, out(0), out(1),
                    out(2), saved.data(), forward.data()});
    kernel.backward({c.D,
                     c.H,
                     rows,
                     parameters,
                     prepared.data(),
                     p.x.data(),
                     h0,
                     c0,
                     out(0),
                     saved.data(),
                     p.dh.data(),
                     c.state_gradients ? p.dhn.data() : nullptr,
                     c.state_gradients ? p.dcn.data() : nullptr,
                     out(3),
                     out(4),
                     out(5),
                     out(6),
                     c.initial ? out(7) : nullptr,
                     c.initial ? out(8) : nullptr,
                     backward.data()});
  }
  return result;
}

template <Real T>
LstmError compare(const LstmResult<T>& a, const LstmResult<double>& b) {
  LstmError error;
  for (std::size_t k = 0; k < a.tensors.size(); ++k) {
    double largest = 0;
    for (double value : b.tensors[k].span()) largest = std::max(largest, std::abs(value));
    for (std::int64_t n = 0; n < a.tensors[k].size(); ++n) {
      const double x = static_cast<double>(a.tensors[k][n]), y = b.tensors[k][n];
      const double e = std::abs(x - y) / largest;
      if (e <= error.worst) continue;
      std::ostringstream where;
      where.precision(17);
      where << LstmResult<T>::name(k) << "[" << n << "]: " << x << ", reference " << y;
      error = {e, where.str()};
      if (std::isnan(e)) return {std::numeric_limits<double>::infinity(), where.str()};
    }
  }
  return error;
}

template LstmResult<float> run_lstm(const kernels::LstmKernel<float>&, const LstmCase&);
template LstmResult<double> run_lstm(const kernels::LstmKernel<double>&, const LstmCase&);
template LstmError compare(const LstmResult<float>&, const LstmResult<double>&);
template LstmError compare(const LstmResult<double>&, const LstmResult<double>&);

}  // namespace sonant
