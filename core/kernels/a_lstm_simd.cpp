// The rows of the fused Advanced LSTM, whose code is a template on the instruction set: simd.h.
#include <sonant/core/kernels/a_lstm.h>
#include <sonant/core/kernels/simd.h>

namespace sonant::kernels {
namespace {

// Taking the addresses runs no code of that instruction set.
template <class T, Isa isa>
ALstmKernel<T> simd() {
  using Simd = SimdALstm<isa, T>;
  return {{.name = "simd",
           .needs = features_of(isa),
           .storage = own_storage<T>,
           .accuracy = own_accuracy<T>,
           .choice = Choice::automatic,
           .idea = "the simd LSTM, its states combined from a ring of those before"},
          &Simd::sizes,
          &SimdLstm<isa, T>::prepare,
          &Simd::forward,
          &Simd::backward};
}

template <class T, Isa isa>
ALstmKernel<T> simd_fast() {
  ALstmKernel<T> row = simd<T, isa>();
  row.name = "simd-fast";
  row.choice = Choice::by_name;
  row.idea = "as simd, with coarser sigmoid and tanh";
  row.forward = &SimdALstm<isa, T>::forward_fast;
  return row;
}

template <class T>
std::vector<ALstmKernel<T>> rows() {
  return {
#if defined(__x86_64__)
    simd<T, Isa::sse2>(), simd<T, Isa::avx2>(), simd<T, Isa::avx512>(), simd_fast<T, Isa::sse2>(),
        simd_fast<T, Isa::avx2>(), simd_fast<T, Isa::avx512>(),
#elif defined(__aarch64__)
    simd<T, Isa::neon64>(), simd_fast<T, Isa::neon64>(),
#endif
  };
}

}  // namespace

template <>
std::vector<ALstmKernel<float>> a_lstm_variant<struct FusedALstm, float>() {
  return rows<float>();
}
template <>
std::vector<ALstmKernel<double>> a_lstm_variant<struct FusedALstm, double>() {
  return rows<double>();
}

}  // namespace sonant::kernels
