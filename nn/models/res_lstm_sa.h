// ResLSTM-SA-hH: a residual LSTM block before LSTM and soft attention. Krasnoproshin & Vashkevich,
// DSPA 2026, arXiv:2606.03359; docs/models.md.
//
//   X -> LSTM1(D -> D) = H1;  X + H1 -> BatchNorm(D) -> LSTM2(D -> H) -> attention -> BatchNorm(H)
//     -> dropout -> Linear(H -> C)
#pragma once

#include <sonant/nn/models/lstm_sa.h>

namespace sonant {

template <Real T>
class ResLstmSa : public Model<T> {
 public:
  ResLstmSa(const ModelSpec& spec, const Random& random);

  void visit(Visitor<T>& v) override;
  std::unique_ptr<Model<T>> clone() const override { return std::make_unique<ResLstmSa>(*this); }

  Lstm<T> lstm1;
  BatchNorm<T> bn_residual;
  Lstm<T> lstm2;
  AttentionHead<T> head;

 protected:
  ModelOutput<T> forward(const Packed<T>& x) override;
  void describe(Graph& graph) const override;
};

Family res_lstm_sa_family();

}  // namespace sonant
