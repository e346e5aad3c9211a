// The Advanced LSTM over a packed batch of sequences as one node of the tape, with hand-derived
// backpropagation through time: docs/a_lstm.md. a_lstm_unrolled.h is the same from primitive ops.
// Tao & Liu, Advanced LSTM: a study about better time dependency modeling in emotion recognition,
// ICASSP 2018, arXiv:1710.10197.
#pragma once

#include <string_view>

#include <sonant/core/packed.h>

namespace sonant {

namespace kernels {
template <class T>
struct ALstmKernel;
}

// As those of lstm(), gates in the order i, f, g, o, but with one bias vector.
template <Real T>
struct ALstmWeights {
  Var<T> w_ih;            // (4H,D)
  Var<T> w_hh;            // (4H,H)
  Var<T> bias;            // (4H)
  Var<T> w_state = {};    // (H), scores states; empty unless these are combined by attention
  Var<T> w_state_h = {};  // (H), scores h where it has a vector of its own; empty: w_state does
};

// What a step begins with instead of the state of the step before.
enum class StateCombination {
  attention,  // a mean of earlier states, weighted by a softmax of their scores: the A-LSTM
  mean,       // their arithmetic mean: the "mean LSTM", its control
  none,       // the state of the step before: the LSTM
};

template <Real T>
struct ALstmOptions {
  StateCombination combination = StateCombination::attention;
  PoolVector<int> offsets = {1, 3, 5};  // how many steps back the states are; rising, at least 1
  bool combine_h = true;                // false: h of the step before, and only cells are combined
  // States before a sequence's first one: true, they count as zeros; false, they are left out.
  bool zero_past = false;
  bool reverse = false;     // from each sequence's last step to its first
  bool keep_cells = false;  // also give c
  // A row of the registry (core/kernels/a_lstm.h); null: choose_a_lstm_kernel().
  const kernels::ALstmKernel<T>* kernel = nullptr;
};

template <Real T>
struct ALstmOutput {
  Packed<T> h;  // (N,H), every step
  // To look at, not on the tape: the weights of the earlier cells and of the earlier h, (N,K) for K
  // offsets. Zero where a state is left out, and where nothing is combined.
  Tensor<T> a, b;
  Tensor<T> c;  // (N,H), empty unless options.keep_cells
};

// x (N,D) -> h (N,H), docs/a_lstm.md (1)-(8). Begins with zeros. Gradients for x and all
// parameters, each only if wanted. Shards of sequences run in parallel; their number depends on B
// alone, so results are the same bits with any number of threads. Error, naming the argument, for
// shapes that do not fit, offsets that do not rise from 1, a vector that nothing uses or that
// lacks.
template <Real T>
ALstmOutput<T> a_lstm(const Packed<T>& x, const ALstmWeights<T>& weights,
                      const ALstmOptions<T>& options = {});

// What a_lstm() checks.
template <Real T>
void check_a_lstm_arguments(const Packed<T>& x, const ALstmWeights<T>& weights,
                            const ALstmOptions<T>& options);

// The row to run, found once by whoever calls a_lstm() often. A name means what it means to
// choose_lstm_kernel(): the rows have the same ones, and the default is the same. Error for a name
// that has no row here.
template <Real T>
const kernels::ALstmKernel<T>& choose_a_lstm_kernel(std::string_view name = "");

}  // namespace sonant
