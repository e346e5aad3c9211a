#include <sonant/audio/frame_body.h>

#include <xsimd/xsimd.hpp>

namespace sonant {

extern const FrameKernels frame_kernels_avx512;
constexpr FrameKernels frame_kernels_avx512 =
    make_simd_frame_kernels<xsimd::batch<double, xsimd::avx512f>>(Isa::avx512);

}  // namespace sonant
