// The registry of streaming kernels: one time step of one sequence at a time, state kept between
// them.
#pragma once

#include <sonant/core/kernels/lstm_args.h>
#include <sonant/core/kernels/registry.h>
#include <sonant/core/kernels/stream_args.h>

namespace sonant::kernels {

template <class T>
struct StreamKernel : KernelRow {
  StreamSizes (*sizes)(int input, int hidden, int classes);
  // Once for all frames and streams of a model.
  void (*pack_cell)(int input, int hidden, const LstmParameters<T>& parameters, T* packed);
  void (*pack_head)(int hidden, int classes, const HeadParameters<T>& parameters, T* packed);
  // ahead = W_hh h + b.
  void (*prepare)(const StreamCell<T>& cell);
  // c and h of the next step from x (D), `ahead` and c.
  void (*step)(const StreamCell<T>& cell, const T* x);
  // Takes h (H) into the attention.
  void (*attend)(const StreamHead<T>& head, const T* h);
  // Embedding, logits and probabilities of the steps so far.
  void (*classify)(const StreamHead<T>& head);
};

template <class T>
Registry<StreamKernel<T>>& stream_kernels();

}  // namespace sonant::kernels
