// Arguments of the streaming kernels, which compute one time step of one sequence: plain structs of
// pointers, as in lstm_args.h. D input, H hidden, C classes. Equations: docs/streaming.md. All
// memory is the caller's, aligned to 64 bytes, and has the sizes that the kernel asks for.
#pragma once

#include <cstdint>

namespace sonant::kernels {

// Numbers of elements of T.
struct StreamSizes {
  std::int64_t cell;   // an LSTM's parameters as the kernel wants them
  std::int64_t gates;  // 4H, and what the kernel adds to fill vectors
  std::int64_t state;  // H, the same
  std::int64_t head;   // attention's and classifier's parameters
  std::int64_t classes;
};

// One LSTM between two frames. What the kernel pads with begins as zero and stays it.
template <class T>
struct StreamCell {
  int input, hidden;
  const T* packed;  // (cell)
  T* ahead;         // (gates) W_hh h + b, the part of the next step that needs no input
  T* h;             // (state)
  T* c;             // (state)
};

// The softmax over the steps so far: step s weighs exp(score_s - peak) / sum.
template <class T>
struct StreamMass {
  T score;  // of the newest step
  T peak;   // the largest score; minus infinity before the first
  double sum;
};

// Attention and classifier between two frames.
template <class T>
struct StreamHead {
  int hidden, classes;
  const T* packed;  // (head)
  StreamMass<T>* mass;
  T* context;        // (state) sum of exp(score_s - peak) h_s
  T* lost;           // (state) what rounding took from it
  T* embedding;      // (state) context / sum
  T* logits;         // (classes)
  T* probabilities;  // (classes)
};

// Parameters under the names of the pages: u (H), w (C,H), b (C).
template <class T>
struct HeadParameters {
  const T* u;
  const T* w;
  const T* b;
};

}  // namespace sonant::kernels
