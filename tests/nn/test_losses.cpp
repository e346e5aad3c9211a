#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/ops/elementwise.h>
#include <sonant/core/ops/focal_loss.h>
#include <sonant/core/ops/reduce.h>
#include <sonant/core/ops/regression_losses.h>
#include <sonant/core/ops/weighted_sum.h>
#include <sonant/core/usage.h>
#include <sonant/nn/losses/loss.h>

#include <array>
#include <cmath>
#include <vector>

#include "support/catch.h"
#include "support/close.h"

using namespace sonant;
using namespace sonant::test;

namespace {

const std::vector<int> labels = {2, 0, 1};
const std::vector<double> numbers = {0.5, -1, 2};
const PoolVector<double> weights = {1, 2, 0.5};

struct Huber {
  double delta = 1;
};
SettingTable settings_of(const Huber&) {
  static constexpr std::array table{
      setting<&Huber::delta>("delta", "where the line begins").at_least(0)};
  return table;
}

// Huber 1964, the mean over the batch of the square up to `delta` and of a straight line beyond.
void register_huber() {
  static const bool once = [] {
    register_loss({"huber", "squares that become straight lines", LossTarget::number, Huber{},
                   []<Real T>(Var<T> x, const Targets& targets, const LossSettings& s) {
                     Tensor<T> y(x.shape());
                     for (std::int64_t b = 0; b < y.size(); ++b)
                       y[b] = static_cast<T>(targets.numbers[static_cast<std::size_t>(b)]);
                     const auto e = x - x.tape().constant(y), r = relu(e) + relu(-e);  // |e|
                     const T delta = static_cast<T>(s.own.as<Huber>().delta);
                     const auto beyond = relu(r - delta);
                     return mean(square(r) - square(beyond)) / T(2);
                   }});
    return true;
  }();
  (void)once;
}

}  // namespace

TEMPLATE_TEST_CASE("Losses by name are the ops, with their settings", "[nn]", float, double) {
  using T = TestType;
  Tape<T> tape;
  const auto z = tape.constant(normal<T>({3, 3})), x = tape.constant(normal<T>({3, 1}));
  const auto value = [&](const LossSettings& s, Var<T> head, const Targets& targets) {
    return compute_loss(s, head, targets).item();
  };
  const Targets of_classes{.classes = labels}, of_numbers{.numbers = numbers};
  CHECK(value({.class_weights = weights, .label_smoothing = 0.1}, z, of_classes) ==
        cross_entropy(z, labels, {weights, 0.1}).item());
  CHECK(value({.name = "focal", .class_weights = weights, .gamma = 1.5}, z, of_classes) ==
        focal_loss(z, labels, {1.5, weights}).item());
  CHECK(value({.name = "mean-squared-error"}, x, of_numbers) ==
        mean_squared_error(x, numbers).item());
  CHECK(value({.name = "concordance"}, x, of_numbers) == concordance_loss(x, numbers).item());
}

TEST_CASE("A program's own loss is a row like ours", "[nn]") {
  register_huber();
  const LossSettings s{.name = "huber", .own = Huber{0.5}};
  Tape<double> tape;
  const auto x = tape.variable(Tensor<double>({3, 1}, {0.75, -3, 2}));
  const auto loss = compute_loss(s, x, {.numbers = numbers});
  CHECK(loss.item() == Approx((0.25 * 0.25 / 2 + 0.5 * (2 - 0.25) + 0) / 3));
  loss.backward();
  CHECK(close(x.grad(), Tensor<double>({3, 1}, {0.25 / 3, -0.5 / 3, 0})));
  Tape<float> single;
  CHECK(compute_loss<float>({.name = "huber"}, single.constant(Tensor<float>({3, 1})),
                            {.numbers = numbers})
            .item() == Approx((0.125 + 0.5 + 1.5) / 3));
  CHECK(find_loss("huber").target == LossTarget::number);
  CHECK(known_losses() == std::vector<std::string>{"cross-entropy", "focal", "mean-squared-error",
                                                   "concordance", "huber"});
  const auto report = gradcheck(
      [&](auto&, const std::vector<Var<double>>& v) {
        return compute_loss(s, v[0], {.numbers = numbers});
      },
      {normal({3, 1})});
  INFO(report);
  CHECK(report.passed);
}

TEST_CASE("Heads of two kinds are trained together", "[nn]") {
  Tape<double> tape;
  const auto z = tape.variable(normal({3, 3})), x = tape.variable(normal({3, 1}, 2));
  const auto emotion = compute_loss<double>({}, z, {.classes = labels});
  const auto arousal = compute_loss<double>({.name = "concordance"}, x, {.numbers = numbers});
  const auto loss = weighted_sum<double>(std::vector{emotion, arousal}, std::vector{1.0, 0.25});
  CHECK(loss.item() == Approx(emotion.item() + 0.25 * arousal.item()));
  loss.backward();
  Tape<double> alone;
  const auto y = alone.variable(normal({3, 1}, 2));
  compute_loss<double>({.name = "concordance"}, y, {.numbers = numbers}).backward();
  for (int b = 0; b < 3; ++b) CHECK(x.grad()[b] == Approx(0.25 * y.grad()[b]));
}

TEST_CASE("Losses refuse impossible settings and targets of the other kind", "[nn]") {
  register_huber();
  const auto refused = [](const LossSettings& s, const char* why) {
    CHECK_THROWS_WITH(s.validate(), ContainsSubstring(why));
    CHECK_THROWS_AS(s.validate(), UsageError);
  };
  refused({.name = "hinge"}, "expects loss from cross-entropy, focal, mean-squared-error, ");
  refused({.class_weights = {1, -1}}, "class weights that are finite and >= 0, got -1");
  refused({.label_smoothing = 2}, "label_smoothing in [0, 1], got 2");
  refused({.gamma = std::nan("")}, "gamma >= 0, got nan");
  refused({.name = "huber", .own = Huber{-1}}, "[huber] expects delta >= 0, got -1");
  refused({.own = Huber{}}, "[cross-entropy] expects no settings of its own");
  Tape<double> tape;
  const auto z = tape.constant(normal({3, 3}));
  CHECK_THROWS_WITH(compute_loss<double>({}, z, {.numbers = numbers}),
                    ContainsSubstring("cross-entropy expects targets of the kind class"));
  CHECK_THROWS_WITH(compute_loss<double>({.name = "huber"}, z, {.classes = labels}),
                    ContainsSubstring("huber expects targets of the kind number"));
  CHECK_THROWS_AS(register_loss(find_loss("focal")), UsageError);
}
