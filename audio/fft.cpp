#include <sonant/audio/fft.h>

#include <mutex>
#include <utility>

#include <sonant/audio/cache.h>
#include <sonant/core/error.h>

namespace sonant {
namespace {

bool has_factor_over_five(int n) {
  for (const int p : {2, 3, 5})
    while (n % p == 0) n /= p;
  return n > 1;
}

std::mutex& exclusive_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

PowerFft::PowerFft(int n, const FrameKernels& kernels)
    : n_(n), exclusive_(has_factor_over_five(n)), kernels_(&kernels) {
  check(n >= 2, "PowerFft", "expects at least 2 samples per frame, got ", n);
  plan_ = std::shared_ptr<void>(kernels.make_plan(n), kernels.free_plan);
}

std::shared_ptr<const PowerFft> PowerFft::plan(int n) {
  static Cache<std::pair<int, const FrameKernels*>, PowerFft> cache(8);
  const FrameKernels& kernels = frame_kernels();
  return cache.get({n, &kernels}, [&] { return PowerFft(n, kernels); });
}

void PowerFft::power(const double* const* frames, const double* window, double* scratch,
                     double* power) const {
  std::unique_lock<std::mutex> lock;
  // kissfft's general butterfly keeps its scratch in the plan.
  if (exclusive_) lock = std::unique_lock(exclusive_mutex());
  kernels_->power(plan_.get(), n_, frames, window, scratch, power);
}

}  // namespace sonant
