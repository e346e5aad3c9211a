// Compiled with the flags of avx2 (CMakeLists.txt): only what the registry calls may be here.
#include <sonant/core/kernels/a_lstm_body.h>
#include <sonant/core/kernels/conv_body.h>
#include <sonant/core/kernels/map_body.h>
#include <sonant/core/kernels/stream_body.h>

namespace sonant::kernels {

template <>
struct SimdTraits<Isa::avx2> {
  using Arch = xsimd::fma3<xsimd::avx2>;
  static constexpr int tile_rows = 3;  // 16 registers: 3x4 sums, 3 left, a right
};
template struct SimdLstm<Isa::avx2, float>;
template struct SimdLstm<Isa::avx2, double>;
template struct SimdALstm<Isa::avx2, float>;
template struct SimdALstm<Isa::avx2, double>;
template struct SimdStream<Isa::avx2, float>;
template struct SimdStream<Isa::avx2, double>;
template struct SimdConv<Isa::avx2, float>;
template struct SimdConv<Isa::avx2, double>;
template struct SimdMap<Isa::avx2, float>;
template struct SimdMap<Isa::avx2, double>;
template struct SimdMath<Isa::avx2, float>;
template struct SimdMath<Isa::avx2, double>;

}  // namespace sonant::kernels
