// A program outside the tree that adds an optimizer, a schedule and a loss to the library's, one
// row each, and trains with them.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <vector>

#include <sonant/core/ops/ops.h>
#include <sonant/nn/linear.h>
#include <sonant/nn/losses/loss.h>
#include <sonant/train/optimizer.h>
#include <sonant/train/schedule.h>

using namespace sonant;

struct LionSettings {
  double slow = 0.99;
};
SettingTable settings_of(const LionSettings&) {
  static constexpr std::array table{
      setting<&LionSettings::slow>("slow", "decay of the average").between(0, 1)};
  return table;
}

struct LinearSettings {
  int length = 50;
};
SettingTable settings_of(const LinearSettings&) {
  static constexpr std::array table{
      setting<&LinearSettings::length>("length", "until the rate is 0").at_least(1)};
  return table;
}

// Lion (Chen et al. 2023): w -= lr (sign(b1 m + (1-b1) g) + weight_decay w),  m = b2 m + (1-b2) g.
template <Real T>
class Lion final : public Optimizer<T> {
 public:
  Lion(std::vector<Parameter<T>*> parameters, const OptimizerSettings& settings)
      : Optimizer<T>(std::move(parameters), settings, {"exp_avg"}) {}

 private:
  void update(std::size_t i, Range elements) override {
    Tensor<T>& w = this->parameters_[i]->value;
    const Tensor<T>& g = this->parameters_[i]->grad;
    Tensor<T>& m = this->slot(0, i);
    const OptimizerSettings& s = this->settings();
    const T b1 = T(s.beta1), b2 = T(s.own.as<LionSettings>().slow);
    const T lr = T(this->lr(i)), decay = T(this->weight_decay(i));
    for (std::int64_t k = elements.begin; k < elements.end; ++k) {
      const T c = b1 * m[k] + (1 - b1) * g[k];
      w[k] -= lr * (T(c > 0) - T(c < 0) + decay * w[k]);
      m[k] = b2 * m[k] + (1 - b2) * g[k];
    }
  }
};

int main() {
  register_optimizer({"lion", "the sign of the averaged gradient", LionSettings{},
                      []<Real T>(std::vector<Parameter<T>*> parameters,
                                 const OptimizerSettings& s) -> std::unique_ptr<Optimizer<T>> {
                        return std::make_unique<Lion<T>>(std::move(parameters), s);
                      }});
  register_schedule({"linear", "down to 0 in a line", LinearSettings{},
                     [](const Schedule& s, int epoch, std::span<const double>) {
                       const int length = s.own.as<LinearSettings>().length;
                       return s.lr * std::max(1 - double(epoch) / length, 0.0);
                     }});
  register_loss({"log-cosh",
                 "squares near 0, straight lines far from it",
                 LossTarget::number,
                 {},
                 []<Real T>(Var<T> x, const Targets& targets, const LossSettings&) {
                   Tensor<T> y(x.shape());
                   for (std::int64_t b = 0; b < y.size(); ++b)
                     y[b] = T(targets.numbers[static_cast<std::size_t>(b)]);
                   const auto e = x - x.tape().constant(y);  // log cosh e, less log 2
                   return mean(e + softplus(T(-2) * e));
                 }});

  Linear<float> model(2, 1, Random(1));
  const auto optimizer =
      make_optimizer<float>(model, {.name = "lion",
                                    .groups = {{.pattern = "bias", .lr_factor = 2}},
                                    .own = LionSettings{.slow = 0.98}});
  const Schedule schedule{.name = "linear", .lr = 0.2, .warmup = 2};
  const std::vector<double> targets = {1, -1, 2, 0};  // x_0 - 2 x_1 + 1
  float loss = 0;
  for (int epoch = 0; epoch < 52; ++epoch) {
    Tape<float> tape;
    const auto x = tape.constant(Tensor<float>::rows({{0, 0}, {0, 1}, {1, 0}, {1, 1}}));
    const auto error = compute_loss<float>({.name = "log-cosh"}, model(x), {.numbers = targets});
    optimizer->zero_grad();
    error.backward();
    optimizer->set_lr(schedule.rate(epoch));
    optimizer->step();
    loss = error.item() - std::log(2.0f);
  }
  std::printf("loss %.5f after the last step\n", static_cast<double>(loss));
  return loss < 0.01f ? 0 : 1;
}
