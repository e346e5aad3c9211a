#include <sonant/audio/frame_kernels.h>

#include <sonant/audio/frame_body.h>

template class std::vector<std::size_t>;

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
};

constexpr FrameKernels scalar = frame_body::kernels<Scalar>("scalar");

}  // namespace

const FrameKernels& frame_kernels() { return scalar; }

std::span<const FrameKernels* const> runnable_frame_kernels() {
  static const FrameKernels* const runnable[] = {&scalar};
  return runnable;
}

}  // namespace sonant
