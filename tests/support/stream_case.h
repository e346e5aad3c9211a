// One problem for the streaming kernels, computed by any of them on exactly the memory it asks for.
#pragma once

#include <ostream>
#include <vector>

#include <sonant/core/kernels/stream.h>
#include <sonant/core/real.h>

namespace sonant {

struct StreamCase {
  int D, H, C, steps;
  friend std::ostream& operator<<(std::ostream& out, const StreamCase& c);
};

// Every pair (H, D) of the sizes that leave tails, with some classes and steps; one long case.
std::vector<StreamCase> stream_cases();

// Of every step: h, c, embedding, logits, probabilities, score, peak and sum. Inputs are random
// numbers that float represents exactly. Memory begins as NaN where the kernel must write it, and
// what lies behind it is checked.
template <Real T>
std::vector<double> run_stream(const kernels::StreamKernel<T>& kernel, const StreamCase& c);

// Largest |a - b| / max(1, |b|); infinite if there is a NaN.
double worst_error(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace sonant
