// One LSTM problem, computed by any kernel of the registry on exactly the memory it asks for.
#pragma once

#include <cstdint>
#include <ostream>
#include <vector>

#include <sonant/core/kernels/float_mode.h>
#include <sonant/core/kernels/lstm.h>
#include <sonant/core/packed.h>

namespace sonant {

struct LstmCase {
  int D = 1, H = 1;
  std::vector<int> lengths;
  bool reverse = false;
  bool initial = false;         // h0 and c0 given, and their gradients wanted
  bool state_gradients = true;  // dhn and dcn given
  int shards = 1;
  friend std::ostream& operator<<(std::ostream& out, const LstmCase& c);
};

// Every pair (H, D) of the sizes; batch, length and options change from case to case, so that all
// of their values meet sizes of every kind.
std::vector<LstmCase> lstm_cases();

// Outputs and gradients; the tensors' names for messages.
template <Real T>
struct LstmResult {
  std::vector<Tensor<T>> tensors;
  static const char* name(std::size_t k) {
    constexpr const char* names[] = {"h", "hn", "cn", "dx", "dw_ih", "dw_hh", "db", "dh0", "dc0"};
    return names[k];
  }
};

// Inputs are random numbers that float represents exactly. Gradients start from random numbers too,
// since kernels must add to them. Scratch memory begins as NaN, and what lies behind it is checked.
template <Real T>
LstmResult<T> run_lstm(const kernels::LstmKernel<T>& kernel, const LstmCase& c);

// Largest |a - b| of each tensor in units of the largest |b| of that tensor, as "name[index]: a, b"
// for the worst.
struct LstmError {
  double worst = 0;
  std::string where = "nowhere";
};
template <Real T>
LstmError compare(const LstmResult<T>& a, const LstmResult<double>& b);

}  // namespace sonant
