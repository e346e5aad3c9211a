// Lstm: long short-term memory over a batch, packed or (B,T,D), as torch.nn.LSTM; docs/lstm.md.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <sonant/core/ops/lstm.h>
#include <sonant/core/random.h>
#include <sonant/nn/module.h>

namespace sonant {

struct LstmConfig {
  int input = 0;               // D
  int hidden = 0;              // H
  int layers = 1;              // each on the output of the one below
  bool bidirectional = false;  // the backward pass's output is appended: width 2H
  double dropout = 0;          // in training, on the output of every layer but the last
  std::string kernel = "";     // a name in core/kernels/lstm.h, "" or "auto": the default
};

template <Real T>
class Lstm : public Module<T> {
 public:
  struct Output {
    Packed<T> h;                    // (N,H) or (N,2H), the last layer's
    PoolVector<LstmState<T>> last;  // (B,H) of each layer and direction
  };
  struct DenseOutput {
    Var<T> h;  // (B,T,H) or (B,T,2H), zeros behind the end of a sequence
    PoolVector<LstmState<T>> last;
  };

  // W_ih Xavier-normal over the whole (4H,D), W_hh orthogonal over the whole (4H,H), biases zero
  // but the forget gate's quarter of both, which is 1.
  Lstm(const LstmConfig& config, const Random& random);
  Lstm(int input, int hidden, const Random& random)
      : Lstm(LstmConfig{.input = input, .hidden = hidden}, random) {}

  Packed<T> operator()(const Packed<T>& x) { return run(x).h; }
  // x (B,T,D) -> (B,T,H). Of sequence b the first lengths[b] steps are there, 1 to T; without
  // lengths all are.
  Var<T> operator()(const Var<T>& x, std::span<const int> lengths = {}) {
    return run(x, lengths).h;
  }
  // `initial` is empty (zeros) or has one state for each layer and direction, in PyTorch's order:
  // layer 0, layer 0 reversed, layer 1, ... Their rows are in the caller's order, as those of
  // `last`.
  Output run(const Packed<T>& x, std::span<const LstmState<T>> initial = {});
  DenseOutput run(const Var<T>& x, std::span<const int> lengths = {},
                  std::span<const LstmState<T>> initial = {});

  // PyTorch's names: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_ih_l0_reverse, ...
  void visit(Visitor<T>& v) override;
  std::string kind() const override { return "LSTM"; }
  std::string settings() const override;

  const LstmConfig& config() const { return config_; }
  const kernels::LstmKernel<T>& kernel() const { return *kernel_; }  // settled when it was made

  struct Cell {
    Parameter<T> weight_ih, weight_hh;  // (4H,D), (4H,H), gates in the order i, f, g, o
    Parameter<T> bias_ih, bias_hh;      // (4H)
  };
  std::vector<Cell> cells;  // one for each layer and direction

 private:
  LstmConfig config_;
  const kernels::LstmKernel<T>* kernel_;
};

}  // namespace sonant
