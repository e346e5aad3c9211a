// The registry of streaming kernels: one time step of one sequence at a time, state kept between
// them. Variants stand side by side as those of the LSTM over whole batches do (lstm.h).
#pragma once

#include <span>
#include <string_view>

#include <sonant/core/kernels/isa.h>
#include <sonant/core/kernels/lstm_args.h>
#include <sonant/core/kernels/stream_args.h>

namespace sonant::kernels {

template <class T>
struct StreamKernel {
  const char* name;  // "reference", "simd"
  Isa isa;           // what the machine must have
  const char* idea;  // one line
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

// Every variant that was compiled in, the readable one first.
template <class T>
std::span<const StreamKernel<T>> stream_kernels();

// The variant `name` for the best instruction set up to active_isa(); "" is the fastest one. Error
// if there is none of that name.
template <class T>
const StreamKernel<T>& find_stream_kernel(std::string_view name);

}  // namespace sonant::kernels
