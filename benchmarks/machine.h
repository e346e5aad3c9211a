// What a number was measured on: without it a number means nothing.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <sonant/core/kernels/isa.h>

namespace sonant::bench {

// CPU, instruction set and why, BLAS core, threads, compiler and flags, peak of each instruction
// set; and a warning where the environment bends the BLAS. In the order they are to be shown.
std::vector<std::pair<std::string, std::string>> machine_facts();

// FLOP/s of multiply-and-add on one core with these features, measured at the first call: best of a
// few short runs, since a shared machine can only make it look worse. None (what takes no vectors
// of its own, or those of OpenBLAS): all that the machine has.
double fma_peak(CpuFeatures features);

// The same at this moment and of the machine's best instruction set: one run of some 50 us.
double fma_peak_now();

// Sum of `count` numbers (a multiple of 128, aligned to 64 bytes), read as fast as they can.
float read_sweep(CpuFeatures features, const float* data, std::int64_t count);

}  // namespace sonant::bench
