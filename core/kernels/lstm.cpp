#include <sonant/core/kernels/lstm.h>

#include <string>
#include <vector>

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
#elif defined(__aarch64__)
    simd_lstm<T, Isa::neon64>(),
#endif
  };
  return rows;
}

// The variants that there are up to `cap`, for the message of an error.
template <class T>
std::string kernel_names(Isa cap) {
  std::string names;
  for (const LstmKernel<T>& row : lstm_kernels<T>())
    if (row.isa <= cap && isa_supported(row.isa) && names.find(row.name) == std::string::npos)
      names += (names.empty() ? "" : ", ") + std::string(row.name);
  return names;
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
         kernel_names<T>(cap));
  return *best;
}

template std::span<const LstmKernel<float>> lstm_kernels();
template std::span<const LstmKernel<double>> lstm_kernels();
template const LstmKernel<float>& find_lstm_kernel(std::string_view);
template const LstmKernel<double>& find_lstm_kernel(std::string_view);

}  // namespace sonant::kernels
