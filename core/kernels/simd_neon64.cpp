// Compiled with the flags of neon64 (CMakeLists.txt): only what the registry calls may be
// here.
#include <sonant/core/kernels/a_lstm_body.h>
#include <sonant/core/kernels/conv_body.h>
#include <sonant/core/kernels/map_body.h>
#include <sonant/core/kernels/stream_body.h>

namespace sonant::kernels {

template <>
struct SimdTraits<Isa::neon64> {
  using Arch = xsimd::neon64;
  static constexpr int tile_rows = 6;  // 32 registers: 6x4 sums, 6 left, a right
};
template struct SimdLstm<Isa::neon64, float>;
template struct SimdLstm<Isa::neon64, double>;
template struct SimdALstm<Isa::neon64, float>;
template struct SimdALstm<Isa::neon64, double>;
template struct SimdStream<Isa::neon64, float>;
template struct SimdStream<Isa::neon64, double>;
template struct SimdConv<Isa::neon64, float>;
template struct SimdConv<Isa::neon64, double>;
template struct SimdMap<Isa::neon64, float>;
template struct SimdMap<Isa::neon64, double>;
template struct SimdMath<Isa::neon64, float>;
template struct SimdMath<Isa::neon64, double>;

}  // namespace sonant::kernels
