// The LSTM made of primitive operations, one node of the tape for each: the one to read, and the
// one to change for an experiment. lstm.h computes the same, much faster.
#pragma once

#include <sonant/core/ops/lstm.h>

namespace sonant {

// (1)-(6) of docs/lstm.md: one step. x (n,D), state (n,H) each -> the next state
template <Real T>
LstmState<T> lstm_step(Var<T> x, const LstmState<T>& state, const LstmWeights<T>& weights);

// As lstm(), with every derivative left to the tape. options.kernel means nothing here.
template <Real T>
LstmOutput<T> lstm_unrolled(const Packed<T>& x, const LstmWeights<T>& weights,
                            const LstmOptions<T>& options = {},
                            const std::optional<LstmState<T>>& initial = std::nullopt);

}  // namespace sonant
