// LSTM-SA-hH: one LSTM with soft attention. Krasnoproshin & Vashkevich, DSPA 2026,
// arXiv:2606.03359; docs/models.md.
#pragma once

#include <sonant/nn/attention.h>
#include <sonant/nn/batch_norm.h>
#include <sonant/nn/dropout.h>
#include <sonant/nn/linear.h>
#include <sonant/nn/lstm.h>
#include <sonant/nn/models/classifier.h>

namespace sonant {

// The end of both published models: soft attention -> BatchNorm(H) -> dropout -> Linear(H -> C).
template <Real T>
class AttentionHead : public Module<T> {
 public:
  AttentionHead(int hidden, const ModelConfig& config, const Random& random);

  ClassifierOutput<T> operator()(const Packed<T>& h, Padding padding);

  void visit(Visitor<T>& v) override;
  std::string kind() const override { return "AttentionHead"; }

  SoftAttention<T> attention;
  BatchNorm<T> bn;
  Dropout<T> dropout;
  Linear<T> fc;
};

template <Real T>
class LstmSa : public Classifier<T> {
 public:
  LstmSa(const ModelConfig& config, int hidden, const Random& random);

  ClassifierOutput<T> operator()(const Packed<T>& x) override;
  void visit(Visitor<T>& v) override;
  std::unique_ptr<Classifier<T>> clone() const override { return std::make_unique<LstmSa>(*this); }

  Lstm<T> lstm;
  AttentionHead<T> head;
};

}  // namespace sonant
