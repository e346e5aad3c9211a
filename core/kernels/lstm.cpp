#include <sonant/core/kernels/lstm.h>

#include <algorithm>

#include <sonant/core/error.h>
#include <sonant/core/kernels/lstm_variants.h>
#include <sonant/core/kernels/simd.h>
#include <sonant/core/usage.h>

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

namespace {

// The variant of that name for the best instruction set up to the cap; null if there is none.
template <class T>
const LstmKernel<T>* best_variant(std::string_view name) {
  const Isa cap = active_isa();
  const LstmKernel<T>* best = nullptr;
  for (const LstmKernel<T>& row : lstm_kernels<T>())
    if (name == row.name && row.isa <= cap && isa_supported(row.isa) &&
        (best == nullptr || row.isa > best->isa))
      best = &row;
  return best;
}

}  // namespace

std::vector<std::string> usable_lstm_kernels() {
  std::vector<std::string> names = lstm_kernel_names();
  std::erase_if(names, [](const auto& name) { return best_variant<float>(name) == nullptr; });
  return names;
}

template <class T>
const LstmKernel<T>& find_lstm_kernel(std::string_view name, std::string_view source) {
  const LstmKernel<T>* best = best_variant<T>(name);
  if (best == nullptr) {
    std::string list;
    for (const std::string& usable : usable_lstm_kernels())
      list += (list.empty() ? "" : ", ") + usable;
    fail_usage("lstm", source, source.empty() ? "" : ": ", "there is no kernel \"", name,
               "\" for instruction set ", isa_name(active_isa()), "; there are ", list);
  }
  return *best;
}

template std::span<const LstmKernel<float>> lstm_kernels();
template std::span<const LstmKernel<double>> lstm_kernels();
template const LstmKernel<float>& find_lstm_kernel(std::string_view, std::string_view);
template const LstmKernel<double>& find_lstm_kernel(std::string_view, std::string_view);

}  // namespace sonant::kernels
