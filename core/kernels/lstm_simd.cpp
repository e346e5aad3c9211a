// The rows of the fused LSTM, whose code is a template on the instruction set: simd.h.
#include <sonant/core/kernels/lstm.h>
#include <sonant/core/kernels/simd.h>

namespace sonant::kernels {
namespace {

// Taking the addresses runs no code of that instruction set.
template <class T, Isa isa>
LstmKernel<T> simd() {
  using Simd = SimdLstm<isa, T>;
  return {{.name = "simd",
           .needs = features_of(isa),
           .storage = own_storage<T>,
           .accuracy = own_accuracy<T>,
           .choice = Choice::automatic,
           .idea = "gates of a register tile fused, parameters packed once"},
          &Simd::sizes,
          &Simd::prepare,
          &Simd::forward,
          &Simd::backward};
}

template <class T, Isa isa>
LstmKernel<T> simd_fast() {
  LstmKernel<T> row = simd<T, isa>();
  row.name = "simd-fast";
  row.choice = Choice::by_name;
  row.idea = "as simd, with coarser sigmoid and tanh";
  row.forward = &SimdLstm<isa, T>::forward_fast;
  return row;
}

template <class T>
std::vector<LstmKernel<T>> rows() {
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
std::vector<LstmKernel<float>> lstm_variant<struct FusedLstm, float>() {
  return rows<float>();
}
template <>
std::vector<LstmKernel<double>> lstm_variant<struct FusedLstm, double>() {
  return rows<double>();
}

}  // namespace sonant::kernels
