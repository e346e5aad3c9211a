// What a model is made of and how it is wired, for those who do something else with it than run it:
// streaming, summary, inspection, export. The model writes it down once, in describe():
//
//   const auto x = g.input(46), h = g.lstm("lstm", x, 64);
//   const auto e = g.weighted_sum(h, g.soft_attention("attention_vector", h));
//   g.tap("embedding", e);
//   g.head("emotion", g.linear("fc", e, 8));
//
// A node is one value, in the order of computation. docs/models.md lists ops and attributes.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/core/json.h>
#include <sonant/nn/module.h>
#include <sonant/nn/padding.h>

namespace sonant {

class Graph {
 public:
  // What a value has a row for: each frame (N,size), each place of a map (B,Y,X,size), or each
  // sequence (B,size).
  enum class Rows { frames, maps, sequences };
  struct Value {
    int node;
  };
  struct Node {
    std::string op;           // "lstm"
    std::string name;         // as its parameters are called: "lstm1"; without any, after the op
    std::vector<int> inputs;  // nodes before it
    Rows rows;
    int size;          // numbers of a row
    bool has_tensors;  // the module has parameters under this name
    Json attributes = Json::object();

    bool owns(const std::string& parameter) const;
  };
  struct Output {
    std::string name;
    int node;
  };

  Value input(int features);  // the frames
  Value lstm(std::string_view name, Value x, int hidden, int layers = 1,
             bool bidirectional = false);
  Value last_state(Value h);  // of an LSTM's sequence: (N,H) -> (B,H)
  Value add(Value a, Value b);
  // padding: whether padded frames count as zeros in the statistics of training.
  Value batch_norm(std::string_view name, Value x, double eps = 1e-5,
                   Padding padding = Padding::masked);
  // The weights alpha of the frames, (N,1). padding: whether padded frames take their share.
  Value soft_attention(std::string_view name, Value h, Padding padding = Padding::masked);
  Value weighted_sum(Value h, Value alpha);  // over a sequence's frames: (N,H) -> (B,H)
  // Convolution, batch norm, ReLU and average pooling over maps, or over the frames of clips of one
  // length as maps of one channel (B,T,size,1). pooling {0,0}: over the whole map, which leaves a
  // row for each sequence.
  Value conv_block(std::string_view name, Value x, int outputs, std::array<int, 2> window,
                   std::array<int, 2> pooling, bool bias, double eps);
  Value dropout(Value x, double p);
  Value linear(std::string_view name, Value x, int outputs);
  // Any other op, on its inputs' rows unless `rows` says otherwise. Without parameters the name is
  // "".
  Value op(std::string_view kind, std::string_view name, const std::vector<Value>& inputs, int size,
           Json attributes = Json::object());
  Value op(std::string_view kind, std::string_view name, const std::vector<Value>& inputs, int size,
           Rows rows, Json attributes = Json::object());

  void head(std::string_view name, Value value);  // an answer
  void tap(std::string_view name, Value value);   // what may be looked at: attention, embedding

  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<Output>& heads() const { return heads_; }
  const std::vector<Output>& taps() const { return taps_; }
  const Node& operator[](int node) const { return nodes_[static_cast<std::size_t>(node)]; }
  std::string shape(int node) const;  // "(N,46)", "(B,8)"
  // The attributes that are not what is usual: "p 0.3", "layers 2".
  std::string settings(int node) const;

 private:
  Value add_node(Node node);
  const Node& checked(const char* op, Value value) const;

  std::vector<Node> nodes_;
  std::vector<Output> heads_, taps_;
};

// Numbers of a module by name, parameters and buffers, for readers.
template <Real T>
class Tensors {
 public:
  explicit Tensors(const Module<T>& module);
  const Tensor<T>* find(const std::string& name) const;        // nullptr if there is none
  const Tensor<T>& operator[](const std::string& name) const;  // Error if there is none
  const std::vector<Named<const Tensor<T>*>>& all() const { return all_; }

 private:
  std::vector<Named<const Tensor<T>*>> all_;
};

// Error, naming the node, if it has no parameters in the module, if those of an op that is known
// here have other shapes, or if a parameter of the module belongs to no node. `model` is what the
// message calls it.
template <Real T>
void check_graph(const Graph& graph, const Module<T>& module, const std::string& model);

}  // namespace sonant
