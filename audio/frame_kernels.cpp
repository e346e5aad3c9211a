#include <sonant/audio/frame_kernels.h>

#include <sonant/audio/frame_body.h>

#include <sonant/core/kernels/registry.h>

namespace sonant {
namespace {

// The vector of one lane: plain arithmetic, the specification of all the others.
struct Scalar {
  static constexpr std::size_t size = 1;
  double x;

  Scalar() = default;
  explicit Scalar(double value) : x(value) {}
  static Scalar load_aligned(const double* from) { return Scalar(*from); }
  void store_aligned(double* to) const { *to = x; }
  double get(std::size_t) const { return x; }
  friend Scalar operator+(Scalar a, Scalar b) { return Scalar(a.x + b.x); }
  friend Scalar operator-(Scalar a, Scalar b) { return Scalar(a.x - b.x); }
  friend Scalar operator*(Scalar a, Scalar b) { return Scalar(a.x * b.x); }
  friend Scalar operator-(Scalar a) { return Scalar(-a.x); }
  friend Scalar max(Scalar a, Scalar b) { return Scalar(a.x < b.x ? b.x : a.x); }
};

constexpr FrameKernels reference =
    make_frame_kernels<Scalar>("reference", Isa::scalar, "eight frames abreast, one at a time");

}  // namespace

#if defined(__x86_64__)
extern const FrameKernels frame_kernels_sse2, frame_kernels_avx2, frame_kernels_avx512;
#elif defined(__aarch64__)
extern const FrameKernels frame_kernels_neon64;
#endif

namespace {

std::vector<FrameKernels> all_rows() {
  return {
    reference,
#if defined(__x86_64__)
        frame_kernels_sse2, frame_kernels_avx2, frame_kernels_avx512,
#elif defined(__aarch64__)
        frame_kernels_neon64,
#endif
  };
}

}  // namespace

kernels::Registry<FrameKernels>& all_frame_kernels() {
  static kernels::Registry<FrameKernels> registry("frames", all_rows());
  return registry;
}

const FrameKernels& frame_kernels() { return all_frame_kernels().find(); }

}  // namespace sonant
