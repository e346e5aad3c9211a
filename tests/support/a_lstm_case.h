// One problem of the Advanced LSTM, computed by any kernel of its registry on exactly the memory it
// asks for.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include <sonant/core/kernels/a_lstm.h>
#include <sonant/core/tensor.h>

namespace sonant {

struct ALstmCase {
  int D, H;
  std::vector<int> lengths, c_offsets, h_offsets;  // none: the state of the step before
  bool attention = true, zero_past = false, reverse = false;
  int shards = 1;
  friend std::ostream& operator<<(std::ostream& out, const ALstmCase& c);
};

// Sizes that leave tails, offsets that reach beyond the sequences or are none; batch, lengths and
// options change from case to case.
std::vector<ALstmCase> a_lstm_cases();

// h, a, b, c and all gradients. Inputs are random numbers that float represents exactly, gradients
// start from random numbers, since kernels must add to them; scratch memory begins as NaN, and what
// lies behind it is checked.
template <Real T>
std::vector<Tensor<T>> run_a_lstm(const kernels::ALstmKernel<T>& kernel, const ALstmCase& c);

// Largest |a - b| of a tensor in units of its largest |b|, and which tensor that is.
struct ALstmError {
  double worst = 0;
  std::string where = "nowhere";
};
template <Real T>
ALstmError compare(const std::vector<Tensor<T>>& a, const std::vector<Tensor<double>>& b);

}  // namespace sonant
