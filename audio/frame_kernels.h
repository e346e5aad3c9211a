// The inner loops of the front end, over blocks of eight frames (frames.h): one table an
// instruction set. Every variant does the same additions and multiplications in the same order,
// without fused multiply-add, so all of them give the same bits; `scalar` is the specification.
#pragma once

#include <cstddef>

#include <sonant/core/kernels/kernel_row.h>

namespace sonant {

struct FrameKernels : kernels::KernelRow {
  // A plan for frames of n samples; used by several threads at once if n has no prime factor
  // over 5.
  void* (*make_plan)(int n);
  void (*free_plan)(void* plan);
  // Doubles of scratch that `power` needs for frames of n samples.
  std::size_t (*scratch_size)(int n);
  // power (n/2+1, 8) <- |FFT(window * frames[lane])|^2, each frame n samples.
  void (*power)(const void* plan, int n, const double* const* frames, const double* window,
                double* scratch, double* power);

  // out (rows, 8) <- weights (rows, columns) * in (columns, 8)
  void (*multiply)(const double* weights, int rows, int columns, const double* in, double* out);
  // out[r] (8) <- sum over j < count[r] of weights[offset[r] + j] * in[first[r] + j]
  void (*multiply_ranges)(const double* weights, const int* first, const int* count,
                          const int* offset, int rows, const double* in, double* out);
  // out (8) <- the largest of in (rows, 8) in each lane, at least 0
  void (*maxima)(const double* in, int rows, double* out);
};

// All variants (core/kernels/registry.h), and the best of them.
kernels::Registry<FrameKernels>& all_frame_kernels();
const FrameKernels& frame_kernels();

}  // namespace sonant
