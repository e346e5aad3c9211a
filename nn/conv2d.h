// Conv2d: convolution over channels-last maps, with torch.nn.Conv2d's weights; docs/convolution.md.
#pragma once

#include <sonant/core/ops/conv2d.h>
#include <sonant/core/random.h>
#include <sonant/nn/module.h>

namespace sonant {

struct Conv2dConfig {
  int input = 0, output = 0;           // channels, C and O
  std::array<int, 2> window = {1, 1};  // rows and columns, R and S
  std::array<int, 2> stride = {1, 1};
  Border border = Border::same;
  int groups = 1;
  bool bias = true;
};

template <Real T>
class Conv2d : public Module<T> {
 public:
  // Weights Glorot-uniform, bias zero: Keras' choice. Error for extents below 1 and for groups that
  // do not divide both.
  Conv2d(const Conv2dConfig& config, const Random& random);

  Var<T> operator()(const Var<T>& x);  // (B,H,W,C) -> (B,Y,X,O)

  void visit(Visitor<T>& v) override;
  std::string kind() const override { return "Conv2d"; }
  std::string settings() const override;

  const Conv2dConfig& config() const { return config_; }
  // A row of the registry (core/kernels/conv.h), from the start the best one.
  const kernels::ConvKernel<T>& kernel() const { return *kernel_; }
  void set_kernel(const kernels::ConvKernel<T>& row) { kernel_ = &row; }
  Conv2dOptions<T> options() {
    return {.stride = config_.stride,
            .border = config_.border,
            .groups = config_.groups,
            .kernel = kernel_,
            .kept = &packed_};
  }

  Parameter<T> weight, bias;  // (O,C/groups,R,S), (O); bias is empty without one

 private:
  Conv2dConfig config_;
  const kernels::ConvKernel<T>* kernel_;
  PackedWeights<T> packed_;  // of the last call that recorded nothing
};

}  // namespace sonant
