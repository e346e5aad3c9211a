// BatchNorm: every feature normalised over the rows of the batch, as torch.nn.BatchNorm1d. Ioffe &
// Szegedy 2015; docs/batch_norm.md. Over packed rows (N,D) the statistics are those of the valid
// frames; over (B,F) those of the batch.
#pragma once

#include <sonant/nn/module.h>

namespace sonant {

template <Real T>
class BatchNorm : public Module<T> {
 public:
  // Weight and running variance 1, bias and running mean 0.
  explicit BatchNorm(int features, double eps = 1e-5, double momentum = 0.1);

  // x (N,D) -> (N,D). In training the running statistics move towards the batch's. zero_rows: rows
  // of padding that count as zeros in the batch's statistics (Padding::paper). Error in training if
  // there is one row only.
  Var<T> operator()(const Var<T>& x, std::int64_t zero_rows = 0);

  void visit(Visitor<T>& v) override;
  std::string kind() const override { return "BatchNorm"; }
  std::string settings() const override { return std::to_string(weight.value.size()); }

  Parameter<T> weight, bias;            // (F)
  Tensor<T> running_mean, running_var;  // (F)
  std::int64_t num_batches_tracked = 0;
  double eps, momentum;
};

}  // namespace sonant
