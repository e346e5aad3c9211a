// Compiled with the flags of sse2 (CMakeLists.txt): only what the registry calls may be here.
#include <sonant/core/kernels/a_lstm_body.h>
#include <sonant/core/kernels/conv_body.h>
#include <sonant/core/kernels/stream_body.h>

namespace sonant::kernels {

template <>
struct SimdTraits<Isa::sse2> {
  using Arch = xsimd::sse2;
  static constexpr int tile_rows = 2;  // 16 registers: 2x4 sums, 2 left, a right
};
template struct SimdLstm<Isa::sse2, float>;
template struct SimdLstm<Isa::sse2, double>;
template struct SimdALstm<Isa::sse2, float>;
template struct SimdALstm<Isa::sse2, double>;
template struct SimdStream<Isa::sse2, float>;
template struct SimdStream<Isa::sse2, double>;
template struct SimdConv<Isa::sse2, float>;
template struct SimdConv<Isa::sse2, double>;
template struct SimdMath<Isa::sse2, float>;
template struct SimdMath<Isa::sse2, double>;

}  // namespace sonant::kernels
