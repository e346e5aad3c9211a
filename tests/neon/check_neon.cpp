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

#include <sonant/core/kernels/a_lstm.h>
#include <sonant/core/kernels/lstm.h>
#include <sonant/core/kernels/simd.h>
#include <sonant/core/random.h>

#include "support/a_lstm_case.h"
#include "support/conv_case.h"
#include "support/lstm_case.h"
#include "support/map_case.h"
#include "support/stream_case.h"

using namespace sonant;

namespace sonant::kernels {
struct ReferenceLstm;  // tags of the table in core/kernels/lstm.cpp, which needs OpenBLAS
struct FusedLstm;
struct ReferenceALstm;
struct FusedALstm;
struct ReferenceConv;
struct TileConv;
}  // namespace sonant::kernels

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
void check_lstm() {
  const auto reference = kernels::lstm_variant<kernels::ReferenceLstm, double>().front();
  for (const auto& row : kernels::lstm_variant<kernels::FusedLstm, T>()) {
    LstmError worst;
    for (const LstmCase& c : lstm_cases()) {
      const LstmError error = compare(run_lstm(row, c), run_lstm(reference, c));
      if (error.worst >= worst.worst) worst = error;
    }
    report("LSTM " + kernels::label(row) + ", forward and backward, " + type<T>(), worst.worst,
           row.accuracy, worst.where);
  }
}

template <Real T>
void check_a_lstm() {
  const auto reference = kernels::a_lstm_variant<kernels::ReferenceALstm, double>().front();
  for (const auto& row : kernels::a_lstm_variant<kernels::FusedALstm, T>()) {
    ALstmError worst;
    for (const ALstmCase& c : a_lstm_cases()) {
      const ALstmError error = compare(run_a_lstm(row, c), run_a_lstm(reference, c));
      if (error.worst >= worst.worst) worst = error;
    }
    report("A-LSTM " + kernels::label(row) + ", forward and backward, " + type<T>(), worst.worst,
           row.accuracy, worst.where);
  }
}

template <Real T>
void check_conv() {
  const auto reference = kernels::conv_variant<kernels::ReferenceConv, double>().front();
  for (const auto& row : kernels::conv_variant<kernels::TileConv, T>()) {
    double worst = 0;
    for (const ConvCase& c : conv_cases())
      worst = std::max(worst, conv_error(run_conv(row, c), run_conv(reference, c)));
    report("convolution " + kernels::label(row) + ", forward and backward, " + type<T>(), worst,
           row.accuracy);
  }
}

template <Real T>
void check_maps() {
  for (const auto* row : kernels::map_kernels<T>().usable_rows()) {
    double worst = 0;
    for (const kernels::MapWindows& w : map_cases()) {
      const auto expected = run_map(kernels::map_kernels<double>().reference(), w, 3);
      worst = std::max(worst, map_error(run_map(*row, w, 3), expected));
    }
    report("maps " + kernels::label(*row) + ", " + type<T>(), worst, row->accuracy);
  }
}

template <Real T>
void check_stream() {
  for (const auto* row : kernels::stream_kernels<T>().usable_rows()) {
    if (row->needs == CpuFeatures()) continue;
    double worst = 0;
    for (const StreamCase& c : stream_cases()) {
      const auto expected = run_stream(kernels::stream_kernels<double>().reference(), c);
      worst = std::max(worst, worst_error(run_stream(*row, c), expected));
    }
    report("streaming " + kernels::label(*row) + ", " + type<T>(), worst, row->accuracy);
  }
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
    check_lstm<double>();
    check_lstm<float>();
    check_a_lstm<double>();
    check_a_lstm<float>();
    check_conv<double>();
    check_conv<float>();
    check_maps<double>();
    check_maps<float>();
    check_stream<double>();
    check_stream<float>();
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
