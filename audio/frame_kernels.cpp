#include <sonant/audio/frame_kernels.h>

#include <sonant/audio/frame_body.h>

#include <algorithm>
#include <iterator>

#include <sonant/core/kernels/isa.h>

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

constexpr FrameKernels scalar = make_frame_kernels<Scalar>(Isa::scalar);

}  // namespace

#if defined(__x86_64__)
extern const FrameKernels frame_kernels_sse2, frame_kernels_avx2, frame_kernels_avx512;
#elif defined(__aarch64__)
extern const FrameKernels frame_kernels_neon64;
#endif

namespace {

constexpr const FrameKernels* all_frame_kernels[] = {
    &scalar,
#if defined(__x86_64__)
    &frame_kernels_sse2,
    &frame_kernels_avx2,
    &frame_kernels_avx512,
#elif defined(__aarch64__)
    &frame_kernels_neon64,
#endif
};

}  // namespace

const FrameKernels& frame_kernels() {
  const Isa isa = active_isa();
  const auto found = std::find_if(std::begin(all_frame_kernels), std::end(all_frame_kernels),
                                  [isa](const FrameKernels* k) { return k->isa == isa; });
  return found != std::end(all_frame_kernels) ? **found : scalar;
}

std::vector<const FrameKernels*> supported_frame_kernels() {
  std::vector<const FrameKernels*> supported;
  std::copy_if(std::begin(all_frame_kernels), std::end(all_frame_kernels),
               std::back_inserter(supported),
               [](const FrameKernels* k) { return isa_supported(k->isa); });
  return supported;
}

}  // namespace sonant
