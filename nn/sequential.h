// Sequential: layers, and plain functions between them, one after the other. What one gives must be
// what the next takes, so packed sequences, sequences that attention has pooled and rows can follow
// each other in one chain. Members are named "0", "1", ... by their position, as in PyTorch.
//
//   auto net = sequential<float>(Linear<float>(46, 32, random.split(0)), tanh<float>,
//                                Linear<float>(32, 8, random.split(1)));
//   Var<float> logits = net(x);
#pragma once

#include <concepts>
#include <string>
#include <tuple>
#include <utility>

#include <sonant/nn/module.h>

namespace sonant {

template <Real T, class... Layers>
class Sequential : public Module<T> {
 public:
  explicit Sequential(Layers... chain) : layers(std::move(chain)...) {}

  template <class Input>
  auto operator()(const Input& x) {
    return apply<0>(x);
  }

  void visit(Visitor<T>& v) override { visit_each(v, std::index_sequence_for<Layers...>()); }
  std::string kind() const override { return "Sequential"; }

  std::tuple<Layers...> layers;

 private:
  template <std::size_t k, class Value>
  auto apply(const Value& x) {
    if constexpr (k == sizeof...(Layers)) {
      return x;
    } else {
      return apply<k + 1>(std::get<k>(layers)(x));
    }
  }
  template <std::size_t... k>
  void visit_each(Visitor<T>& v, std::index_sequence<k...>) {
    (visit_one(v, std::to_string(k), std::get<k>(layers)), ...);
  }
  template <class Layer>
  static void visit_one(Visitor<T>& v, const std::string& name, Layer& layer) {
    if constexpr (std::derived_from<Layer, Module<T>>) v(name, layer);
  }
};

template <Real T, class... Layers>
Sequential<T, Layers...> sequential(Layers... layers) {
  return Sequential<T, Layers...>(std::move(layers)...);
}

}  // namespace sonant
