// The families a-lstm, mean-lstm and lstm-wp: a layer with ReLU, a bidirectional recurrent layer,
// weighted pooling. Tao & Liu, ICASSP 2018, arXiv:1710.10197; the pooling, and with an LSTM the
// network: Mirsamadi et al., ICASSP 2017. docs/models.md.
#pragma once

#include <string>
#include <vector>

#include <sonant/nn/a_lstm.h>
#include <sonant/nn/attention.h>
#include <sonant/nn/dropout.h>
#include <sonant/nn/linear.h>
#include <sonant/nn/models/family.h>

namespace sonant {

struct LstmWpSettings {
  int fc = 256;
  int hidden = 128;       // H, of each direction
  double dropout = 0.25;  // in training, before the last layers
};
SettingTable settings_of(const LstmWpSettings&);

struct MeanLstmSettings {
  int fc = 256;
  int hidden = 128;
  double dropout = 0.25;
  std::string offsets = "1,3,5";
  bool combine_h = true;
  bool zero_past = false;
};
SettingTable settings_of(const MeanLstmSettings&);

struct ALstmSettings {
  int fc = 256;
  int hidden = 128;
  double dropout = 0.25;
  std::string offsets = "1,3,5";
  bool combine_h = true;
  bool zero_past = false;
  bool shared_w = true;
};
SettingTable settings_of(const ALstmSettings&);

// Linear(D -> fc) -> ReLU -> two directions of H units -> weighted pooling (softmax <u, h_t>) ->
// dropout -> for each head a Linear(2H -> outputs).
template <Real T>
class WeightedPooling : public Model<T> {
 public:
  // UsageError for offsets that are not whole numbers that rise from 1.
  WeightedPooling(const ModelSpec& spec, const Random& random);

  void visit(Visitor<T>& v) override;
  std::unique_ptr<Model<T>> clone() const override {
    return std::make_unique<WeightedPooling>(*this);
  }

  Linear<T> fc;
  ALstm<T> lstm;
  SoftAttention<T> pooling;
  Dropout<T> dropout;
  std::vector<Linear<T>> heads;  // "heads." and the head's name

 protected:
  ModelOutput<T> forward(const Packed<T>& x) override;
  void describe(Graph& graph) const override;
};

Family a_lstm_family();
Family mean_lstm_family();
Family lstm_wp_family();

}  // namespace sonant
