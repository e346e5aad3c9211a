// The registry of LSTM kernels: variants of one computation side by side, chosen per call, so that
// two can be compared and timed in one process. docs/kernels.md tells how to add one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/core/kernels/isa.h>
#include <sonant/core/kernels/lstm_args.h>

namespace sonant::kernels {

// One variant for one instruction set. Its functions touch no global state: any number of them may
// run at once on different rows of a batch.
template <class T>
struct LstmKernel {
  const char* name;  // "reference", "blas", "simd", "simd-fast"
  Isa isa;           // what the machine must have
  const char* idea;  // one line
  LstmSizes (*sizes)(int input, int hidden, const LstmRows& rows);
  // Writes one part of `prepared`, once for all calls that use the same parameters. Null: nothing
  // to prepare.
  void (*prepare)(int input, int hidden, const LstmParameters<T>& parameters, LstmPart part,
                  T* prepared);
  void (*forward)(const LstmForward<T>& args);
  void (*backward)(const LstmBackward<T>& args);
};

// Every variant that was compiled in, the readable one first.
template <class T>
std::span<const LstmKernel<T>> lstm_kernels();

// The names in it, each once.
std::vector<std::string> lstm_kernel_names();

// Those of them that have a variant for an instruction set up to active_isa().
std::vector<std::string> usable_lstm_kernels();

// The variant `name` for the best instruction set up to active_isa(). Error if there is none, which
// lists the usable ones and names `source`, where the name comes from.
template <class T>
const LstmKernel<T>& find_lstm_kernel(std::string_view name, std::string_view source = "");

}  // namespace sonant::kernels
