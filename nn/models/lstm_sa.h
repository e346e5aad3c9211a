// LSTM-SA-hH: one LSTM with soft attention. Krasnoproshin & Vashkevich, DSPA 2026,
// arXiv:2606.03359; docs/models.md.
#pragma once

#include <vector>

#include <sonant/nn/attention.h>
#include <sonant/nn/batch_norm.h>
#include <sonant/nn/dropout.h>
#include <sonant/nn/linear.h>
#include <sonant/nn/lstm.h>
#include <sonant/nn/models/family.h>

namespace sonant {

// Of both published families.
struct LstmSaSettings {
  int hidden = 64;       // H
  double dropout = 0.3;  // in training, before the last layer
};
SettingTable settings_of(const LstmSaSettings&);

// The end of both published models: soft attention -> BatchNorm(H) -> dropout -> Linear(H -> C), of
// which each head has its own.
template <Real T>
class AttentionHead : public Module<T> {
 public:
  AttentionHead(const ModelSpec& spec, const Random& random);

  ModelOutput<T> operator()(const Packed<T>& h);
  void describe(Graph& graph, Graph::Value h) const;

  void visit(Visitor<T>& v) override;
  std::string kind() const override { return "AttentionHead"; }

  SoftAttention<T> attention;
  BatchNorm<T> bn;
  Dropout<T> dropout;
  std::vector<Linear<T>> fc;  // "fc", then "fc_" and the head's name

 private:
  std::vector<Head> heads_;
  Padding padding_;
  std::string fc_name(std::size_t head) const;
};

template <Real T>
class LstmSa : public Model<T> {
 public:
  LstmSa(const ModelSpec& spec, const Random& random);

  void visit(Visitor<T>& v) override;
  std::unique_ptr<Model<T>> clone() const override { return std::make_unique<LstmSa>(*this); }

  Lstm<T> lstm;
  AttentionHead<T> head;

 protected:
  ModelOutput<T> forward(const Packed<T>& x) override { return head(lstm(x)); }
  void describe(Graph& graph) const override;
};

Family lstm_sa_family();

}  // namespace sonant
