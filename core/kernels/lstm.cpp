#include <sonant/core/kernels/lstm.h>

#include <algorithm>

#include <sonant/core/error.h>
#include <sonant/core/kernels/lstm_variants.h>
#include <sonant/core/kernels/simd.h>

namespace sonant::kernels {
namespace {

// Taking the addresses runs no code of that instruction set.
template <class T, Isa isa>
LstmKernel<T> simd_lstm() {
  using Simd = SimdLstm<isa, T>;
  return {"simd",
          isa,
          "gates of a register tile fused, parameters packed once",
          &Simd::sizes,
          &Simd::prepare,
          &Simd::forward,
          &Simd::backward};
}

template <class T, Isa isa>
LstmKernel<T> simd_fast_lstm() {
  LstmKernel<T> row = simd_lstm<T, isa>();
  row.name = "simd-fast";
  row.idea = "as simd, with coarser sigmoid and tanh";
  row.forward = &SimdLstm<isa, T>::forward_fast;
  return row;
}

}  // namespace

template <class T>
std::span<const LstmKernel<T>> lstm_kernels() {
  static const std::vector<LstmKernel<T>> rows = {
    reference_lstm<T>(),
    blas_lstm<T>(),
#if defined(__x86_64__)
    simd_lstm<T, Isa::sse2>(),
    simd_lstm<T, Isa::avx2>(),
    simd_lstm<T, Isa::avx512>(),
    simd_fast_lstm<T, Isa::sse2>(),
    simd_fast_lstm<T, Isa::avx2>(),
    simd_fast_lstm<T, Isa::avx512>(),
#elif defined(__aarch64__)
    simd_lstm<T, Isa::neon64>(),
    simd_fast_lstm<T, Isa::neon64>(),
#endif
  };
  return rows;
}

std::vector<std::string> lstm_kernel_names() {
  std::vector<std::string> names;
  for (const LstmKernel<float>& row : lstm_kernels<float>())
    if (std::find(names.begin(), names.end(), row.name) == names.end()) names.push_back(row.name);
  return names;
}

// The variants that there are up to `cap`, for the message of an error.
template <class T>
std::string usable_kernels(Isa cap) {
  std::string list;
  for (const std::string& name : lstm_kernel_names()) {
    const auto usable = [&](const LstmKernel<T>& row) {
      return name == row.name && row.isa <= cap && isa_supported(row.isa);
    };
    if (std::ranges::any_of(lstm_kernels<T>(), usable)) list += (list.empty() ? "" : ", ") + name;
  }
  return list;
}

template <class T>
const LstmKernel<T>& find_lstm_kernel(std::string_view name) {
  const Isa cap = active_isa();
  const LstmKernel<T>* best = nullptr;
  for (const LstmKernel<T>& row : lstm_kernels<T>())
    if (name == row.name && row.isa <= cap && isa_supported(row.isa) &&
        (best == nullptr || row.isa > best->isa))
      best = &row;
  if (best == nullptr)
    fail("lstm", "has no kernel \"", name, "\" for instruction set ", isa_name(cap), "; there are ",
         usable_kernels<T>(cap));
  return *best;
}

template std::span<const LstmKernel<float>> lstm_kernels();
template std::span<const LstmKernel<double>> lstm_kernels();
template const LstmKernel<float>& find_lstm_kernel(std::string_view);
template const LstmKernel<double>& find_lstm_kernel(std::string_view);

}  // namespace sonant::kernels
