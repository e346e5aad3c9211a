#include <sonant/nn/conv2d.h>

#include <optional>

#include <sonant/core/kernels/conv.h>
#include <sonant/nn/init.h>

namespace sonant {

template <Real T>
Conv2d<T>::Conv2d(const Conv2dConfig& config, const Random& random)
    : config_(config), kernel_(&kernels::conv_kernels<T>().find()) {
  const auto [rows, columns] = config.window;
  check(config.input >= 1 && config.output >= 1 && rows >= 1 && columns >= 1, "Conv2d",
        "expects extents of at least 1, got ", config.input, " -> ", config.output, " channels, ",
        "window ", rows, "x", columns);
  check(
      config.groups >= 1 && config.input % config.groups == 0 && config.output % config.groups == 0,
      "Conv2d", "expects groups that divide ", config.input, " and ", config.output,
      " channels, got ", config.groups);
  weight = Tensor<T>({config.output, config.input / config.groups, rows, columns});
  xavier_uniform(weight.value, random);
  if (config.bias) bias = Tensor<T>({config.output});
}

template <Real T>
Var<T> Conv2d<T>::operator()(const Var<T>& x) {
  Tape<T>& tape = x.tape();
  const auto b = config_.bias ? std::optional(tape.leaf(bias, "bias")) : std::nullopt;
  return this->output(conv2d<T>(x, tape.leaf(weight, "weight"), b, options()));
}

template <Real T>
void Conv2d<T>::visit(Visitor<T>& v) {
  v("weight", weight);
  if (config_.bias) v("bias", bias);
}

template <Real T>
std::string Conv2d<T>::settings() const {
  return std::to_string(config_.input) + " -> " + std::to_string(config_.output) + ", " +
         std::to_string(config_.window[0]) + "x" + std::to_string(config_.window[1]);
}

template class Conv2d<float>;
template class Conv2d<double>;

}  // namespace sonant
