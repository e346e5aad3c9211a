// Compiled with the flags of avx512 (CMakeLists.txt): only what the registry calls may be
// here.
#include <sonant/core/kernels/a_lstm_body.h>
#include <sonant/core/kernels/conv_body.h>
#include <sonant/core/kernels/map_body.h>
#include <sonant/core/kernels/stream_body.h>

namespace sonant::kernels {

template <>
struct SimdTraits<Isa::avx512> {
  using Arch = xsimd::avx512bw;
  static constexpr int tile_rows = 6;  // 32 registers: 6x4 sums, 6 left, a right
};
template struct SimdLstm<Isa::avx512, float>;
template struct SimdLstm<Isa::avx512, double>;
template struct SimdALstm<Isa::avx512, float>;
template struct SimdALstm<Isa::avx512, double>;
template struct SimdStream<Isa::avx512, float>;
template struct SimdStream<Isa::avx512, double>;
template struct SimdConv<Isa::avx512, float>;
template struct SimdConv<Isa::avx512, double>;
template struct SimdMap<Isa::avx512, float>;
template struct SimdMap<Isa::avx512, double>;
template struct SimdMath<Isa::avx512, float>;
template struct SimdMath<Isa::avx512, double>;

}  // namespace sonant::kernels
