// ConvBlock: convolution, batch norm, ReLU and average pooling, the building block of Light-SERNet;
// docs/convolution.md.
#pragma once

#include <sonant/nn/batch_norm.h>
#include <sonant/nn/conv2d.h>

namespace sonant {

struct ConvBlockConfig {
  Conv2dConfig conv;
  double eps = 1e-3, momentum = 0.01;   // of the batch norm, as Light-SERNet has them
  std::array<int, 2> pooling = {2, 2};  // rows and columns of a window; {0, 0}: the whole map
};

template <Real T>
class ConvBlock : public Module<T> {
 public:
  ConvBlock(const ConvBlockConfig& config, const Random& random);

  // x (B,H,W,C) -> (B,Y,X,O). In training the running statistics move towards the batch's.
  Var<T> operator()(const Var<T>& x);

  void visit(Visitor<T>& v) override;
  std::string kind() const override { return "ConvBlock"; }

  const ConvBlockConfig& config() const { return config_; }

  Conv2d<T> conv;
  BatchNorm<T> bn;

 private:
  ConvBlockConfig config_;
};

}  // namespace sonant
