// Every streaming kernel against the scalar one in double, for sizes that leave tails, over some
// steps, in memory of exactly the size that the kernel asks for.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <sonant/core/error.h>
#include <sonant/core/random.h>
#include <sonant/core/tensor.h>

#include "support/catch.h"
#include "support/stream_case.h"

using namespace sonant;
using kernels::StreamKernel;

namespace {

template <Real T>
void check_rows() {
  std::map<std::string, double> worst;
  for (const StreamCase& c : stream_cases()) {
    const auto expected = run_stream(kernels::stream_kernels<double>().reference(), c);
    for (const StreamKernel<T>* row : kernels::stream_kernels<T>().usable_rows()) {
      const double error = worst_error(run_stream(*row, c), expected);
      INFO(kernels::label(*row) << " " << c);
      CHECK(error <= row->accuracy);
      worst[kernels::label(*row)] = std::max(worst[kernels::label(*row)], error);
    }
  }
  for (const auto& [name, error] : worst) WARN(name << ": at most " << error);
}

// Memory of a kernel, zeros.
template <Real T>
Tensor<T> zeros(std::int64_t size) {
  return Tensor<T>({size});
}

// Thousands of steps with the score 0, whose sum is large enough to lose digits; then steps with
// much larger scores, against which that sum, and what it lost, are little. Expected: the softmax
// in extended precision.
template <Real T>
void check_rising_peak(const StreamKernel<T>& kernel, double limit) {
  constexpr int H = 9, C = 2;
  const auto sizes = kernel.sizes(1, H, C);
  auto head = zeros<T>(sizes.head), h = zeros<T>(sizes.state), context = h, lost = h, embedding = h;
  auto logits = zeros<T>(sizes.classes), chances = logits;
  Tensor<T> u({H}), w({C, H}), b({C});
  u[0] = 20;  // the score is 20 h_0
  kernel.pack_head(H, C, {u.data(), w.data(), b.data()}, head.data());
  kernels::StreamMass<T> mass{0, -std::numeric_limits<T>::infinity(), 0};
  const kernels::StreamHead<T> args{H,
                                    C,
                                    head.data(),
                                    &mass,
                                    context.data(),
                                    lost.data(),
                                    embedding.data(),
                                    logits.data(),
                                    chances.data()};
  std::vector<long double> sum(H, 0);
  long double total = 0;
  const Random random(4);
  std::uint64_t drawn = 0;
  const auto attend = [&](int steps, int score) {
    for (int n = 0; n < steps; ++n) {
      const long double weight = std::exp(static_cast<long double>(score));
      h[0] = static_cast<T>(score / 20.0);
      for (int k = 1; k < H; ++k) h[k] = static_cast<T>(0.5 + 0.5 * random.uniform(drawn++));
      kernel.attend(args, h.data());
      for (std::size_t k = 0; k < H; ++k)
        sum[k] += weight * static_cast<long double>(h[static_cast<std::int64_t>(k)]);
      total += weight;
    }
  };
  const auto check_embedding = [&](const char* when) {
    kernel.classify(args);
    double worst = 0;
    for (std::size_t k = 1; k < H; ++k) {
      const auto got = static_cast<long double>(embedding[static_cast<std::int64_t>(k)]);
      worst = std::max(worst, static_cast<double>(std::abs(got - sum[k] / total)));
    }
    INFO(kernels::label(kernel) << (sizeof(T) == 4 ? " float " : " double ") << when);
    CHECK(worst <= limit);
  };
  attend(4000, 0);
  check_embedding("before");
  attend(1, 20);
  check_embedding("at the peak");
  attend(5, 0);
  attend(2, 20);
  check_embedding("after it");
  attend(1, 40);
  check_embedding("at the second peak");
}

}  // namespace

TEST_CASE("streaming kernels in double agree with the reference", "[kernels][streaming]") {
  check_rows<double>();
}

TEST_CASE("streaming kernels in float agree with the double reference", "[kernels][streaming]") {
  check_rows<float>();
}

TEST_CASE("what rounding took of a stream's sum is weighed anew with the sum", "[kernels]") {
  for (const auto* row : kernels::stream_kernels<float>().usable_rows())
    check_rising_peak(*row, 0.4 * row->accuracy);
  for (const auto* row : kernels::stream_kernels<double>().usable_rows())
    check_rising_peak(*row, 0.2 * row->accuracy);
}

TEST_CASE("the fastest streaming kernel is the default, and others go by name", "[kernels]") {
  const auto& rows = kernels::stream_kernels<float>();
  CHECK(rows.find().needs == features_of(active_isa()));
  CHECK(&rows.find("reference") == &rows.reference());
  CHECK_THROWS_WITH(rows.find("blas"),
                    ContainsSubstring("no kernel \"blas\"") && ContainsSubstring("reference"));
}
