// Models, batches and PyTorch's numbers for them.
#pragma once

#include <string>
#include <vector>

#include <sonant/core/npz.h>
#include <sonant/core/packed.h>
#include <sonant/nn/models/family.h>

namespace sonant::test {

// A spec by its model's name, without dropout unless it is asked for.
struct NamedModel {
  std::string name = "reslstm-sa-h64";
  int input = 46, classes = 8;
  double dropout = 0;
  Padding padding = Padding::masked;
  std::string kernel = "";

  operator ModelSpec() const;
};

// The batch of a golden: x (B,T,D) zero-padded, lengths, labels.
struct GoldenBatch {
  Tensor<double> x;
  std::vector<int> lengths, labels;  // the caller's order

  explicit GoldenBatch(const Npz& npz);
  // The sequences `which` (caller's numbers) as a packed batch on the tape.
  template <Real T>
  Packed<T> packed(Tape<T>& tape, const std::vector<int>& which) const;
  template <Real T>
  Packed<T> packed(Tape<T>& tape) const;
};

// Fills every parameter and buffer from the array "PREFIX" + name; fails the test if one lacks.
template <Real T>
void load_arrays(Module<T>& module, const Npz& npz, const std::string& prefix);

// Largest |got - want|, relative to the largest |want|; infinite if the shapes differ.
template <Real T>
double relative_error(const Tensor<T>& got, const Tensor<double>& want);

// Packed (N,1) to padded (B,T).
template <Real T>
Tensor<T> padded_weights(const Tensor<T>& weights, const PackedLayout& layout);

// The variants of the LSTM that this machine can run and that compute in T itself, by name: coarser
// ones are held to their own accuracy in tests/kernels.
template <Real T>
std::vector<std::string> kernel_names();

}  // namespace sonant::test
