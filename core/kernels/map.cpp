#include <sonant/core/kernels/map.h>

#include <sonant/core/kernels/simd.h>

namespace sonant::kernels {
namespace {

// Taking the addresses runs no code of that instruction set.
template <class T, Isa isa>
MapKernel<T> row() {
  using Simd = SimdMap<isa, T>;
  return {{.name = isa == Isa::scalar ? "reference" : "simd",
           .needs = features_of(isa),
           .storage = own_storage<T>,
           .accuracy = own_accuracy<T>,
           .choice = Choice::automatic,
           .idea = isa == Isa::scalar ? "channel by channel: the specification"
                                      : "one pass over memory for norm, relu and mean"},
          &Simd::moments,
          &Simd::forward,
          &Simd::gradient_sums,
          &Simd::backward};
}

template <class T>
std::vector<MapKernel<T>> rows() {
  return {
    row<T, Isa::scalar>(),
#if defined(__x86_64__)
        row<T, Isa::avx2>(), row<T, Isa::avx512>(),
#elif defined(__aarch64__)
        row<T, Isa::neon64>(),
#endif
  };
}

}  // namespace

template <class T>
Registry<MapKernel<T>>& map_kernels() {
  static Registry<MapKernel<T>> registry("map", rows<T>());
  return registry;
}

template Registry<MapKernel<float>>& map_kernels();
template Registry<MapKernel<double>>& map_kernels();

}  // namespace sonant::kernels
