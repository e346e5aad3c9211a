#include <sonant/audio/frame_body.h>

#include <xsimd/xsimd.hpp>

namespace sonant {

extern const FrameKernels frame_kernels_neon64;
constexpr FrameKernels frame_kernels_neon64 =
    make_simd_frame_kernels<xsimd::batch<double, xsimd::neon64>>(Isa::neon64);

}  // namespace sonant
