// The registry of LSTM kernels over whole batches. docs/kernels.md tells how to add one.
#pragma once

#include <string>
#include <vector>

#include <sonant/core/kernels/lstm_args.h>
#include <sonant/core/kernels/registry.h>

namespace sonant::kernels {

// One variant for one instruction set. Its functions touch no global state: any number of them may
// run at once on different rows of a batch.
template <class T>
struct LstmKernel : KernelRow {
  LstmSizes (*sizes)(int input, int hidden, const LstmRows& rows);
  // Writes one part of `prepared`, once for all calls that use the same parameters. Null: nothing
  // to prepare.
  void (*prepare)(int input, int hidden, const LstmParameters<T>& parameters, LstmPart part,
                  T* prepared);
  void (*forward)(const LstmForward<T>& args);
  void (*backward)(const LstmBackward<T>& args);
};

// T = float or double: what the kernels are given and give back.
template <class T>
Registry<LstmKernel<T>>& lstm_kernels();

// The names in it, each once.
std::vector<std::string> lstm_kernel_names();

// What the file of a variant defines, for float and for double: its rows, one an instruction set.
// `Variant` is a tag that only that file and the table in lstm.cpp name.
template <class Variant, class T>
std::vector<LstmKernel<T>> lstm_variant();

}  // namespace sonant::kernels
