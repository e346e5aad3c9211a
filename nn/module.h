// Module: a layer or a model. It is a value that owns its parameters: copies are deep and
// independent, and nobody holds pointers into it. So it does not register its members; it lists
// them, under the names they have in PyTorch's state_dict, whenever somebody asks:
//
//   void visit(Visitor<T>& v) override { v("weight", weight); v("lstm1", lstm1); }
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <sonant/core/autograd.h>
#include <sonant/core/tensor.h>

namespace sonant {

template <Real T>
class Module;

template <class V>
struct Named {
  std::string name;  // "lstm1.weight_ih_l0"
  V value;
};

// A parameter is trained; a buffer (running statistics) and a counter are state, too.
template <Real T>
using Member = std::variant<Parameter<T>*, Tensor<T>*, std::int64_t*, Module<T>*>;

// Collects what a module lists, children after their own name and depth first.
template <Real T>
class Visitor {
 public:
  void operator()(std::string_view name, Parameter<T>& parameter) { add(name, &parameter); }
  void operator()(std::string_view name, Tensor<T>& buffer) { add(name, &buffer); }
  void operator()(std::string_view name, std::int64_t& counter) { add(name, &counter); }
  // Prefixes the child's names with "name."; with "" they stay as they are.
  void operator()(std::string_view name, Module<T>& child);

  std::vector<Named<Member<T>>> members;

 private:
  void add(std::string_view name, Member<T> member) {
    members.push_back({prefix_ + std::string(name), member});
  }
  std::string prefix_;
};

template <Real T>
class Module {
 public:
  virtual ~Module() = default;

  // Lists the members, in PyTorch's order: parameters, buffers, children.
  virtual void visit(Visitor<T>& visitor) = 0;
  // For summary(): "LSTM" and "46 -> 64".
  virtual std::string kind() const { return "Module"; }
  virtual std::string settings() const { return ""; }

  // Pointers into this module, valid while it lives where it is.
  std::vector<Named<Member<T>>> members();
  std::vector<Named<Parameter<T>*>> named_parameters();
  std::vector<Named<Tensor<T>*>> named_buffers();
  std::vector<Parameter<T>*> parameters();  // what an optimizer takes
  std::int64_t parameter_count() const;     // trainable numbers

  void zero_grad();
  // Training mode (the initial one) or evaluation, for this module and all below.
  void train(bool on = true);
  void eval() { train(false); }
  bool training() const { return training_; }

 protected:
  // Every layer returns through this, so that tape.marked(&layer) finds its output.
  Var<T> output(Var<T> y) const {
    y.tape().mark(this, y);
    return y;
  }

 private:
  bool training_ = true;
};

}  // namespace sonant
