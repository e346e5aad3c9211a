// The registry of Advanced LSTM kernels over whole batches: docs/kernels.md, docs/a_lstm.md.
#pragma once

#include <vector>

#include <sonant/core/kernels/a_lstm_args.h>
#include <sonant/core/kernels/registry.h>

namespace sonant::kernels {

// One variant for one instruction set, as LstmKernel (lstm.h). `count`: of offsets, `reach`: the
// largest, or more.
template <class T>
struct ALstmKernel : KernelRow {
  LstmSizes (*sizes)(int input, int hidden, int count, int reach, const LstmRows& rows);
  void (*prepare)(int input, int hidden, const LstmParameters<T>& parameters, LstmPart part,
                  T* prepared);  // or null
  void (*forward)(const ALstmForward<T>& args);
  void (*backward)(const ALstmBackward<T>& args);
};

// T = float or double: what the kernels are given and give back.
template <class T>
Registry<ALstmKernel<T>>& a_lstm_kernels();

// What the file of a variant defines, for float and for double: its rows, one an instruction set.
template <class Variant, class T>
std::vector<ALstmKernel<T>> a_lstm_variant();

}  // namespace sonant::kernels
