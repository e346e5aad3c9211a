// What all models have in common: packed sequences of frames in, an answer of each head out; and a
// description of how they are wired. docs/models.md.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/core/any_settings.h>
#include <sonant/core/packed.h>
#include <sonant/nn/graph.h>

namespace sonant {

// Something that a model says of an utterance: so many classes, or numbers.
struct Head {
  std::string name;  // letters, digits and _
  int outputs = 1;
  friend bool operator==(const Head&, const Head&) = default;
};

// What a model is, without its weights. nn/models/family.h makes it from a name, and a model of it.
struct ModelSpec {
  std::string family = "reslstm-sa";
  AnySettings settings = {};  // the family's own; none: its defaults
  int input = 46;             // features of a frame, D
  std::vector<Head> heads = {{"emotion", 8}};
  Padding padding = Padding::masked;
  // Of the LSTMs: a name in core/kernels/lstm.h; "" or "auto": the default. A choice of the
  // machine, no part of what the model is. A model that make_model() made has the name of what
  // runs.
  std::string kernel = "";

  // The family's setting of that name. Error if it has none.
  ModelSpec& set(std::string_view name, const Json& value);
  std::string title() const;  // as people name it: "reslstm-sa-h64"
};

// Row b of a head or of the embedding belongs to the caller's sequence b, however the layout sorted
// them; attention weights are packed rows. It refers to its model.
template <Real T>
class ModelOutput {
 public:
  // A model gives its heads in the order of its spec, and what may be looked at inside, if it has
  // that: (B,H), the utterance as the heads see it, and (N,1), how much each frame counted.
  ModelOutput(PoolVector<Var<T>> heads, Var<T> embedding = Var<T>(), Var<T> attention = Var<T>())
      : heads_(std::move(heads)), embedding_(embedding), attention_(attention) {}

  // (B,outputs); of classes before the softmax. Error if there is none of that name.
  const Var<T>& head(std::string_view name) const;
  const Var<T>& head() const;  // the only one; Error if there are several
  // Error, naming family and tap, if the family has none.
  const Var<T>& attention() const;
  const Var<T>& embedding() const;
  bool has_attention() const { return !attention_.empty(); }
  bool has_embedding() const { return !embedding_.empty(); }
  // Where the tape is of one shard of a batch: the heads for all `batch` sequences (whole_batch.h),
  // and no taps.
  ModelOutput of_all_shards(std::int64_t batch) const;

 private:
  template <Real>
  friend class Model;
  const Var<T>& tap(const Var<T>& value, const char* name) const;

  PoolVector<Var<T>> heads_;
  Var<T> embedding_, attention_;  // empty if there is none
  const ModelSpec* spec_ = nullptr;
};

template <Real T>
class Model : public Module<T> {
 public:
  // x (N,D). Error for frames of another width.
  ModelOutput<T> operator()(const Packed<T>& x);
  // What describe() says, checked against parameters and spec.
  Graph graph() const;
  // An independent deep copy.
  virtual std::unique_ptr<Model<T>> clone() const = 0;

  const ModelSpec& spec() const { return spec_; }
  std::string kind() const override { return spec_.title(); }

 protected:
  explicit Model(ModelSpec spec) : spec_(std::move(spec)) {}
  virtual ModelOutput<T> forward(const Packed<T>& x) = 0;
  virtual void describe(Graph& graph) const = 0;

 private:
  ModelSpec spec_;
};

}  // namespace sonant
