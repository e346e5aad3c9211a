// Every streaming kernel against the scalar one in double, for sizes that leave tails, over some
// steps, in memory of exactly the size that the kernel asks for.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <sonant/core/error.h>
#include <sonant/core/kernels/stream.h>
#include <sonant/core/random.h>
#include <sonant/core/tensor.h>

#include "support/catch.h"

using namespace sonant;
using kernels::StreamKernel;

namespace {

struct Case {
  int D, H, C, steps;
};

// Numbers that float represents exactly.
template <class T>
Tensor<T> numbers(std::int64_t size, std::uint64_t stream, float stddev) {
  Tensor<float> t({size});
  Random(9, stream).fill_normal(t.span(), 0.0f, stddev);
  return t.to<T>();
}

// `size` elements, and behind them numbers that must stay.
template <class T>
class Guarded {
 public:
  Guarded(std::int64_t size, T fill) : size_(size), data_({size + 16}, fill) {
    for (std::int64_t n = 0; n < 16; ++n) data_[size_ + n] = static_cast<T>(n);
  }
  T* data() { return data_.data(); }
  bool whole() const {
    for (std::int64_t n = 0; n < 16; ++n)
      if (data_[size_ + n] != static_cast<T>(n)) return false;
    return true;
  }

 private:
  std::int64_t size_;
  Tensor<T> data_;
};

// Of every step: h, c, embedding, logits, probabilities, score, peak and sum.
template <class T>
std::vector<double> run(const StreamKernel<T>& kernel, const Case& p) {
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
  for (int t = 0; t < p.steps; ++t) {
    kernel.prepare(cell_args);
    kernel.step(cell_args, x.data() + t * D);
    kernel.attend(head_args, h.data());
    kernel.classify(head_args);
    for (T* row : {h.data(), c.data(), embedding.data()}) all.insert(all.end(), row, row + H);
    for (T* row : {logits.data(), chances.data()}) all.insert(all.end(), row, row + C);
    for (double number : {double(mass.score), double(mass.peak), mass.sum}) all.push_back(number);
  }
  for (const auto* memory :
       {&cell, &head, &ahead, &h, &c, &context, &lost, &embedding, &logits, &chances})
    CHECK(memory->whole());
  return all;
}

template <class T>
void check_rows(double limit) {
  const StreamKernel<double>& reference = kernels::stream_kernels<double>().front();
  std::vector<Case> cases;
  constexpr int sizes[] = {1, 7, 8, 9, 31, 46, 64};
  constexpr int classes[] = {8, 1, 17, 16, 2};
  for (int H : sizes)
    for (int D : sizes)
      cases.push_back({D, H, classes[cases.size() % 5], 1 + static_cast<int>(cases.size() % 6)});
  cases.push_back({46, 64, 8, 300});
  std::map<std::string, double> worst;
  for (const Case& p : cases) {
    const std::vector<double> expected = run(reference, p);
    for (const StreamKernel<T>& row : kernels::stream_kernels<T>()) {
      if (!isa_supported(row.isa)) continue;
      const std::string name = std::string(row.name) + " " + isa_name(row.isa);
      const std::vector<double> got = run(row, p);
      REQUIRE(got.size() == expected.size());
      double error = 0;
      for (std::size_t n = 0; n < got.size(); ++n) {
        const double one = std::abs(got[n] - expected[n]) / std::max(1.0, std::abs(expected[n]));
        error = std::isnan(one) ? HUGE_VAL : std::max(error, one);
      }
      INFO(name << ", D " << p.D << ", H " << p.H << ", C " << p.C << ", steps " << p.steps);
      CHECK(error <= limit);
      worst[name] = std::max(worst[name], error);
    }
  }
  for (const auto& [name, error] : worst) WARN(name << ": at most " << error);
}

}  // namespace

TEST_CASE("streaming kernels in double agree with the reference", "[kernels][streaming]") {
  check_rows<double>(2e-14);
}

TEST_CASE("streaming kernels in float agree with the double reference", "[kernels][streaming]") {
  check_rows<float>(5e-6);
}

TEST_CASE("the fastest streaming kernel is the default, and others go by name", "[kernels]") {
  CHECK(kernels::find_stream_kernel<float>("").isa == active_isa());
  CHECK(std::string(kernels::find_stream_kernel<float>("reference").name) == "reference");
  CHECK_THROWS_WITH(kernels::find_stream_kernel<float>("blas"),
                    ContainsSubstring("no kernel \"blas\"") && ContainsSubstring("reference"));
}
