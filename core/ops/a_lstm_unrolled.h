// The Advanced LSTM made of primitive operations, one node of the tape for each: the one to read,
// and the one to change for an experiment. a_lstm.h computes the same, much faster.
#pragma once

#include <sonant/core/ops/a_lstm.h>

namespace sonant {

// As a_lstm(), with every derivative left to the tape. options.kernel means nothing here, and a and
// b are empty.
template <Real T>
ALstmOutput<T> a_lstm_unrolled(const Packed<T>& x, const ALstmWeights<T>& weights,
                               const ALstmOptions<T>& options = {});

}  // namespace sonant
