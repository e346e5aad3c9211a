#include "support/a_lstm_case.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <sonant/core/packed.h>
#include <sonant/core/random.h>

#include "support/scratch.h"

namespace sonant {
namespace {

using kernels::ALstmKernel;
using kernels::StateMix;

template <Real T>
Tensor<T> normal(Shape shape, std::uint64_t stream, float stddev) {
  Tensor<float> t(shape);
  Random(5, stream).fill_normal(t.span(), 0.0f, stddev);
  return t.to<T>();
}

constexpr const char* names[] = {"h", "a", "b", "c", "dx", "dw_ih", "dw_hh", "db", "dw_c", "dw_h"};

template <Real T>
struct Problem {
  PackedLayout layout;
  Tensor<T> x, w_ih, w_hh, bias, w_c, w_h, dh;
  StateMix<T> c_mix, h_mix;

  explicit Problem(const ALstmCase& c) : layout(c.lengths) {
    const std::int64_t N = layout.rows(), D = c.D, H = c.H;
    const float scale = 1.0f / std::sqrt(static_cast<float>(H));
    x = normal<T>({N, D}, 1, 1);
    w_ih = normal<T>({4 * H, D}, 2, scale);
    w_hh = normal<T>({4 * H, H}, 3, scale);
    bias = normal<T>({4 * H}, 4, 0.5f);
    w_c = normal<T>({H}, 5, 1);
    w_h = normal<T>({H}, 6, 1);
    dh = normal<T>({N, H}, 7, 1);
    c_mix = mix(c, c.c_offsets, w_c);
    h_mix = mix(c, c.h_offsets, w_h);
  }
  static StateMix<T> mix(const ALstmCase& c, const std::vector<int>& offsets, const Tensor<T>& w) {
    return {offsets.data(), static_cast<int>(offsets.size()),
            c.attention && !offsets.empty() ? w.data() : nullptr, c.zero_past};
  }
  kernels::LstmParameters<T> parameters() const {
    return {w_ih.data(), w_hh.data(), bias.data(), nullptr};
  }
};

// One shard of a problem; the results as in `names`.
template <Real T>
void run_shard(const ALstmKernel<T>& kernel, const ALstmCase& c, const Problem<T>& p, int shard,
               std::vector<Tensor<T>>& out) {
  const kernels::LstmRows rows = {p.layout.first_row().data(),
                                  p.layout.active().data(),
                                  p.layout.steps(),
                                  shard,
                                  c.shards,
                                  c.reverse};
  const kernels::LstmSizes sizes =
      kernel.sizes(c.D, c.H, std::max({1, p.c_mix.count, p.h_mix.count}),
                   std::max(kernels::farthest(p.c_mix), kernels::farthest(p.h_mix)), rows);
  Scratch<T> prepared(sizes.prepared, "prepared parameters"), saved(sizes.saved, "saved");
  Scratch<T> forward(sizes.forward_workspace, "forward workspace");
  Scratch<T> backward(sizes.backward_workspace, "backward workspace");
  using kernels::LstmPart;
  if (kernel.prepare)
    for (LstmPart part :
         {LstmPart::forward, LstmPart::recurrent_gradient, LstmPart::input_gradient})
      kernel.prepare(c.D, c.H, p.parameters(), part, prepared.data());
  const auto to = [&](std::size_t k) { return out[k].data(); };
  kernel.forward({{c.D, c.H, rows, p.parameters(), prepared.data(), p.x.data(), nullptr, nullptr,
                   to(0), nullptr, nullptr, saved.data(), forward.data()},
                  p.c_mix,
                  p.h_mix,
                  to(1),
                  to(2),
                  to(3)});
  kernels::ALstmBackward<T> b{};
  b.lstm = {.input = c.D,
            .hidden = c.H,
            .rows = rows,
            .parameters = p.parameters(),
            .prepared = prepared.data(),
            .x = p.x.data(),
            .h0 = nullptr,
            .c0 = nullptr,
            .h = to(0),
            .saved = saved.data(),
            .dh = p.dh.data(),
            .dhn = nullptr,
            .dcn = nullptr,
            .dx = to(4),
            .dw_ih = to(5),
            .dw_hh = to(6),
            .db = to(7),
            .dh0 = nullptr,
            .dc0 = nullptr,
            .workspace = backward.data()};
  b.c_mix = p.c_mix;
  b.h_mix = p.h_mix;
  b.a = to(1);
  b.b = to(2);
  b.dw_c = p.c_mix.w ? to(8) : nullptr;
  b.dw_h = p.h_mix.w ? to(9) : nullptr;
  kernel.backward(b);
}

}  // namespace

std::vector<ALstmCase> a_lstm_cases() {
  constexpr int sizes[] = {1, 7, 8, 9, 31, 46};
  const std::vector<std::vector<int>> offsets = {{1, 3, 5}, {1}, {2, 4, 6, 7, 9}, {}, {1, 2, 100}};
  std::vector<ALstmCase> all;
  for (int H : sizes)
    for (int D : sizes) {
      const std::size_t n = all.size();
      std::vector<int> lengths = {n % 7 == 3 ? 1 : 12};
      for (std::uint64_t b = 1; b < 1 + n * 5 % 23; ++b)
        lengths.push_back(1 + static_cast<int>(Random(n).uniform(b) * lengths[0]));
      const int shards = std::min<int>(1 + static_cast<int>(n % 3), std::ssize(lengths));
      all.push_back({D, H, lengths, offsets[n % 5], offsets[(n + n / 5) % 5], n % 4 != 1,
                     n % 3 == 2, n % 2 == 1, shards});
    }
  all.push_back({3, 17, {300, 1, 299, 64}, {1, 3, 5}, {1, 3, 5}});
  all.push_back({3, 5, std::vector<int>(300, 3), {1, 2}, {1, 2}});
  return all;
}

std::ostream& operator<<(std::ostream& out, const ALstmCase& c) {
  const auto offsets = [&](const std::vector<int>& all) {
    for (int offset : all) out << " " << offset;
  };
  out << "D=" << c.D << " H=" << c.H << " B=" << c.lengths.size() << " offsets";
  offsets(c.c_offsets);
  out << " and";
  offsets(c.h_offsets);
  return out << (c.attention ? " attention" : "") << (c.zero_past ? " zero past" : "")
             << (c.reverse ? " reverse" : "") << " shards=" << c.shards;
}

template <Real T>
std::vector<Tensor<T>> run_a_lstm(const ALstmKernel<T>& kernel, const ALstmCase& c) {
  const Problem<T> p(c);
  const std::int64_t N = p.layout.rows(), D = c.D, H = c.H;
  const Shape shapes[] = {{N, H},
                          {N, p.c_mix.count},
                          {N, p.h_mix.count},
                          {N, H},
                          {N, D},
                          {4 * H, D},
                          {4 * H, H},
                          {4 * H},
                          {H},
                          {H}};
  // Gradients start from random numbers, since kernels must add to them.
  std::vector<Tensor<T>> out;
  for (std::uint64_t k = 0; k < std::size(shapes); ++k)
    out.push_back(normal<T>(shapes[k], 20 + k, 1));
  for (int shard = 0; shard < c.shards; ++shard) run_shard(kernel, c, p, shard, out);
  return out;
}

template <Real T>
ALstmError compare(const std::vector<Tensor<T>>& a, const std::vector<Tensor<double>>& b) {
  ALstmError error;
  for (std::size_t k = 0; k < a.size(); ++k) {
    double largest = 0;
    for (double value : b[k].span()) largest = std::max(largest, std::abs(value));
    for (std::int64_t n = 0; n < a[k].size(); ++n) {
      const double difference = std::abs(static_cast<double>(a[k][n]) - b[k][n]);
      const double e = largest > 0 ? difference / largest : difference;
      if (e <= error.worst) continue;
      error = {e, std::string(names[k]) + "[" + std::to_string(n) + "]"};
      if (std::isnan(e)) return {std::numeric_limits<double>::infinity(), error.where};
    }
  }
  return error;
}

template std::vector<Tensor<float>> run_a_lstm(const ALstmKernel<float>&, const ALstmCase&);
template std::vector<Tensor<double>> run_a_lstm(const ALstmKernel<double>&, const ALstmCase&);
template ALstmError compare(const std::vector<Tensor<float>>&, const std::vector<Tensor<double>>&);
template ALstmError compare(const std::vector<Tensor<double>>&, const std::vector<Tensor<double>>&);

}  // namespace sonant
