// SoftAttention: a sequence becomes the mean of its rows weighted by alpha = softmax(<u, h_t>),
// without bias or tanh; docs/attention.md.
#pragma once

#include <span>

#include <sonant/core/ops/soft_attention.h>
#include <sonant/core/random.h>
#include <sonant/nn/module.h>

namespace sonant {

template <Real T>
class SoftAttention : public Module<T> {
 public:
  // u Xavier-normal as a matrix (H,1).
  SoftAttention(int hidden, const Random& random);

  // h (N,H) -> context (B,H), weights (N,1). zero_steps: for each sequence, in the caller's order,
  // the padded steps that take their share of the softmax (Padding::paper).
  AttentionOutput<T> operator()(const Packed<T>& h, std::span<const int> zero_steps = {});

  void visit(Visitor<T>& v) override { v("attention_vector", attention_vector); }
  std::string kind() const override { return "SoftAttention"; }
  std::string settings() const override { return std::to_string(attention_vector.value.size()); }

  Parameter<T> attention_vector;  // (H,1)
};

}  // namespace sonant
