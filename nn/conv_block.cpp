#include <sonant/nn/conv_block.h>

#include <optional>

#include <sonant/core/ops/conv_block.h>

namespace sonant {

template <Real T>
ConvBlock<T>::ConvBlock(const ConvBlockConfig& config, const Random& random)
    : conv(config.conv, random),
      bn(config.conv.output, config.eps, config.momentum),
      config_(config) {
  const auto [rows, columns] = config.pooling;
  check((rows >= 1 && columns >= 1) || (rows == 0 && columns == 0), "ConvBlock",
        "expects a pooling of at least 1x1, or 0x0 for the whole map, got ", rows, "x", columns);
}

template <Real T>
Var<T> ConvBlock<T>::operator()(const Var<T>& x) {
  Tape<T>& tape = x.tape();
  const ConvBlockWeights<T> weights = {
      .weight = tape.leaf(conv.weight, "weight"),
      .bias = config_.conv.bias ? std::optional(tape.leaf(conv.bias, "bias")) : std::nullopt,
      .gamma = tape.leaf(bn.weight, "weight"),
      .beta = tape.leaf(bn.bias, "bias")};
  const bool whole = config_.pooling[0] == 0;
  const auto extent = [&](int axis) { return static_cast<int>(x.dim(axis)); };
  const Var<T> y =
      conv_block<T>(x, weights, bn.running_mean, bn.running_var,
                    {.conv = conv.options(),
                     .norm = {.eps = bn.eps, .momentum = bn.momentum, .training = this->training()},
                     .window = whole ? std::array{extent(1), extent(2)} : config_.pooling});
  if (this->training()) ++bn.num_batches_tracked;
  return this->output(y);
}

template <Real T>
void ConvBlock<T>::visit(Visitor<T>& v) {
  v("conv", conv);
  v("bn", bn);
}

template class ConvBlock<float>;
template class ConvBlock<double>;

}  // namespace sonant
