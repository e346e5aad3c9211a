#include <sonant/audio/frame_body.h>

#include <xsimd/xsimd.hpp>

namespace sonant {

extern const FrameKernels frame_kernels_avx2;
constexpr FrameKernels frame_kernels_avx2 =
    make_simd_frame_kernels<xsimd::batch<double, xsimd::avx2>>(Isa::avx2);

}  // namespace sonant
