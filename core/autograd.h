// Reverse-mode automatic differentiation on a tape: docs/autograd.md.
//
//   Tape<float> tape;
//   Var<float> x = tape.constant(images), w = tape.leaf(weight);
//   Var<float> loss = cross_entropy(matmul(x, w), labels);
//   loss.backward();                          // weight.grad += d loss / d weight
//
// The tape is a flat array of nodes in the order they were computed; backward() is a loop from its
// end, so the depth of a graph never touches the stack. Gradients accumulate (+=).
#pragma once

#include <deque>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sonant/core/closure.h>
#include <sonant/core/exchange.h>
#include <sonant/core/var.h>

namespace sonant {

enum class TapeMode {
  record,     // keep what the derivatives need
  inference,  // compute values only; backward() is an error
};

template <Real T>
class Tape {
 public:
  using Backward = Closure<Vjp<T>>;

  explicit Tape(TapeMode mode = TapeMode::record) : mode_(mode) {}
  // Seeds everything random that is recorded (dropout): the same (seed, step) gives the same bits.
  // exchange: with the other shards of the batch, which must outlive the tape; null: it is whole.
  Tape(TapeMode mode, std::uint64_t seed, std::uint64_t step, Exchange* exchange = nullptr)
      : mode_(mode), seed_(seed), step_(step), exchange_(exchange) {}
  Tape(const Tape&) = delete;  // Vars point at it
  Tape& operator=(const Tape&) = delete;

  Var<T> constant(Tensor<T> value);                                  // no gradient
  Var<T> variable(Tensor<T> value, std::string_view name = "");      // gradient in Var::grad()
  Var<T> leaf(Parameter<T>& parameter, std::string_view name = "");  // gradient in parameter.grad

  // Appends an operation. `backward` is kept only if some input needs a gradient; it may capture
  // what it needs by value. The inputs must live on this tape.
  Var<T> record(const char* op, std::span<const Var<T>> inputs, Tensor<T> value, Backward backward);
  Var<T> record(const char* op, std::initializer_list<Var<T>> inputs, Tensor<T> value,
                Backward backward) {
    return record(op, std::span(inputs.begin(), inputs.size()), std::move(value),
                  std::move(backward));
  }
  // The same for several results; `values` are moved from.
  PoolVector<Var<T>> record(const char* op, std::span<const Var<T>> inputs,
                            std::span<Tensor<T>> values, Backward backward);
  PoolVector<Var<T>> record(const char* op, const std::vector<Var<T>>& inputs,
                            std::vector<Tensor<T>> values, Backward backward) {
    return record(op, std::span(inputs), std::span(values), std::move(backward));
  }
  // True if record() with these inputs would keep a derivative: lets an op skip saving.
  bool would_record(std::span<const Var<T>> inputs) const;
  bool would_record(std::initializer_list<Var<T>> inputs) const {
    return would_record(std::span(inputs.begin(), inputs.size()));
  }

  // Seeds d root = 1 and runs every derivative that root depends on, last to first, then drops
  // them with all they saved. A second call on the same recording is an Error.
  void backward(const Var<T>& root);
  // backward() drops the gradient of an intermediate value as soon as it has served; that of v is
  // kept for grad(), or that of every value. Error after backward(). Returns v.
  Var<T> keep(const Var<T>& v);
  void keep_all();
  // Forgets every node: the tape can record again, handles to the old values become invalid. A
  // tape that is used again and again asks the system for no more memory.
  void clear();

  // For those who look inside a model: notes that `owner`, a layer, computed v.
  void mark(const void* owner, const Var<T>& v) { marks_.emplace_back(owner, v); }
  // What owner computed last in this recording; an empty Var if it computed nothing.
  Var<T> marked(const void* owner) const;

  const Tensor<T>& value(const Var<T>& v) const { return values_[checked(v)].get(); }
  const Tensor<T>& grad(const Var<T>& v) const;  // Error where there is none, which says why
  bool needs_grad(const Var<T>& v) const { return values_[checked(v)].needs_grad; }

  TapeMode mode() const { return mode_; }
  std::uint64_t seed() const { return seed_; }
  std::uint64_t step() const { return step_; }
  Exchange* exchange() const { return exchange_; }
  // Numbers the random operations of one recording: 0, 1, 2, ...
  std::uint64_t next_random_op() { return random_ops_++; }

  std::size_t size() const { return nodes_.size(); }
  // A table for people: a line for each value with the operation, the value and its gradient.
  void print(std::ostream& out) const;
  // The recorded graph as Graphviz DOT, op names and shapes, parameters as boxes. `names`: what to
  // call parameters instead of what leaf() was told, such as their full names in a model.
  void write_dot(std::ostream& out,
                 const std::map<const Parameter<T>*, std::string>& names = {}) const;

 private:
  friend class Vjp<T>;
  struct Value {
    Tensor<T> own;
    Parameter<T>* parameter = nullptr;  // a leaf shares the parameter's memory
    Tensor<T> gradient;                 // empty until something adds to it
    bool needs_grad = false, keep = false;
    const Tensor<T>& get() const { return parameter ? parameter->value : own; }
  };
  using Name = std::basic_string<char, std::char_traits<char>, PoolAllocator<char>>;
  struct Node {
    const char* op;
    Name name;
    std::uint32_t first_input, inputs;  // in edges_
    std::uint32_t first_value, values;  // in values_
    Backward backward;
  };

  std::size_t checked(const Var<T>& v) const;
  const Node& producer(std::size_t value_id) const;
  bool kept(const Node& node, const Value& value) const {  // leaves keep their gradient
    return node.inputs == 0 || value.keep || keep_all_;
  }
  Var<T> add_leaf(const char* op, std::string_view name, Value value);
  std::uint32_t add_node(const char* op, std::span<const Var<T>> inputs,
                         std::span<Tensor<T>> values, Backward backward);
  Tensor<T>& accumulator(std::size_t value_id);

  TapeMode mode_;
  std::uint64_t seed_ = 0, step_ = 0, random_ops_ = 0;
  std::uint32_t generation_ = 0;
  bool released_ = false, keep_all_ = false;
  std::deque<Value, PoolAllocator<Value>>
      values_;  // a deque: references stay valid while ops append
  PoolVector<Node> nodes_;
  PoolVector<std::uint32_t> edges_;
  PoolVector<std::pair<const void*, Var<T>>> marks_;
  Exchange* exchange_ = nullptr;
};

}  // namespace sonant
