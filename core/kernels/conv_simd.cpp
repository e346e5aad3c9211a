// The rows of the convolution on the register tile, whose code is a template on the instruction
// set: simd.h.
#include <sonant/core/kernels/conv.h>
#include <sonant/core/kernels/simd.h>

namespace sonant::kernels {
namespace {

// Taking the addresses runs no code of that instruction set.
template <class T, Isa isa>
ConvKernel<T> simd() {
  using Simd = SimdConv<isa, T>;
  return {{.name = "simd",
           .needs = features_of(isa),
           .storage = own_storage<T>,
           .accuracy = own_accuracy<T>,
           .choice = Choice::automatic,
           .idea = "windows read where they lie in a bordered image, on the register tile"},
          &Simd::sizes,
          &Simd::pack,
          &Simd::forward,
          &Simd::backward,
          &Simd::unpack};
}

template <class T>
std::vector<ConvKernel<T>> rows() {
  return {
#if defined(__x86_64__)
    simd<T, Isa::sse2>(), simd<T, Isa::avx2>(), simd<T, Isa::avx512>(),
#elif defined(__aarch64__)
    simd<T, Isa::neon64>(),
#endif
  };
}

}  // namespace

template <>
std::vector<ConvKernel<float>> conv_variant<struct TileConv, float>() {
  return rows<float>();
}
template <>
std::vector<ConvKernel<double>> conv_variant<struct TileConv, double>() {
  return rows<double>();
}

}  // namespace sonant::kernels
