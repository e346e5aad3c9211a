// The LSTM over a packed batch of sequences as one node of the tape, with hand-derived
// backpropagation through time: docs/lstm.md. lstm_unrolled.h is the same from primitive ops.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <sonant/core/packed.h>

namespace sonant {

namespace kernels {
template <class T>
struct LstmKernel;
}

// Parameters as in torch.nn.LSTM: gates in the order i, f, g, o, two bias vectors.
template <Real T>
struct LstmWeights {
  Var<T> w_ih;  // (4H,D)
  Var<T> w_hh;  // (4H,H)
  Var<T> b_ih;  // (4H)
  Var<T> b_hh;  // (4H)
};

// One row for each sequence, in the caller's order.
template <Real T>
struct LstmState {
  Var<T> h, c;  // (B,H)
};

template <Real T>
struct LstmOptions {
  bool reverse = false;  // from each sequence's last step to its first
  // A row of the registry (core/kernels/lstm.h); null: choose_lstm_kernel().
  const kernels::LstmKernel<T>* kernel = nullptr;
};

template <Real T>
struct LstmOutput {
  Packed<T> h;    // (N,H), every step
  Var<T> hn, cn;  // (B,H), after each sequence's last step (its first one if reversed)
};

// x (N,D) -> h (N,H), hn, cn (B,H). Begins with `initial`, or with zeros. Gradients for x, all
// parameters and the initial state, each only if wanted. Shards of sequences run in parallel; their
// number depends on B alone, so results are the same bits with any number of threads.
template <Real T>
LstmOutput<T> lstm(const Packed<T>& x, const LstmWeights<T>& weights,
                   const LstmOptions<T>& options = {},
                   const std::optional<LstmState<T>>& initial = std::nullopt);

// Error, naming the argument that does not fit the others. What lstm() checks.
template <Real T>
void check_lstm_arguments(const Packed<T>& x, const LstmWeights<T>& weights,
                          const std::optional<LstmState<T>>& initial);

// The row to run, found once by whoever calls lstm() often: the best one of that name, and for ""
// and "auto" of the default name. That is what was set here, else the environment's SONANT_KERNEL
// (read once), else the registry's choice: "simd" where the instruction set allows it and "blas"
// where not. Error for a name that is not in the registry, or that has no row for the instruction
// set. Setting is not thread-safe, and what has been chosen stays: do it at start; "" and "auto"
// take it back and read the environment anew.
template <Real T>
const kernels::LstmKernel<T>& choose_lstm_kernel(std::string_view name = "");
void set_default_lstm_kernel(std::string_view name);
// The name of that row, for float.
std::string lstm_kernel(std::string_view name);
std::string default_lstm_kernel();

}  // namespace sonant
