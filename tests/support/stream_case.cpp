#include "support/stream_case.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <sonant/core/error.h>
#include <sonant/core/random.h>
#include <sonant/core/tensor.h>

namespace sonant {
namespace {

template <Real T>
Tensor<T> numbers(std::int64_t size, std::uint64_t stream, float stddev) {
  Tensor<float> t({size});
  Random(9, stream).fill_normal(t.span(), 0.0f, stddev);
  return t.to<T>();
}

// `size` elements, and behind them a mark that must stay.
template <Real T>
class Guarded {
 public:
  Guarded(std::int64_t size, T fill) : size_(size), memory_({size + 8}, fill) {
    std::fill_n(memory_.data() + size, 8, mark);
  }
  ~Guarded() noexcept(false) {
    for (std::int64_t n = size_; n < memory_.size(); ++n)
      if (memory_[n] != mark) fail("run_stream", "a kernel wrote behind its memory");
  }
  T* data() { return memory_.data(); }

 private:
  static constexpr T mark = T(1234.5);
  std::int64_t size_;
  Tensor<T> memory_;
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const StreamCase& c) {
  return out << "D=" << c.D << " H=" << c.H << " C=" << c.C << " steps=" << c.steps;
}

std::vector<StreamCase> stream_cases() {
  constexpr int sizes[] = {1, 7, 8, 9, 31, 46, 64};
  constexpr int classes[] = {8, 1, 17, 16, 2};
  std::vector<StreamCase> all;
  for (int H : sizes)
    for (int D : sizes)
      all.push_back({D, H, classes[all.size() % 5], 1 + static_cast<int>(all.size() % 6)});
  all.push_back({46, 64, 8, 300});
  return all;
}

template <Real T>
std::vector<double> run_stream(const kernels::StreamKernel<T>& kernel, const StreamCase& p) {
  const std::int64_t D = p.D, H = p.H, C = p.C;
  const float scale = 1.0f / std::sqrt(static_cast<float>(H));
  const auto w_ih = numbers<T>(4 * H * D, 1, 1.0f / std::sqrt(static_cast<float>(D)));
  const auto w_hh = numbers<T>(4 * H * H, 2, scale), b_ih = numbers<T>(4 * H, 3, 0.5f);
  const auto b_hh = numbers<T>(4 * H, 4, 0.5f), u = numbers<T>(H, 5, 3.0f);
  const auto w = numbers<T>(C * H, 6, scale), b = numbers<T>(C, 7, 0.5f);
  const auto x = numbers<T>(p.steps * D, 8, 1.0f);
  const auto sizes = kernel.sizes(p.D, p.H, p.C);
  const T nan = std::numeric_limits<T>::quiet_NaN();
  Guarded<T> cell(sizes.cell, nan), head(sizes.head, nan), ahead(sizes.gates, nan);
  Guarded<T> h(sizes.state, 0), c(sizes.state, 0), context(sizes.state, 0), lost(sizes.state, 0);
  Guarded<T> embedding(sizes.state, nan), logits(sizes.classes, nan), chances(sizes.classes, nan);
  kernel.pack_cell(p.D, p.H, {w_ih.data(), w_hh.data(), b_ih.data(), b_hh.data()}, cell.data());
  kernel.pack_head(p.H, p.C, {u.data(), w.data(), b.data()}, head.data());
  kernels::StreamMass<T> mass{0, -std::numeric_limits<T>::infinity(), 0};
  const kernels::StreamCell<T> cell_args{p.D, p.H, cell.data(), ahead.data(), h.data(), c.data()};
  const kernels::StreamHead<T> head_args{p.H,
                                         p.C,
                                         head.data(),
                                         &mass,
                                         context.data(),
                                         lost.data(),
                                         embedding.data(),
                                         logits.data(),
                                         chances.data()};
  std::vector<double> all;
  const auto keep = [&](const T* row, std::int64_t size) {
    all.insert(all.end(), row, row + size);
  };
  for (int t = 0; t < p.steps; ++t) {
    kernel.prepare(cell_args);
    kernel.step(cell_args, x.data() + t * D);
    kernel.attend(head_args, h.data());
    kernel.classify(head_args);
    for (const T* row : {h.data(), c.data(), embedding.data()}) keep(row, H);
    for (const T* row : {logits.data(), chances.data()}) keep(row, C);
    for (const T number : {mass.score, mass.peak}) all.push_back(static_cast<double>(number));
    all.push_back(mass.sum);
  }
  return all;
}

double worst_error(const std::vector<double>& a, const std::vector<double>& b) {
  check(a.size() == b.size(), "worst_error", "expects as many numbers, got ", a.size(), " and ",
        b.size());
  double worst = 0;
  for (std::size_t n = 0; n < a.size(); ++n) {
    const double error = std::abs(a[n] - b[n]) / std::max(1.0, std::abs(b[n]));
    worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(worst, error);
  }
  return worst;
}

template std::vector<double> run_stream(const kernels::StreamKernel<float>&, const StreamCase&);
template std::vector<double> run_stream(const kernels::StreamKernel<double>&, const StreamCase&);

}  // namespace sonant
