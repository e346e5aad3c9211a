// The kernels for NEON against the scalar ones in double, in a program that needs nothing but
// core's own sources: tests/neon.sh compiles it for AArch64 and runs it under emulation, where
// neither Catch2 nor OpenBLAS is.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <limits>
#include <string>
#include <vector>

#include <sonant/core/kernels/lstm_variants.h>
#include <sonant/core/kernels/simd.h>
#include <sonant/core/random.h>

#include "support/lstm_case.h"
#include "support/stream_case.h"

using namespace sonant;

namespace {

int passed = 0, failed = 0;

void report(const std::string& what, double worst, double limit, const std::string& where = "") {
  const bool good = worst <= limit;
  ++(good ? passed : failed);
  std::printf("%s %s: at most %.3g (limit %.3g)%s%s\n", good ? "ok  " : "FAIL", what.c_str(), worst,
              limit, where.empty() ? "" : " at ", where.c_str());
}

template <Real T>
const char* type() {
  return sizeof(T) == 4 ? "float" : "double";
}

template <Real T>
void check_lstm(double limit) {
  using Simd = kernels::SimdLstm<Isa::neon64, T>;
  const kernels::LstmKernel<T> simd = {
      "simd", Isa::neon64, "", &Simd::sizes, &Simd::prepare, &Simd::forward, &Simd::backward};
  kernels::LstmKernel<T> fast = simd;
  fast.name = "simd-fast", fast.forward = &Simd::forward_fast;
  for (const auto& row : {simd, fast}) {
    LstmError worst;
    for (const LstmCase& c : lstm_cases()) {
      const auto expected = run_lstm(kernels::reference_lstm<double>(), c);
      const LstmError error = compare(run_lstm(row, c), expected);
      if (error.worst >= worst.worst) worst = error;
    }
    report(std::string("LSTM ") + row.name + ", forward and backward, " + type<T>(), worst.worst,
           limit, worst.where);
  }
}

template <Real T>
void check_stream(double limit) {
  double worst = 0;
  for (const StreamCase& c : stream_cases()) {
    const auto expected = run_stream(kernels::stream_kernels<double>().front(), c);
    for (const auto& row : kernels::stream_kernels<T>())
      if (row.isa == Isa::neon64)
        worst = std::max(worst, worst_error(run_stream(row, c), expected));
  }
  report(std::string("streaming, ") + type<T>(), worst, limit);
}

// In units of the last place of float.
void check_activation(const char* name, void (*f)(const float*, float*, std::int64_t),
                      double (*exact)(double)) {
  std::vector<float> x(40'001), y(x.size());  // a tail, too
  Random(1).fill_uniform(std::span(x), -20.0f, 20.0f);
  f(x.data(), y.data(), static_cast<std::int64_t>(x.size()));
  double worst = 0;
  for (std::size_t n = 0; n < x.size(); ++n) {
    const double expected = exact(static_cast<double>(x[n]));
    const double error = std::abs(static_cast<double>(y[n]) - expected);
    const double ulps = error / std::ldexp(1.0, std::ilogb(expected) - 23);
    if (!(ulps <= worst)) worst = ulps;
  }
  report(std::string(name) + ", float, units of the last place", worst, 2);
  float special[] = {std::numeric_limits<float>::quiet_NaN(),
                     std::numeric_limits<float>::infinity()};
  f(special, special, 2);
  report(std::string(name) + " of NaN and infinity",
         std::isnan(special[0]) && special[1] == 1 ? 0 : 1, 0);
}

}  // namespace

int main() {
  try {
    check_lstm<double>(2e-14);
    check_lstm<float>(5e-6);
    check_stream<double>(2e-14);
    check_stream<float>(5e-6);
    using Math = kernels::SimdMath<Isa::neon64, float>;
    check_activation("sigmoid", &Math::sigmoid, [](double a) { return 1 / (1 + std::exp(-a)); });
    check_activation("tanh", &Math::tanh, [](double a) { return std::tanh(a); });
  } catch (const std::exception& error) {
    std::printf("FAIL %s\n", error.what());
    ++failed;
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
