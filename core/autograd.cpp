#include <sonant/core/autograd.h>

#include <algorithm>
#include <iterator>

#include <sonant/core/parallel.h>

namespace sonant {

template <Real T>
const Tensor<T>& Vjp<T>::in(int i) const {
  const auto& node = tape_.nodes_[node_];
  return tape_.values_[tape_.edges_[node.first_input + static_cast<std::uint32_t>(i)]].get();
}

template <Real T>
const Tensor<T>& Vjp<T>::out(int k) const {
  return tape_.values_[tape_.nodes_[node_].first_value + static_cast<std::uint32_t>(k)].get();
}

template <Real T>
const Tensor<T>& Vjp<T>::dout(int k) const {
  return tape_.accumulator(tape_.nodes_[node_].first_value + static_cast<std::uint32_t>(k));
}

template <Real T>
bool Vjp<T>::has_dout(int k) const {
  const auto id = tape_.nodes_[node_].first_value + static_cast<std::uint32_t>(k);
  return !tape_.values_[id].gradient.empty();
}

template <Real T>
bool Vjp<T>::wants(int i) const {
  const auto& node = tape_.nodes_[node_];
  return tape_.values_[tape_.edges_[node.first_input + static_cast<std::uint32_t>(i)]].needs_grad;
}

template <Real T>
Tensor<T>& Vjp<T>::din(int i) const {
  const auto& node = tape_.nodes_[node_];
  return tape_.accumulator(tape_.edges_[node.first_input + static_cast<std::uint32_t>(i)]);
}

template <Real T>
std::size_t Tape<T>::checked(const Var<T>& v) const {
  check(v.tape_ == this, "Tape", "the value belongs to another tape");
  check(v.generation_ == generation_, "Tape", "the value is from before this tape was cleared");
  return v.id_;
}

template <Real T>
Tensor<T>& Tape<T>::accumulator(std::size_t value_id) {
  Value& value = values_[value_id];
  if (value.parameter) value.parameter->anchor.use();
  Tensor<T>& gradient = value.parameter ? value.parameter->grad : value.gradient;
  if (gradient.shape() != value.get().shape()) {
    gradient = Tensor<T>::uninitialized(value.get().shape());
    parallel_ranges(gradient.size(), [p = gradient.data()](std::int64_t begin, std::int64_t end) {
      std::fill(p + begin, p + end, T(0));
    });
  }
  return gradient;
}

template <Real T>
std::uint32_t Tape<T>::add_node(const char* op, std::span<const Var<T>> inputs,
                                std::span<Tensor<T>> values, Backward backward) {
  check(!released_, op, "this tape was used up by backward(): clear() it before the next forward");
  bool needs_grad = false;
  const auto first_input = static_cast<std::uint32_t>(edges_.size());
  for (const Var<T>& input : inputs) {
    const std::size_t id = checked(input);
    edges_.push_back(static_cast<std::uint32_t>(id));
    needs_grad = needs_grad || values_[id].needs_grad;
  }
  const auto first_value = static_cast<std::uint32_t>(values_.size());
  for (Tensor<T>& tensor : values) {
    Value& value = values_.emplace_back();
    value.own = std::move(tensor);
    value.needs_grad = needs_grad;
  }
  nodes_.push_back({op,
                    {},
                    first_input,
                    static_cast<std::uint32_t>(inputs.size()),
                    first_value,
                    static_cast<std::uint32_t>(values.size()),
                    needs_grad ? std::move(backward) : Backward()});
  return first_value;
}

template <Real T>
Var<T> Tape<T>::add_leaf(const char* op, std::string_view name, Value value) {
  check(!released_, op, "this tape was used up by backward(): clear() it before the next forward");
  const auto id = static_cast<std::uint32_t>(values_.size());
  values_.push_back(std::move(value));
  nodes_.push_back({op, Name(name), static_cast<std::uint32_t>(edges_.size()), 0, id, 1, {}});
  return {this, id, generation_};
}

template <Real T>
Var<T> Tape<T>::constant(Tensor<T> tensor) {
  Value value;
  value.own = std::move(tensor);
  return add_leaf("constant", "", std::move(value));
}

template <Real T>
Var<T> Tape<T>::variable(Tensor<T> tensor, std::string_view name) {
  Value value;
  value.own = std::move(tensor);
  value.needs_grad = mode_ == TapeMode::record;
  return add_leaf("variable", name, std::move(value));
}

template <Real T>
Var<T> Tape<T>::leaf(Parameter<T>& parameter, std::string_view name) {
  Value value;
  value.parameter = &parameter;
  value.needs_grad = mode_ == TapeMode::record;
  return add_leaf("parameter", name, std::move(value));
}

template <Real T>
Var<T> Tape<T>::record(const char* op, std::span<const Var<T>> inputs, Tensor<T> value,
                       Backward backward) {
  const auto id = add_node(op, inputs, {&value, 1}, std::move(backward));
  return {this, id, generation_};
}

template <Real T>
PoolVector<Var<T>> Tape<T>::record(const char* op, std::span<const Var<T>> inputs,
                                   std::span<Tensor<T>> values, Backward backward) {
  const auto count = static_cast<std::uint32_t>(values.size());
  const auto id = add_node(op, inputs, values, std::move(backward));
  PoolVector<Var<T>> outputs;
  outputs.reserve(count);
  for (std::uint32_t k = 0; k < count; ++k) outputs.push_back({this, id + k, generation_});
  return outputs;
}

template <Real T>
bool Tape<T>::would_record(std::span<const Var<T>> inputs) const {
  for (const Var<T>& input : inputs)
    if (needs_grad(input)) return true;
  return false;
}

template <Real T>
void Tape<T>::backward(const Var<T>& root) {
  check(mode_ == TapeMode::record, "backward", "this tape is for inference: nothing was recorded");
  const std::size_t root_id = checked(root);
  check(!released_, "backward", "was already called on this recording: run forward again");
  check(values_[root_id].get().size() == 1, "backward",
        "expects one element to differentiate, got ", values_[root_id].get().shape());
  check(values_[root_id].needs_grad, "backward", "the value depends on no parameter or variable");
  released_ = true;
  accumulator(root_id)[0] += T(1);
  for (std::size_t n = nodes_.size(); n-- > 0;) {
    Node& node = nodes_[n];
    if (node.inputs == 0) continue;
    bool reached = false;
    for (std::uint32_t k = 0; k < node.values; ++k)
      reached = reached || !values_[node.first_value + k].gradient.empty();
    if (reached && node.backward) node.backward(Vjp<T>(*this, n));
    node.backward.reset();
    for (std::uint32_t k = 0; k < node.values; ++k) {
      Value& value = values_[node.first_value + k];
      if (!kept(node, value)) value.gradient = Tensor<T>();
    }
  }
}

template <Real T>
Var<T> Tape<T>::keep(const Var<T>& v) {
  Value& value = values_[checked(v)];
  check(!released_, "keep", "backward() has run: say before it what to keep");
  value.keep = true;
  return v;
}

template <Real T>
void Tape<T>::keep_all() {
  check(!released_, "keep_all", "backward() has run: say before it what to keep");
  keep_all_ = true;
}

template <Real T>
void Tape<T>::clear() {
  nodes_.clear();
  edges_.clear();
  values_.clear();
  marks_.clear();
  random_ops_ = 0;
  released_ = false;
  ++generation_;
}

template <Real T>
Var<T> Tape<T>::marked(const void* owner) const {
  const auto last = std::find_if(marks_.rbegin(), marks_.rend(),
                                 [owner](const auto& mark) { return mark.first == owner; });
  return last == marks_.rend() ? Var<T>() : last->second;
}

template <Real T>
const typename Tape<T>::Node& Tape<T>::producer(std::size_t value_id) const {
  const auto after =
      std::upper_bound(nodes_.begin(), nodes_.end(), value_id,
                       [](std::size_t id, const Node& node) { return id < node.first_value; });
  return *std::prev(after);
}

template <Real T>
const Tensor<T>& Tape<T>::grad(const Var<T>& v) const {
  const std::size_t id = checked(v);
  const Node& node = producer(id);
  check(mode_ == TapeMode::record, "grad", "this tape is for inference: it has no gradients");
  check(values_[id].needs_grad || node.inputs > 0, "grad",
        "the value is a constant: make it with variable()");
  check(values_[id].needs_grad, "grad", "the value, a result of ", node.op,
        ", has none: it depends on no parameter or variable");
  check(released_, "grad", "call backward() first");
  check(kept(node, values_[id]), "grad", "backward() has dropped that of this value, a result of ",
        node.op, ": to keep it for a value y, call tape.keep(y) before backward()");
  return const_cast<Tape*>(this)->accumulator(id);
}

template class Tape<float>;
template class Tape<double>;
template class Vjp<float>;
template class Vjp<double>;

}  // namespace sonant
