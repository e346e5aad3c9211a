// ALstm: the Advanced LSTM over a packed batch, one layer, in one direction or both; with other
// settings its controls, the mean LSTM and an LSTM with one bias vector. docs/a_lstm.md.
#pragma once

#include <string>
#include <vector>

#include <sonant/core/ops/a_lstm.h>
#include <sonant/core/random.h>
#include <sonant/nn/module.h>

namespace sonant {

struct ALstmConfig {
  int input = 0;               // D
  int hidden = 0;              // H
  bool bidirectional = false;  // the backward pass's output is appended: width 2H
  StateCombination combination = StateCombination::attention;
  std::vector<int> offsets = {1, 3, 5};  // steps back, rising, at least 1
  bool combine_h = true;                 // false: only cells are combined
  bool shared_w = true;                  // one vector scores c and h
  bool zero_past = false;                // states before the first count as zeros
  std::string kernel = "";               // as LstmConfig's: choose_a_lstm_kernel()
};

template <Real T>
class ALstm : public Module<T> {
 public:
  struct Output {
    Packed<T> h;                            // (N,H) or (N,2H)
    PoolVector<ALstmOutput<T>> directions;  // what each gave, forward first
  };

  // W_ih Xavier-normal over the whole (4H,D), W_hh orthogonal over the whole (4H,H), the bias zero
  // but the forget gate's quarter, which is 1, the vectors that score states Xavier-normal as
  // (H,1). Error for extents below 1 and what a_lstm() refuses.
  ALstm(const ALstmConfig& config, const Random& random);

  Packed<T> operator()(const Packed<T>& x) { return run(x).h; }
  // keep_cells: the directions have c, too.
  Output run(const Packed<T>& x, bool keep_cells = false);

  // In PyTorch's manner: weight_ih_l0, weight_hh_l0, bias_l0, weight_state_l0 and, if it is not
  // shared, weight_state_h_l0; then the same with _reverse.
  void visit(Visitor<T>& v) override;
  std::string kind() const override;
  std::string settings() const override;

  const ALstmConfig& config() const { return config_; }
  const kernels::ALstmKernel<T>& kernel() const { return *kernel_; }  // settled when it was made
  // Another row, for who compares them.
  void set_kernel(const kernels::ALstmKernel<T>& row) { kernel_ = &row; }

  struct Cell {
    Parameter<T> weight_ih, weight_hh;          // (4H,D), (4H,H), gates in the order i, f, g, o
    Parameter<T> bias;                          // (4H)
    Parameter<T> weight_state, weight_state_h;  // (H), or empty
  };
  std::vector<Cell> cells;  // one for each direction

 private:
  ALstmConfig config_;
  const kernels::ALstmKernel<T>* kernel_;
};

}  // namespace sonant
