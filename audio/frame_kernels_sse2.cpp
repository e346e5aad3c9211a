#include <sonant/audio/frame_body.h>

#include <xsimd/xsimd.hpp>

namespace sonant {

extern const FrameKernels frame_kernels_sse2;
constexpr FrameKernels frame_kernels_sse2 =
    make_simd_frame_kernels<xsimd::batch<double, xsimd::sse2>>(Isa::sse2);

}  // namespace sonant
