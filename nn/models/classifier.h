// What every speech classifier has in common: packed feature sequences in, class scores out; and
// the models known by name. docs/models.md.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/core/packed.h>
#include <sonant/nn/module.h>

namespace sonant {

// What a batch's padding does to the numbers; docs/models.md has the formulas.
enum class Padding {
  masked,  // nothing: a sequence's result does not depend on the others in the batch
  paper,   // as in the published system: padded frames count as zeros in the statistics of
           // bn_residual (training) and take their share of the attention (always)
};
Padding padding_from_name(std::string_view name);  // "masked", "paper"; Error for another
const char* name_of(Padding padding);

struct ModelConfig {
  std::string name = "reslstm-sa-h64";  // family and width: reslstm-sa-hH, lstm-sa-hH
  int input = 46;                       // features of a frame, D
  int classes = 8;                      // C
  double dropout = 0;                   // in training, before the last layer
  Padding padding = Padding::masked;
  // Of the LSTMs: a name in core/kernels/lstm.h; "" or "auto": the default. A choice of the
  // machine, no part of what the model is. A model that make_model() made has the name of what
  // runs.
  std::string kernel = "";
};

// Row b belongs to the caller's sequence b, however the layout sorted them; attention weights are
// packed rows.
template <Real T>
struct ClassifierOutput {
  Var<T> logits;     // (B,C), before the softmax
  Var<T> attention;  // (N,1), how much each frame counted
  Var<T> embedding;  // (B,H), the utterance as the attention sees it
};

template <Real T>
class Classifier : public Module<T> {
 public:
  virtual ClassifierOutput<T> operator()(const Packed<T>& x) = 0;  // x (N,D)
  // An independent deep copy.
  virtual std::unique_ptr<Classifier<T>> clone() const = 0;

  const ModelConfig& config() const { return config_; }
  std::string kind() const override { return config_.name; }

 protected:
  explicit Classifier(ModelConfig config) : config_(std::move(config)) {}

 private:
  ModelConfig config_;
};

// A new model, initialised by `seed`. Error for an unknown name (the message lists the known
// ones) or impossible sizes.
template <Real T>
std::unique_ptr<Classifier<T>> make_model(const ModelConfig& config, std::uint64_t seed);

// The families' name patterns, for messages and help texts.
std::vector<std::string> known_models();

}  // namespace sonant
